/** Attacks and faults on the keys behind what is kept (FT-42, FT-44, SD-13): first starts at once, wrong keys, swapped rows, changes of keys that end half-way. */

import { beforeEach, describe, expect, it } from 'vitest'
import {
  insert,
  memoryStore,
  openStore,
  removeAll,
  type Store,
  update,
  vaultRows,
} from 'warder/store'
import { type FakePlatform, fakePlatform } from 'warder/testing'
import { type KeptVault, openVault, Secret, type SecretObserver } from 'warder/vault'
import { atEnd } from './support/endings.ts'
import { faultyStore, touches } from './support/faulty-store.ts'
import { storeKind, testStore, testStoreUrl } from './support/test-store.ts'

const PLACE = { table: 'signingKeys', column: 'sealedPrivateJwk', row: 'k1' }
const FIRST = 1
const SECOND = 2

let platform: FakePlatform
beforeEach(() => {
  platform = fakePlatform()
})

interface Opened {
  readonly keks?: readonly [number, ...number[]]
  readonly observer?: SecretObserver
}

/** A process on a store; a key-encryption key is named by its seed. */
function start(store: Store, { keks: [first, ...others] = [FIRST], observer }: Opened = {}) {
  const kek = (seed: number) => new Secret(fakePlatform(0, seed).random(32))
  const told = observer === undefined ? {} : { observer }
  const keks = [kek(first), ...others.map(kek)] as const
  return openVault({ keks, rows: vaultRows(store), platform, ...told })
}

const dataKeys = (store: Store) => store.list('dataKeys', {}, { limit: 100 })

/** Keeps a sealed value where a signing key's would be. */
async function keep(store: Store, vault: KeptVault, id: string): Promise<void> {
  const place = { ...PLACE, row: id }
  const row = {
    id,
    alg: 'ES256',
    publicJwk: {},
    sealedPrivateJwk: vault.seal(`secret of ${id}`, place),
  }
  const times = { createdAt: 0, signsFrom: 0, signsUntil: null, tokenLife: 0, activatedAt: null }
  const written = await store.write([
    { verb: 'insert', table: 'signingKeys', row: { ...row, ...times, retiredAt: null } },
  ])
  expect(written).toBe(true)
}

/** Reads it again. */
async function read(store: Store, vault: KeptVault, id: string): Promise<string> {
  const row = await store.find('signingKeys', { id })
  return vault.reveal(row?.sealedPrivateJwk ?? '', { ...PLACE, row: id }, 'testing')
}

const ids = Array.from({ length: 250 }, (_, i) => `key-${String(i).padStart(3, '0')}`)

describe('FT-42 Two processes that start on an empty store at once', () => {
  const kinds = [...new Set(['memory', 'sqlite', storeKind])]

  /** Handles of two processes on one store. */
  async function both(kind: string): Promise<readonly [Store, Store]> {
    if (kind === 'memory') {
      const store = memoryStore()
      return [store, store]
    }
    const url = await testStoreUrl(kind)
    const stores = await Promise.all([openStore(url), openStore(url)])
    for (const store of stores) atEnd(() => store.close())
    return stores
  }

  it.each(kinds)(
    '×100 have one set of keys between them: %s',
    { timeout: 30_000 },
    async (kind) => {
      const [one, other] = await both(kind)
      for (let round = 0; round < 100; round++) {
        const [mine, theirs] = await Promise.all([start(one), start(other)])
        expect((await dataKeys(one)).map(({ kind }) => kind).sort()).toEqual(['mac', 'seal'])
        expect(theirs.open(mine.seal('a', PLACE), PLACE)).toBe('a')
        expect(theirs.hash('session', 'a')).toBe(mine.hash('session', 'a'))
        await one.write([removeAll('facts', {}), removeAll('dataKeys', {})])
      }
    },
  )

  it.each(kinds)('with two keys: one is refused, and leaves nothing: %s', async (kind) => {
    const [one, other] = await both(kind)
    const starts = [start(one), start(other, { keks: [SECOND] })]
    const outcomes = await Promise.allSettled(starts)
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    expect(refused).toMatchObject([{ reason: { code: 'config_error', path: 'vault.kek' } }])
    const kept = await dataKeys(one)
    expect(kept).toHaveLength(2)
    expect(new Set(kept.map(({ kekId }) => kekId)).size).toBe(1)
  })
})

