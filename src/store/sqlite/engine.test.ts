import { describe, expect, it, vi } from 'vitest'
import { StoreUnavailable } from '../errors.ts'
import { sqlStore } from '../sql/sql-store.ts'
import { insert, removeAll, update } from '../store.ts'
import type { SqliteConnection, SqliteDriver } from './drivers/driver.ts'
import { sqliteDrivers } from './drivers/index.ts'
import { sqliteEngine } from './engine.ts'

const drivers = Object.entries(sqliteDrivers).filter(([, driver]) => driver.isAvailable())

const fact = (id: string, value = '') => insert('facts', { id, value })

/** A store in memory whose connection tells a test of each statement before it is executed. */
async function watched(driver: SqliteDriver, patience = 0) {
  const connection = await driver.open(':memory:')
  const seen: string[] = []
  const watcher = { before: (_: string) => {} }
  const told = (sql: string) => {
    seen.push(sql)
    watcher.before(sql)
  }
  const between: SqliteConnection = {
    exec(sql) {
      told(sql)
      connection.exec(sql)
    },
    prepare(sql) {
      const statement = connection.prepare(sql)
      return {
        all: (parameters) => statement.all(parameters),
        get: (parameters) => statement.get(parameters),
        run(parameters) {
          told(sql)
          return statement.run(parameters)
        },
      }
    },
    close: () => connection.close(),
  }
  const aside = { exec: async (sql: string) => told(`aside ${sql}`), close: async () => {} }
  const store = await sqlStore(sqliteEngine(between, patience, async () => aside))
  seen.length = 0
  return { store, connection, seen, watcher }
}

/** The ids of all facts in the order in which they were inserted. */
const inserted = (connection: SqliteConnection): readonly unknown[] =>
  connection
    .prepare('select id from facts order by rowid')
    .all([])
    .map((row) => (typeof row === 'object' && row !== null && 'id' in row ? row.id : row))

/** What became of writes, told apart by the names of their errors. */
async function fates(writes: readonly Promise<boolean>[]): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(writes)
  return settled.map((fate) => (fate.status === 'fulfilled' ? fate.value : fate.reason.name))
}

const names = (count: number) => Array.from({ length: count }, (_, at) => `${at}`)

/** An error as a driver makes it. */
const fault = (code: number) => Object.assign(new Error(`code ${code}`), { rawCode: code })

