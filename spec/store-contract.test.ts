/**
 * The store contract, on every store and on every SQLite driver that this version of Node has.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryStore, openStore, type SqliteDriverName, type Store } from 'warder/store'
import { fakePlatform, storeContract } from 'warder/testing'
import { onServers } from './support/servers.ts'
import { testStore } from './support/test-store.ts'

let directory = ''
let opened = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warder-store-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** Opens a store in a new file. */
const sqlite = (driver: SqliteDriverName) => () =>
  openStore(`sqlite:${join(directory, `${++opened}.db`)}`, { driver })

const hasNodeSqlite = process.getBuiltinModule('node:sqlite') !== undefined

/** The stores to hold to the contract, by name. */
const stores: Readonly<Record<string, () => Promise<Store>>> = {
  'memory:': async () => memoryStore(),
  'sqlite: by libsql': sqlite('libsql'),
  ...(hasNodeSqlite ? { 'sqlite: by node:sqlite': sqlite('node:sqlite') } : {}),
}

describe('The stores that are held to the contract', () => {
  it('are all that this version of Node should have', () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const bringsSqlite = major > 22 || (major === 22 && minor >= 13)
    expect(Object.keys(stores)).toEqual([
      'memory:',
      'sqlite: by libsql',
      ...(bringsSqlite ? ['sqlite: by node:sqlite'] : []),
    ])
  })
})

/** Holds a kind of store to the contract. */
function hold(open: () => Promise<Store>): void {
  it.each(storeContract())('$name', async ({ run }) => {
    const store = await open()
    try {
      await run(store, fakePlatform())
    } finally {
      await store.close()
    }
  })
}

describe.each(Object.entries(stores))('The store contract on %s', (_, open) => hold(open))

if (onServers)
  describe('The store contract on postgres:', () => {
    hold(() => testStore('postgres'))
  })