describe('FT-44 A process without the right key', () => {
  it('is refused, is told which key it is, and writes nothing', async () => {
    const store = await testStore()
    await start(store)
    const before = await dataKeys(store)
    const [kekId] = before.map((key) => key.kekId)
    await expect(start(store, { keks: [SECOND] })).rejects.toMatchObject({
      path: 'vault.kek',
      message: expect.stringContaining(`${kekId}`),
      hint: expect.stringContaining('first'),
    })
    expect(await dataKeys(store)).toEqual(before)
  })

  it('is refused if it lacks only one of several, and told what to do', async () => {
    const store = await testStore()
    const { rekeying } = await start(store)
    await rekeying.addDataKey()
    const between = faultyStore(store, killAfter(1))
    const both = await start(between, { keks: [SECOND, FIRST] })
    await expect(both.rekeying.rewrap()).rejects.toThrow('killed')
    await expect(start(store, { keks: [SECOND] })).rejects.toMatchObject({
      path: 'vault.previousKeks',
      message: expect.stringMatching(/lacks the key [\w-]{11}, which 2 data keys are still under/),
      hint: expect.stringContaining('warder rekey'),
    })
  })

  it.each(['dataKeys', 'facts'] as const)(
    'makes no new keys where only %s were lost',
    async (table) => {
      const store = await testStore()
      await start(store)
      await store.write([{ verb: 'removeAll', table, where: {} }])
      const left = await dataKeys(store)
      await expect(start(store)).rejects.toMatchObject({ code: 'config_error', path: 'store' })
      expect(await dataKeys(store)).toEqual(left)
    },
  )

  it('does not take the keys of another installation for its own', async () => {
    const [store, other] = [await testStore(), await testStore()]
    await Promise.all([start(store), start(other)])
    const theirs = await dataKeys(other)
    await store.write([
      { verb: 'removeAll', table: 'dataKeys', where: {} },
      ...theirs.map((row) => ({ verb: 'insert', table: 'dataKeys', row }) as const),
    ])
    await expect(start(store)).rejects.toMatchObject({ code: 'config_error', path: 'store' })
  })
})

describe('SD-13 Rows that were swapped or changed', () => {
  it('open nothing: sealed values', async () => {
    const store = await testStore()
    const vault = await start(store)
    await keep(store, vault, 'k1')
    await keep(store, vault, 'k2')
    const [one, two] = await store.list('signingKeys', {}, { limit: 2 })
    const swap = (id: string, by = '') => update('signingKeys', { id }, { sealedPrivateJwk: by })
    await store.write([swap('k1', two?.sealedPrivateJwk), swap('k2', one?.sealedPrivateJwk)])
    await expect(read(store, vault, 'k1')).rejects.toMatchObject({ code: 'vault_error' })
    await expect(read(store, vault, 'k2')).rejects.toMatchObject({ code: 'vault_error' })
  })

  it('open nothing: data keys, of one kind or of two', async () => {
    const store = await testStore()
    const vault = await start(store)
    await vault.rekeying.addDataKey()
    const keys = await dataKeys(store)
    const wrong = keys.flatMap((key) => [
      ...keys.filter(({ id }) => id !== key.id).map(({ wrapped }) => ({ ...key, wrapped })),
      { ...key, kind: key.kind === 'mac' ? ('seal' as const) : ('mac' as const) },
      { ...key, wrapped: `${key.wrapped.slice(0, -2)}AA` },
      { ...key, wrapped: '' },
    ])
    expect(wrong).toHaveLength(15)
    for (const { id, ...columns } of wrong) {
      const changed = await testStore()
      const [fact] = await store.list('facts', {}, { limit: 1 })
      await changed.write([
        ...(fact === undefined ? [] : [insert('facts', fact)]),
        ...keys.map((key) => insert('dataKeys', key.id === id ? { id, ...columns } : key)),
      ])
      await expect(start(changed)).rejects.toMatchObject({ code: 'vault_error' })
    }
  })
})

