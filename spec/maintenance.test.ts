/** What an operator does to a store as a whole: copy it, put a copy back, tidy it up. */

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { revokeSince } from 'warder/operations'
import { isRevoked } from 'warder/server'
import { backUpStore, insert, memoryStore, openStore, type Store } from 'warder/store'
import { anotherServer } from './support/another-server.ts'
import {
  authorizationCode,
  authorizationServer,
  claims,
  MCP,
  type Rig,
  redeem,
  refresh,
  tokens,
} from './support/authorization-server.ts'
import { atEnd } from './support/endings.ts'
import { granted, outcome } from './support/requests.ts'
import { storeKinds, testStore } from './support/test-store.ts'

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'warder-'))
  atEnd(() => rm(directory, { recursive: true }))
  return directory
}

/** A SQLite file with somebody in it. */
async function someStore() {
  const directory = await temporaryDirectory()
  const url = `sqlite:${join(directory, 'warder.db')}`
  const store = await openStore(url)
  const rig = await authorizationServer({ store })
  return { directory, url, store, rig }
}

/** Puts a copy in the place of what a server has. */
async function restored(rig: Rig, file: string): Promise<{ rig: Rig; store: Store }> {
  const store = await openStore(`sqlite:${file}`)
  return { store, rig: await anotherServer(rig, { store }) }
}