describe.each(drivers)('SQLite by %s', (_, driver) => {
  it('commits the writes of one moment with one flush, in the order they came', async () => {
    const { store, connection, seen } = await watched(driver)
    const ids = names(100).reverse()
    expect(await fates(ids.map((id) => store.write([fact(id)])))).toEqual(ids.map(() => true))
    expect(seen.filter((sql) => /^(begin|commit)/.test(sql))).toEqual(['begin immediate', 'commit'])
    expect(inserted(connection)).toEqual(ids)
    await store.close()
  })

  it('flushes the disk, unless all that is committed may wait for the next flush', async () => {
    const { store, connection, seen, watcher } = await watched(driver)
    const flushing = () => connection.prepare('pragma synchronous').get([])
    const [full] = [flushing()]
    const atCommit: unknown[] = []
    watcher.before = (sql) => {
      if (sql === 'commit') atCommit.push(flushing())
    }
    await store.write([fact('a')], [], 'process')
    await Promise.all([store.write([fact('b')], [], 'process'), store.write([fact('c')])])
    await store.write([fact('d')])
    expect(atCommit).toEqual([{ synchronous: 1 }, { synchronous: 2 }, { synchronous: 2 }])
    watcher.before = (sql) => {
      if (sql === 'commit') throw fault(13)
    }
    await expect(store.write([fact('e')], [], 'process')).rejects.toThrow(StoreUnavailable)
    watcher.before = (sql) => {
      if (sql === 'commit') atCommit.push(flushing())
    }
    await store.write([fact('f')])
    expect(atCommit.at(-1)).toEqual(full)
    expect(full).toEqual({ synchronous: 2 })
    const told = seen.filter((sql) => sql.includes('synchronous'))
    expect(told).toEqual([1, 2, 1, 2].map((level) => `pragma synchronous = ${level}`))
    await store.close()
  })

  it('tells nobody of success before the commit', async () => {
    const { store, watcher } = await watched(driver)
    let told = 0
    const toldAtCommit: number[] = []
    watcher.before = (sql) => sql === 'commit' && toldAtCommit.push(told)
    const writes = names(1200).map(async (id) => {
      await store.write([fact(id)])
      told++
    })
    await Promise.all(writes)
    expect(toldAtCommit).toEqual([0, 500, 1000])
    await store.close()
  })

  it('takes a write whole, however long it is, and no more beside it than is good', async () => {
    const { store, connection, seen } = await watched(driver)
    const long = (mark: string) => names(400).map((id) => fact(`${mark} ${id}`))
    const writes = ['a', 'b', 'c'].map((mark) => store.write(long(mark)))
    writes.push(store.write(names(900).map((id) => fact(id))))
    expect(await fates(writes)).toEqual([true, true, true, true])
    expect(seen.filter((sql) => sql === 'commit')).toHaveLength(4)
    expect(inserted(connection)).toHaveLength(3 * 400 + 900)
    await store.close()
  })

  it('decides each write by those before it in the same group', async () => {
    const { store } = await watched(driver)
    const use = (by: string) => update('facts', { id: 'code', value: '' }, { value: by })
    const writes = [
      store.write([use('too early')]),
      store.write([fact('code')]),
      store.write([use('first'), fact('first')]),
      store.write([fact('second'), use('second')]),
      store.write([removeAll('facts', { id: 'first' }), fact('code')]),
      store.write([removeAll('facts', { id: 'first' })]),
    ]
    expect(await fates(writes)).toEqual([false, true, true, false, false, true])
    expect(await store.list('facts', {}, { limit: 9 })).toEqual([{ id: 'code', value: 'first' }])
    await store.close()
  })

  it('leaves an unexpected fault to the write whose it is', async () => {
    const { store, connection, seen } = await watched(driver)
    connection.exec('create trigger faulty before delete on facts begin select no_such(); end')
    const writes = [
      store.write([fact('before')]),
      store.write([fact('half'), removeAll('facts', {}), fact('other half')]),
      store.write([fact('after')]),
    ]
    await expect(writes[1]).rejects.toThrow(/no_such/)
    expect([await writes[0], await writes[2]]).toEqual([true, true])
    expect(inserted(connection)).toEqual(['before', 'after'])
    expect(seen.filter((sql) => sql === 'commit')).toHaveLength(1)
    // A transaction that is still open would refuse this.
    connection.exec('begin')
    connection.exec('rollback')
    await store.close()
  })

  it.each([
    ['its commit', 'commit', 10],
    ['the disk under one of its writes', 'release write', 13],
    ['another connection, in its middle', 'rollback to write', 5],
  ])('keeps nothing of a group that is failed by %s', async (_cause, statement, code) => {
    const { store, connection, watcher } = await watched(driver)
    let failures = 0
    watcher.before = (sql) => {
      if (sql === statement && failures++ === 0) throw fault(code)
    }
    const miss = update('facts', { id: 'nobody' }, { value: '' })
    const writes = [[fact('a')], [fact('b'), miss], [fact('c')]]
    const outcomes = await fates(writes.map((changes) => store.write(changes)))
    expect(outcomes).toEqual(writes.map(() => 'StoreUnavailable'))
    expect(inserted(connection)).toEqual([])
    expect(await store.write([fact('a')])).toBe(true)
    await store.close()
  })

  it('tries a group again when another writer was in the way, with those who came meanwhile', async () => {
    const { store, connection, seen, watcher } = await watched(driver, 1000)
    const late: Promise<boolean>[] = []
    watcher.before = (sql) => {
      if (sql !== 'begin immediate' || late.length === 3) return
      late.push(store.write([fact(`late ${late.length}`)]))
      throw fault(5)
    }
    expect(await fates([store.write([fact('a')]), store.write([fact('a')])])).toEqual([true, false])
    expect(await fates(late)).toEqual([true, true, true])
    expect(inserted(connection)).toEqual(['a', 'late 0', 'late 1', 'late 2'])
    expect(seen.filter((sql) => sql === 'commit')).toHaveLength(1)
    await store.close()
  })

  it('refuses at once what is too much to wait, and does the rest', async () => {
    const { store, connection, seen } = await watched(driver)
    const writes = names(2100).map((id) => store.write([fact(id)]))
    const outcomes = fates(writes)
    await expect(writes.at(-1)).rejects.toThrow(StoreUnavailable)
    expect(seen).toEqual([])
    const refused = Array(2100 - 2048).fill('StoreUnavailable')
    expect(await outcomes).toEqual([...Array(2048).fill(true), ...refused])
    expect(inserted(connection)).toEqual(names(2048))
    await store.close()
  })

  it('FT-25 is unavailable while the disk is full, keeps nothing by half, and recovers', async () => {
    const { store, connection } = await watched(driver)
    expect(await store.write([fact('before')])).toBe(true)
    connection.exec('pragma max_page_count = 1')
    const large = [fact('small'), fact('large', 'x'.repeat(1_000_000))]

    for (let attempt = 0; attempt < 3; attempt++) {
      const writes = [store.write([fact('beside')]), store.write(large)]
      expect(await fates(writes)).toEqual(['StoreUnavailable', 'StoreUnavailable'])
      expect(inserted(connection)).toEqual(['before'])
    }

    connection.exec('pragma max_page_count = 100000')
    expect(await store.write(large)).toBe(true)
    expect(inserted(connection)).toEqual(['before', 'small', 'large'])
    await store.close()
  })

  it('SD-12 sweeps in transactions of at most 25 rows', async () => {
    const { store, seen } = await watched(driver)
    const expired = names(60).map((id) => insert('revocations', { id, revokedAt: 0, expiresAt: 1 }))
    await store.write(expired)
    seen.length = 0
    expect(await store.sweep(1, 55)).toBe(55)
    // What comes back if the machine ends has expired, so nobody waits for a flush.
    expect(seen).toContain('pragma synchronous = 1')
    const transactions = seen.join('\n').split('commit')
    const removals = transactions.map((sql) => sql.split('delete from "revocations"').length - 1)
    expect(removals.filter((count) => count > 0)).toEqual([1, 1, 1])
    expect(await store.list('revocations', {}, { limit: 100 })).toHaveLength(5)
    await store.close()
  })

  it('SD-12 rests after each transaction of a gentle sweep, when it is in the file', async () => {
    const { store, seen } = await watched(driver)
    const expired = names(60).map((id) => insert('revocations', { id, revokedAt: 0, expiresAt: 1 }))
    await store.write(expired)
    const timer = vi.spyOn(globalThis, 'setTimeout')
    expect(await store.sweep(1, 25)).toBe(25)
    expect(timer).not.toHaveBeenCalled()
    expect(seen.join()).not.toContain('checkpoint')
    expect(await store.sweep(1, 100, { gently: true })).toBe(35)
    const rests = timer.mock.calls.map(([, delay]) => delay)
    expect(rests).toEqual([expect.any(Number), expect.any(Number)])
    expect(Math.min(...rests.map(Number))).toBeGreaterThan(0)
    const moved = seen.filter((sql) => sql === 'aside pragma wal_checkpoint(passive)')
    expect(moved).toHaveLength(2)
    timer.mockRestore()
    await store.close()
  })
})