describe('FT-44 Changing the key-encryption key', () => {
  it('changes no hash and no record, and then the old one is not needed', async () => {
    const store = await testStore()
    const before = await start(store)
    await keep(store, before, 'k1')
    const rows = await store.list('signingKeys', {}, { limit: 10 })
    const both = await start(store, { keks: [SECOND, FIRST] })
    expect(await both.rekeying.rewrap()).toBe(2)
    expect(await both.rekeying.rewrap()).toBe(0)
    const { keks } = await both.rekeying.status()
    expect(keks).toMatchObject([
      { use: 'primary', dataKeys: 2 },
      { use: 'previous', dataKeys: 0 },
    ])
    const after = await start(store, { keks: [SECOND] })
    expect(after.hash('refresh_token', 'a')).toBe(before.hash('refresh_token', 'a'))
    expect(await read(store, after, 'k1')).toBe('secret of k1')
    expect(await store.list('signingKeys', {}, { limit: 10 })).toEqual(rows)
    await expect(start(store)).rejects.toMatchObject({ path: 'vault.kek' })
  })

  it('lets a server that has only the old one run on', async () => {
    const store = await testStore()
    const running = await start(store)
    await keep(store, running, 'k1')
    const both = await start(store, { keks: [SECOND, FIRST] })
    await both.rekeying.rewrap()
    await running.refresh()
    await keep(store, running, 'k2')
    expect(await read(store, running, 'k1')).toBe('secret of k1')
    expect(await read(store, both, 'k2')).toBe('secret of k2')
  })

  it('killed after any of its writes, goes on where it was; nothing is ever unreadable', async () => {
    const store = await testStore()
    const vault = await start(store)
    for (let i = 0; i < 5; i++) await vault.rekeying.addDataKey()
    await keep(store, vault, 'k1')
    const hash = vault.hash('session', 'a')
    for (let left = 7; left > 0; left--) {
      const between = faultyStore(store, killAfter(1))
      const killed = await start(between, { keks: [SECOND, FIRST] })
      if (left > 1) await expect(killed.rekeying.rewrap()).rejects.toThrow('killed')
      else expect(await killed.rekeying.rewrap()).toBe(1)
      const after = await start(store, { keks: [FIRST, SECOND] })
      expect(after.hash('session', 'a')).toBe(hash)
      expect(await read(store, after, 'k1')).toBe('secret of k1')
      const { keks } = await after.rekeying.status()
      expect(keks.map((kek) => kek.dataKeys)).toEqual([left - 1, 8 - left])
    }
    await start(store, { keks: [SECOND] })
  })

  it('done by two at once, is done once', async () => {
    const store = await testStore()
    await start(store)
    const two = await Promise.all([1, 2].map(() => start(store, { keks: [SECOND, FIRST] })))
    const done = await Promise.all(two.map(({ rekeying }) => rekeying.rewrap()))
    expect(done.reduce((sum, each) => sum + each)).toBe(2)
    const events = await store.list('events', {}, { limit: 100 })
    expect(events.filter(({ type }) => type === 'datakey.rewrapped')).toHaveLength(2)
    await start(store, { keks: [SECOND] })
  })
})

