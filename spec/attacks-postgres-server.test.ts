/** Attacks and accidents at a PostgreSQL server itself: stopped, hung, misconfigured, impersonated. */

import { spawnSync } from 'node:child_process'
import { chown, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { postgresStore, removeAll } from 'warder/store'
import { type PostgresService, startPostgres } from '../scripts/services/index.mjs'
import { fact, isUnavailable, openPostgres, query } from './support/postgres.ts'

const withoutOpenssl = spawnSync('openssl', ['version']).status !== 0 && process.env.CI !== 'true'

describe('A PostgreSQL of its own', () => {
  let server: PostgresService
  beforeAll(async () => {
    server = await startPostgres({ fsync: false })
  }, 30_000)
  afterAll(() => server.stop())

  it('FT-16 is unavailable at once while it is stopped, and there again when it is', async () => {
    const store = await openPostgres(server.url)
    await store.write([fact('before')])
    await server.halt()
    const verbs = [
      () => store.find('facts', {}),
      () => store.write([fact('a')]),
      () => store.sweep(0, 1),
      () => postgresStore(server.url),
    ]
    for (const verb of verbs) await expect(verb()).rejects.toMatchObject(isUnavailable)
    await server.start()
    expect(await store.write([fact('after')])).toBe(true)
    const kept = await store.list('facts', {}, { limit: 9 })
    expect(kept.map(({ id }) => id)).toEqual(['after', 'before'])
    await store.write([removeAll('facts', {})])
  })

  it('FT-13 is unavailable when it hangs, though nothing is heard of it', async () => {
    const store = await openPostgres(server.url, {
      pool: 2,
      busyTimeout: 200,
      statementTimeout: 100,
    })
    await store.find('facts', {})
    // Its parent does not answer new connections, nor its child the ones that are there.
    const pids = await query(
      server.socketUrl,
      "select pid from pg_stat_activity where application_name = 'warder'",
    )
    const all = [...pids.map(({ pid }) => Number(pid)), server.pid ?? 0]
    for (const pid of all) process.kill(pid, 'SIGSTOP')
    const attempts = [store.find('facts', {}), store.find('facts', {}), store.find('facts', {})]
    const outcomes = Promise.allSettled(attempts)
    await vi.waitFor(() => outcomes, { timeout: 5000 })
    for (const pid of all) process.kill(pid, 'SIGCONT')
    expect(await outcomes).toEqual(
      attempts.map(() => ({ status: 'rejected', reason: expect.objectContaining(isUnavailable) })),
    )
    // It may have to catch its breath.
    await vi.waitFor(() => store.write([removeAll('facts', {})]), { timeout: 10_000 })
  })

  it.each([
    ['a wrong password', { password: 'hunter2' }, /user name or a password/],
    ['a stranger', { username: 'stranger', password: 'hunter2' }, /user name or a password/],
    ['a database that is not there', { pathname: '/nowhere' }, /database that is not there/],
    ['TLS that is not there', { search: '?sslmode=require' }, /TLS, which the server/],
  ])('refuses %s with a sentence that tells no secret', async (_, change, sentence) => {
    const url = Object.assign(new URL(server.url), change)
    const error = await postgresStore(url.href).catch((each: unknown) => each)
    expect(error).toMatchObject({ name: 'ConfigError', path: 'store.url' })
    expect(String(error)).toMatch(sentence)
    const everything = inspect(error, { depth: 9, showHidden: true })
    expect(everything).not.toContain(server.password)
    expect(everything).not.toContain('hunter2')
  })

  it.skipIf(withoutOpenssl)(
    'makes the server prove who it is, as far as the URL asks',
    async () => {
      const certificate = join(server.directory, 'server.pem')
      const key = join(server.directory, 'server.key')
      const made = spawnSync('openssl', [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=localhost'],
        ...['-addext', 'subjectAltName=DNS:localhost'],
      ])
      expect(made.status).toBe(0)
      const { uid, gid } = await stat(server.directory)
      await chown(key, uid, gid)
      for (const [name, value] of Object.entries({
        ssl_cert_file: certificate,
        ssl_key_file: key,
        ssl: 'on',
      })) {
        await query(server.socketUrl, `alter system set ${name} = '${value}'`)
      }
      await server.halt('SIGINT')
      await server.start()

      const at = (host: string, mode: string, authority?: string) => {
        const url = Object.assign(new URL(server.url), { hostname: host })
        url.searchParams.set('sslmode', mode)
        if (authority !== undefined) url.searchParams.set('sslrootcert', authority)
        return url.href
      }
      const good = [
        at('localhost', 'verify-full', certificate),
        at('127.0.0.1', 'verify-ca', certificate),
        at('127.0.0.1', 'require'),
      ]
      for (const url of good) {
        await openPostgres(`${url}&application_name=encrypted`)
        const sessions = await query(
          server.socketUrl,
          `select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid)
         where application_name = 'encrypted'`,
        )
        expect(sessions).toEqual([{ ssl: true }])
      }
      const bad = [
        at('localhost', 'verify-full'),
        at('localhost', 'verify-ca'),
        at('127.0.0.1', 'verify-full', certificate),
      ]
      for (const url of bad) {
        await expect(postgresStore(url)).rejects.toMatchObject({
          name: 'ConfigError',
          message: expect.stringContaining('certificate cannot be trusted'),
        })
      }
    },
  )

  it('refuses a user who may not do what is needed, and serves one who may only use tables', async () => {
    await query(
      server.socketUrl,
      `create role clerk login password 'clerk'; create schema locked; create schema ready`,
    )
    const as = (schema: string, user?: string) => {
      const url = new URL(server.url)
      if (user !== undefined) Object.assign(url, { username: user, password: user })
      url.searchParams.set('options', `-c search_path=${schema}`)
      return url.href
    }
    await query(server.socketUrl, 'grant usage on schema locked, ready to clerk')
    await expect(postgresStore(as('locked', 'clerk'))).rejects.toMatchObject({ path: 'store.url' })
    await (await postgresStore(as('ready'))).close()
    await query(
      server.socketUrl,
      'grant select, insert, update, delete on all tables in schema ready to clerk',
    )
    const store = await openPostgres(as('ready', 'clerk'))
    expect(await store.write([fact('a')])).toBe(true)
    await store.sweep(Date.now(), 10)
  })
})