describe('A backup', () => {
  it('FT-43 is all that was committed, while others write, and can be opened', async () => {
    const { directory, url, store, rig } = await someStore()
    const before = await tokens(rig)
    const file = join(directory, 'copy.db')
    const writing = Array.from({ length: 50 }, (_, i) =>
      store.write([insert('facts', { id: `fact ${i}`, value: 'x' })]),
    )
    const bytes = await backUpStore(url, file)
    expect(await Promise.all(writing)).not.toContain(false)
    expect(bytes).toBe(statSync(file).size)
    const copy = await restored(rig, file)
    expect(
      (await granted(await refresh(copy.rig, before.refresh_token))).access_token,
    ).toBeDefined()
    await copy.store.close()
    await store.close()
  })

  it('is for its owner alone, and is never written over anything', async () => {
    const { directory, url, store } = await someStore()
    const file = join(directory, 'copy.db')
    await backUpStore(url, file)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    for (const taken of [file, join(directory, 'notes.txt'), join(directory, 'warder.db')]) {
      if (!existsSync(taken)) writeFileSync(taken, '')
      const was = readFileSync(taken)
      await expect(backUpStore(url, taken)).rejects.toMatchObject({ code: 'file_exists' })
      expect(readFileSync(taken).equals(was)).toBe(true)
    }
    await store.close()
  })

  it('leaves nothing behind where it cannot be made', async () => {
    const directory = await temporaryDirectory()
    const file = join(directory, 'copy.db')
    const missing = `sqlite:${join(directory, 'no.db')}`
    await expect(backUpStore(missing, file)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    writeFileSync(join(directory, 'text.db'), 'this is not a database, whatever its name says')
    const text = `sqlite:${join(directory, 'text.db')}`
    await expect(backUpStore(text, file)).rejects.toMatchObject({ name: 'StoreUnavailable' })
    expect(existsSync(file)).toBe(false)
    const nowhere = join(directory, 'no', 'copy.db')
    const { url, store } = await someStore()
    await expect(backUpStore(url, nowhere)).rejects.toMatchObject({ code: 'no_backup' })
    await store.close()
  })

  it('of PostgreSQL is for pg_dump, which is named without the password', async () => {
    const url = 'postgres://warder:s3cret-password@db.example.com:5433/prod'
    const attempt = backUpStore(url, 'prod.dump')
    await expect(attempt).rejects.toThrow(
      'pg_dump --format=custom --file=prod.dump --host=db.example.com --port=5433 --username=warder --dbname=prod',
    )
    await expect(attempt).rejects.not.toThrow('s3cret')
    await expect(backUpStore('memory:', 'x')).rejects.toMatchObject({ code: 'no_backup' })
  })
})

describe('A store that was put back', () => {
  it('FT-43 gives back nothing that was used, exchanged or revoked since', async () => {
    const { directory, url, store, rig } = await someStore()
    const { platform } = rig
    const kept = await tokens(rig)
    const unused = await authorizationCode(rig)
    const file = join(directory, 'copy.db')
    await backUpStore(url, file)
    const since = platform.now()

    // What the copy does not know.
    platform.advance(20_000)
    await granted(await redeem(rig, unused))
    const next = await granted(await refresh(rig, kept.refresh_token))
    const lost = await tokens(rig)
    await store.close()

    platform.advance(20_000)
    const copy = await restored(rig, file)
    const ended = await revokeSince(since, { store: copy.store, platform })
    expect(ended).toMatchObject({ families: 1, codes: 1, deviceCodes: 0, interactions: 0 })
    expect(ended.sessions).toBeGreaterThan(0)
    expect(await outcome(await redeem(copy.rig, unused))).toBe('400 invalid_grant')
    for (const { refresh_token = '' } of [kept, next, lost]) {
      expect(await outcome(await refresh(copy.rig, refresh_token))).toBe('400 invalid_grant')
    }
    for (const { access_token } of [kept, next, lost]) {
      const { jti, sid, client_id } = claims(access_token)
      const token = { jti: String(jti), sid: String(sid), client_id: String(client_id) }
      expect(await isRevoked(token, copy.store)).toBe(true)
    }
    expect(await copy.store.list('sessions', {}, { limit: 10 })).toEqual([])

    // Life goes on, and a second run ends nothing of it.
    platform.advance(1_000)
    const after = await tokens(copy.rig)
    const again = await revokeSince(since, { store: copy.store, platform })
    expect(Object.values(again).every((count) => count === 0)).toBe(true)
    await granted(await refresh(copy.rig, after.refresh_token))
    await copy.store.close()
  })

  it('FT-43 ends what clients got for themselves, and not what they get afterwards', async () => {
    const rig = await authorizationServer()
    const { platform, store } = rig
    const ask = async () => {
      const form = { grant_type: 'client_credentials', client_id: 'svc', resource: MCP }
      const response = await rig.post('/token', { ...form, client_secret: rig.secrets.svc })
      const { jti, client_id, iat } = claims((await granted(response)).access_token)
      return { jti: String(jti), client_id: String(client_id), iat: Number(iat) }
    }
    const before = await ask()
    await revokeSince(platform.now(), { store, platform })
    expect(await isRevoked(before, store)).toBe(true)
    platform.advance(1_000)
    const after = await ask()
    await revokeSince(platform.now() - 1_000, { store, platform })
    expect(await isRevoked(after, store)).toBe(false)
  })

  it('FT-43 to count changes nothing, and counts the same', async () => {
    const rig = await authorizationServer()
    const { platform, store, events } = rig
    for (let times = 0; times < 3; times++) await tokens(rig)
    const told = events.length
    const counted = await revokeSince(platform.now(), { store, platform, dryRun: true })
    expect(counted.families).toBe(3)
    expect(await store.list('families', { revokedAt: null }, { limit: 10 })).toHaveLength(3)
    expect(events).toHaveLength(told)
    expect(await revokeSince(platform.now(), { store, platform })).toEqual(counted)
    expect(events.slice(told).map(({ type, count }) => [type, count])).toContainEqual([
      'token.revoked',
      3,
    ])
  })

  it('FT-43 many families are ended in batches, each with its event', async () => {
    const rig = await authorizationServer()
    const { platform, store, events } = rig
    await tokens(rig)
    const family = await store.find('families', {})
    if (family === undefined) throw new Error('There is no family.')
    const more = Array.from({ length: 450 }, (_, i) =>
      insert('families', { ...family, id: `family ${i}` }),
    )
    await store.write(more)
    events.length = 0
    const { families } = await revokeSince(platform.now(), { store, platform })
    expect(families).toBe(451)
    expect(await store.find('families', { revokedAt: null })).toBeUndefined()
    const counts = events.flatMap(({ type, reason = '', count = 0 }) =>
      type === 'token.revoked' && reason.includes('restored') ? [count] : [],
    )
    expect(counts.slice(0, 3)).toEqual([200, 200, 51])
  })
})

describe('Sweeping', () => {
  it.each(storeKinds)('SD-12 says how many rows of which table went: %s', async (kind) => {
    const store = kind === 'memory' ? memoryStore() : await testStore(kind)
    const expired = Array.from({ length: 30 }, (_, i) =>
      insert('replays', { id: `replay ${i}`, expiresAt: i }),
    )
    const revoked = insert('revocations', { id: 'jti:x', revokedAt: 0, expiresAt: 5 })
    await store.write([...expired, revoked])
    const swept: [string, number][] = []
    const gone = await store.sweep(9, 1_000, {
      onSwept: (table, rows) => swept.push([table, rows]),
    })
    expect(gone).toBe(11)
    expect(swept.toSorted()).toEqual([
      ['replays', 10],
      ['revocations', 1],
    ])
    const nothing: unknown[] = []
    expect(await store.sweep(9, 1_000, { onSwept: (...table) => nothing.push(table) })).toBe(0)
    expect(nothing).toEqual([])
  })
})