describe('FT-44 Beginning a new data key', () => {
  it('seals every record anew, whatever is killed on the way, and all stay readable', async () => {
    const store = await testStore()
    const vault = await start(store)
    for (const id of ids) await keep(store, vault, id)
    const newest = await vault.rekeying.addDataKey()
    const underNewest = async () => {
      const { dataKeys } = await vault.rekeying.status()
      return dataKeys.find(({ id }) => id === newest)?.records
    }
    for (const expected of [100, 200]) {
      const killed = await start(faultyStore(store, killAfter(1)))
      await expect(killed.rekeying.reseal()).rejects.toThrow('killed')
      expect(await underNewest()).toBe(expected)
      for (const id of ids) expect(await read(store, vault, id)).toBe(`secret of ${id}`)
    }
    expect(await vault.rekeying.reseal()).toBe(50)
    expect(await vault.rekeying.reseal()).toBe(0)
    expect(await underNewest()).toBe(250)
    for (const id of ids) expect(await read(store, vault, id)).toBe(`secret of ${id}`)
  })

  it('leaves a record alone that changed meanwhile, and does the others', async () => {
    const store = await testStore()
    const vault = await start(store)
    for (const id of ['k1', 'k2', 'k3']) await keep(store, vault, id)
    await vault.rekeying.addDataKey()
    let meanwhile = true
    const between = faultyStore(store, {
      async write(next, changes) {
        if (meanwhile && touches(changes, 'signingKeys')) {
          meanwhile = false
          await store.write([{ verb: 'removeAll', table: 'signingKeys', where: { id: 'k2' } }])
        }
        return next()
      },
    })
    const other = await start(between)
    expect(await other.rekeying.reseal()).toBe(2)
    expect(await store.find('signingKeys', { id: 'k2' })).toBeUndefined()
    expect(await read(store, vault, 'k3')).toBe('secret of k3')
  })

  it('is heard of by a server that runs already, when it meets the key', async () => {
    const store = await testStore()
    let reads = 0
    const counted = faultyStore(store, {})
    const list: Store['list'] = (table, where, page) => {
      if (table === 'dataKeys') reads += 1
      return store.list(table, where, page)
    }
    const running = await start({ ...counted, list })
    await keep(store, running, 'k1')
    const other = await start(store)
    await other.rekeying.addDataKey()
    await other.rekeying.reseal()
    reads = 0
    expect(await read(store, running, 'k1')).toBe('secret of k1')
    expect(await read(store, running, 'k1')).toBe('secret of k1')
    expect(reads).toBe(1)
  })

  it('rests before it seals, so that everyone has heard of it by then', async () => {
    const store = await testStore()
    const [one, other] = [await start(store), await start(store)]
    const id = await one.rekeying.addDataKey()
    const keyOf = (sealed: string) =>
      Buffer.from(sealed, 'base64url').subarray(2, 10).toString('base64url')
    await one.refresh()
    expect(keyOf(one.seal('a', PLACE))).not.toBe(id)
    expect(other.open(one.seal('a', PLACE), PLACE)).toBe('a')
    platform.advance(60_001)
    expect(keyOf(one.seal('a', PLACE))).toBe(id)
    await other.refresh()
    expect(other.open(one.seal('a', PLACE), PLACE)).toBe('a')
  })

  it('that nobody has is an alarm: it is not guessed, and nothing is tried in its place', async () => {
    const store = await testStore()
    const told: string[] = []
    const observer = {
      used: (what: string, reason: string) => void told.push(`used ${what}: ${reason}`),
      unreadable: (why: string) => void told.push(`unreadable ${why}`),
    }
    const vault = await start(store, { observer })
    const stranger = await start(await testStore())
    const sealed = stranger.seal('a', PLACE)
    await expect(vault.reveal(sealed, PLACE, 'testing')).rejects.toMatchObject({
      code: 'vault_error',
      message: 'A stored secret could not be read.',
    })
    expect(told).toEqual([
      expect.stringMatching(
        /^unreadable signingKeys.sealedPrivateJwk of row k1: data key [\w-]{11} is gone/,
      ),
    ])
    await expect(vault.reveal(sealed, PLACE, 'testing')).rejects.toThrow('could not be read')
    expect(told).toHaveLength(1)
    told.length = 0
    await vault.reveal(vault.seal('a', PLACE), PLACE, 'testing')
    expect(told).toEqual(['used signingKeys.sealedPrivateJwk of row k1: testing'])
    // What strangers send is no alarm.
    expect(() => vault.open(sealed, PLACE)).toThrow('could not be read')
    expect(told).toHaveLength(1)
  })
})

/** A process that is killed after so many writes that concern keys or records. */
function killAfter(writes: number) {
  let left = writes
  return {
    async write(next: () => Promise<boolean>): Promise<boolean> {
      if (left === 0) throw new Error('killed')
      left -= 1
      return next()
    },
  }
}
