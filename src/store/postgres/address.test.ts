import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError } from '../../errors.ts'
import { parseAddress } from './address.ts'

let directory = ''
let authority = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warder-address-'))
  authority = join(directory, 'ca.pem')
  await writeFile(authority, 'an authority')
})
afterAll(() => rm(directory, { recursive: true }))

describe('The address of a PostgreSQL server', () => {
  it('is read from a URL', async () => {
    expect(await parseAddress('postgres://a:b@db.test:6543/warder?sslmode=disable')).toEqual({
      host: 'db.test',
      port: 6543,
      user: 'a',
      password: 'b',
      database: 'warder',
      ssl: false,
      applicationName: 'warder',
      options: '',
      isPooled: false,
    })
  })

  it('has defaults for what is left out', async () => {
    const address = await parseAddress('postgres://alice@localhost')
    expect(address).toMatchObject({ port: 5432, password: undefined, database: 'alice' })
  })

  it('takes what is percent-encoded for what it stands for', async () => {
    const address = await parseAddress('postgres://a%40b:%2F%3A%25@localhost/a%20b')
    expect(address).toMatchObject({ user: 'a@b', password: '/:%', database: 'a b' })
  })

  it.each([
    ['postgres://a@[::1]/b', '::1'],
    ['postgres://a@localhost/b?host=%2Frun%2Fpostgresql', '/run/postgresql'],
    ['postgres://a@localhost/b?host=db.test', 'db.test'],
  ])('knows the host of %s', async (url, host) => {
    expect((await parseAddress(url)).host).toBe(host)
  })

  it('reads what holds for the session', async () => {
    const url = 'postgres://a@localhost?application_name=w&options=-c%20x%3Dy&pgbouncer=true'
    expect(await parseAddress(url)).toMatchObject({
      applicationName: 'w',
      options: '-c x=y',
      isPooled: true,
    })
  })

  it.each([
    'postgres:',
    'postgres://hunter2',
    'postgres://:hunter2@localhost/x',
    'postgres://a:hunter2@/x',
    'postgres://a:hunter2@one.test,two.test/x',
    'postgres://a:hunter2%@localhost/x',
    'postgres://a:hunter2@localhost:99999/x',
    'postgres://a@localhost/x?password=hunter2',
    'postgres://a:hunter2@localhost/x?sslmode=disable&sslmode=require',
    'postgres://a:hunter2@localhost/x?pgbouncer=maybe',
    'postgres://a:hunter2@localhost/x?sslmode=require&sslrootcert=/not/there',
    'postgres://a:hunter2@localhost/x#hunter2',
    'postgres://a:hunter2@localhost/x?sslmode=prefer',
    'postgres://a:hunter2@localhost/x?sslmode=allow',
    'postgres://a:hunter2@localhost/x?sslmode=VERIFY-FULL',
  ])('is refused in %s, which is not repeated', async (url) => {
    const attempt = parseAddress(url)
    await expect(attempt).rejects.toThrow(ConfigError)
    await expect(attempt).rejects.toMatchObject({
      path: 'store.url',
      message: expect.not.stringContaining('hunter2'),
    })
  })
})

describe('TLS to a PostgreSQL server', () => {
  const ssl = async (host: string, query = '') =>
    (await parseAddress(`postgres://a@${host}/b?${query}`)).ssl
  const anyName = expect.objectContaining({ checkServerIdentity: expect.any(Function) })

  it.each(['localhost', '127.0.0.1', '[::1]'])('is left out on this computer: %s', async (host) => {
    expect(await ssl(host)).toBe(false)
  })

  it.each(['db.test', '10.0.0.1', 'localhost.db.test', '[2001:db8::1]'])(
    'asks %s to prove who it is, unless told',
    async (host) => {
      expect(await ssl(host)).toEqual({ rejectUnauthorized: true })
    },
  )

  it('is as it is told', async () => {
    const ca = 'an authority'
    const root = `sslrootcert=${encodeURIComponent(authority)}`
    expect(await ssl('db.test', 'sslmode=disable')).toBe(false)
    expect(await ssl('db.test', 'sslmode=require')).toEqual({ rejectUnauthorized: false })
    expect(await ssl('db.test', `sslmode=verify-full&${root}`)).toEqual({
      rejectUnauthorized: true,
      ca,
    })
    for (const mode of ['verify-ca', 'require']) {
      const chain = await ssl('db.test', `sslmode=${mode}&${root}`)
      expect(chain).toEqual(anyName)
      expect(chain).toMatchObject({ rejectUnauthorized: true, ca })
    }
    expect(await ssl('localhost', 'sslmode=verify-full&sslrootcert=system')).toEqual({
      rejectUnauthorized: true,
    })
    const mine = await ssl('db.test', `sslcert=${authority}&sslkey=${authority}`)
    expect(mine).toEqual({ rejectUnauthorized: true, cert: ca, key: ca })
  })
})
