import { copyFileSync, existsSync, mkdtempSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { sqlStore } from '../sql/sql-store.ts'
import { sqliteStore } from '../sqlite.ts'
import { insert } from '../store.ts'
import { checkpoints } from './checkpoints.ts'
import { type SqliteDriverName, sqliteDrivers } from './drivers/index.ts'
import { sqliteEngine } from './engine.ts'

/** A connection that only notes what it is told. */
const noting = (told: string[]) => ({
  exec: (sql: string) => void told.push(sql),
  prepare: () => expect.unreachable(),
  close: () => {},
})

/** Checkpoints whose each a test lets end, by whatever comes of it. */
function stepped() {
  const told: string[] = []
  const underWay: { resolve(): void; reject(error: Error): void }[] = []
  const openAside = async () => ({
    exec(sql: string) {
      told.push(sql)
      return new Promise<void>((resolve, reject) => underWay.push({ resolve, reject }))
    },
    close: async () => void told.push('closed'),
  })
  return { told, underWay, made: checkpoints(noting(told), openAside) }
}

const PASSIVE = 'pragma wal_checkpoint(passive)'

describe('Checkpoints', () => {
  it('are made beside the thread once enough rows have changed, one at a time', async () => {
    const { told, underWay, made } = stepped()
    made.committed(299)
    await Promise.resolve()
    expect(told).toEqual([])
    made.committed(1)
    await expect.poll(() => told).toEqual(['pragma wal_autocheckpoint = 4000', PASSIVE])
    made.committed(1_000)
    expect(underWay).toHaveLength(1)
    underWay[0]?.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    made.committed(1)
    await expect.poll(() => told.slice(2)).toEqual([PASSIVE])
    underWay[1]?.resolve()
    await made.close()
    expect(told.at(-1)).toBe('closed')
  })

  it('are made when somebody asks, after the one that may have begun too early, and none at the end', async () => {
    const { told, underWay, made } = stepped()
    made.committed(300)
    await expect.poll(() => underWay.length).toBe(1)
    const asked = vi.fn()
    void made.make().then(asked)
    underWay[0]?.resolve()
    await expect.poll(() => underWay.length).toBe(2)
    expect(asked).not.toHaveBeenCalled()
    underWay[1]?.reject(new Error('the disk is full'))
    await expect.poll(() => asked.mock.calls.length).toBe(1)
    await made.close()
    await made.make()
    made.committed(300)
    expect(told.slice(1)).toEqual([PASSIVE, PASSIVE, 'closed'])
  })

  it('are made again after one that failed, by what is opened then, and nobody hears of it', async () => {
    const { underWay, made, told } = stepped()
    made.committed(300)
    await expect.poll(() => underWay.length).toBe(1)
    underWay[0]?.reject(new Error('the thread has ended'))
    await expect.poll(() => told.at(-1)).toBe('closed')
    await made.make()
    expect(underWay).toHaveLength(1)
    made.committed(300)
    await expect.poll(() => underWay.length).toBe(2)
    expect(told.slice(3)).toEqual(['pragma wal_autocheckpoint = 4000', PASSIVE])
    const closing = made.close()
    await Promise.resolve()
    expect(told.at(-1)).toBe(PASSIVE)
    underWay[1]?.resolve()
    await closing
  })

  it('are waited for at the end, also while what makes them is being opened', async () => {
    const { told, underWay, made } = stepped()
    made.committed(300)
    const closing = made.close()
    await expect.poll(() => underWay.length).toBe(1)
    expect(told).not.toContain('closed')
    underWay[0]?.resolve()
    await closing
    expect(told.at(-1)).toBe('closed')
  })

  it('are not made for whoever asks where that could not be opened, until enough has changed', async () => {
    const openAside = vi.fn(() => Promise.reject(new Error('too many open files')))
    const made = checkpoints(noting([]), openAside)
    await made.make()
    await made.make()
    expect(openAside).toHaveBeenCalledTimes(1)
    made.committed(300)
    await made.close()
    expect(openAside).toHaveBeenCalledTimes(2)
  })

  it('are left to SQLite where nothing goes beside, or cannot be opened', async () => {
    const told: string[] = []
    for (const openAside of [undefined, () => Promise.reject(new Error('no'))]) {
      const made = checkpoints(noting(told), openAside)
      made.committed(10_000)
      await made.make()
      await made.close()
    }
    expect(told).toEqual([])
  })
})

/** Those that this version of Node has. */
const drivers = (Object.keys(sqliteDrivers) as SqliteDriverName[]).filter((name) =>
  sqliteDrivers[name].isAvailable(),
)

describe.each(drivers)('A SQLite file by %s', (name) => {
  const driver = sqliteDrivers[name]
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'warder-checkpoints-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('holds what was committed, without a commit that had to move it', async () => {
    const path = join(folder, 'warder.db')
    const connection = await driver.open(path)
    connection.exec('pragma journal_mode = wal')
    // SQLite's own would hide that nothing else does it.
    connection.exec('pragma wal_autocheckpoint = 0')
    const engine = sqliteEngine(connection, 1_000, () => driver.openAside(path))
    const store = await sqlStore(engine)
    const facts = (count: number, from: number) =>
      Array.from({ length: count }, (_, at) => insert('facts', { id: `${from + at}`, value: 'x' }))
    await store.write(facts(300, 0))
    const inFile = async () => {
      copyFileSync(path, join(folder, 'copy.db'))
      const copy = await driver.open(join(folder, 'copy.db'))
      try {
        return copy.prepare('select count(*) as facts from facts').get([])
      } catch {
        return 'no such table yet'
      } finally {
        copy.close()
      }
    }
    await expect.poll(inFile).toEqual({ facts: 300 })
    await store.write(facts(299, 300))
    expect(await store.find('facts', { id: '598' })).toBeDefined()
    await store.close()
  })

  it('is open beside the thread until it is closed there, and says what is refused', async () => {
    const path = join(folder, 'warder.db')
    const connection = await driver.open(path)
    connection.exec('pragma journal_mode = wal')
    connection.exec('create table facts (id text)')
    const beside = await driver.openAside(path)
    await beside.exec("insert into facts values ('a')")
    expect(connection.prepare('select id from facts').all([])).toEqual([{ id: 'a' }])
    await expect(beside.exec('insert into fictions values (1)')).rejects.toThrow('fictions')
    await beside.exec('drop table facts')
    await beside.close()
    await expect(beside.exec('select 1')).rejects.toThrow()
    connection.close()
  })

  it('cannot be opened beside the thread where it is not, and is not made there', async () => {
    const path = join(folder, 'warder.db')
    await expect(driver.openAside(path)).rejects.toThrow()
    expect(existsSync(path)).toBe(false)
  })

  it('is opened beside the thread whatever its name', async () => {
    const path = join(folder, 'é %41?mode=memory#1.db')
    const connection = await driver.open(path)
    connection.exec('create table facts (id text)')
    const beside = await driver.openAside(path)
    await beside.exec("insert into facts values ('a')")
    await beside.close()
    expect(connection.prepare('select id from facts').all([])).toEqual([{ id: 'a' }])
    connection.close()
  })

  it('is not made again beside what was removed', async () => {
    const path = join(folder, 'warder.db')
    const store = await sqliteStore(path, { driver: name })
    unlinkSync(path)
    for (let from = 0; from < 3_000; from += 300) {
      const facts = Array.from({ length: 300 }, (_, at) => `${from + at}`)
      await store.write(facts.map((id) => insert('facts', { id, value: 'x' })))
    }
    await store.close()
    expect(existsSync(path)).toBe(false)
  })
})
