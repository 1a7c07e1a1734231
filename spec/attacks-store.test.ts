/**
 * Attacks and accidents at the SQLite store. What every store must withstand is in the store
 * contract, under the same ids.
 */

import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Libsql from 'libsql'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { insert, removeAll, type SqliteDriverName, sqliteStore, update } from 'warder/store'

/** A database of either driver, as far as these tests need one beside the store's. */
interface Connection {
  exec(sql: string): void
  prepare(sql: string): { all(): unknown[] }
  close(): void
}

interface Driver {
  new (file: string): Connection
  readonly prototype: Connection
}

const nodeSqlite: unknown = process.getBuiltinModule('node:sqlite')

/** The drivers that this version of Node has. */
const drivers: [SqliteDriverName, Driver][] = [['libsql', Libsql]]
if (typeof nodeSqlite === 'object' && nodeSqlite !== null && 'DatabaseSync' in nodeSqlite) {
  drivers.push(['node:sqlite', nodeSqlite.DatabaseSync as Driver])
}

let directory = ''
let files = 0
const newFile = () => join(directory, `${++files}.db`)

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'warder-attacks-'))
})
afterAll(() => rm(directory, { recursive: true }))
afterEach(() => {
  vi.restoreAllMocks()
})

const fact = (id: string, value = '') => insert('facts', { id, value })

describe.each(drivers)('The SQLite store by %s', (driver, Database) => {
  // By the same driver always: two copies of SQLite in one process do not see each other's locks.
  const check = (file: string): unknown => {
    const database = new Database(file)
    const result = database.prepare('pragma integrity_check').all()
    database.close()
    return JSON.parse(JSON.stringify(result))
  }

  it('SD-08 flushes every commit to the disk, behind a write-ahead log', async () => {
    const prepare = vi.spyOn(Database.prototype, 'prepare')
    const ask = async (options: { synchronous?: 'normal' }) => {
      const store = await sqliteStore(newFile(), { driver, ...options })
      const connection: unknown = prepare.mock.contexts.at(-1)
      if (!(connection instanceof Database)) throw new Error('No connection was seen.')
      const pragma = (name: string) => connection.prepare(`pragma ${name}`).all()
      const answers = { journal: pragma('journal_mode'), synchronous: pragma('synchronous') }
      await store.close()
      return JSON.parse(JSON.stringify(answers))
    }
    const journal = [{ journal_mode: 'wal' }]
    expect(await ask({})).toEqual({ journal, synchronous: [{ synchronous: 2 }] })
    expect(await ask({ synchronous: 'normal' })).toEqual({
      journal,
      synchronous: [{ synchronous: 1 }],
    })
  })

  it('SD-10 builds no statement from input', async () => {
    const prepare = vi.spyOn(Database.prototype, 'prepare')
    const store = await sqliteStore(newFile(), { driver })
    const marked = (text: string) => `${text}' MARK; drop table facts; --`
    await store.write([fact(marked('a'), marked('b')), fact('count', '1')])
    await store.write([update('facts', { id: marked('a') }, { value: marked('c') })])
    expect(
      await store.list('facts', { value: marked('c') }, { limit: 7351, after: marked('A') }),
    ).toHaveLength(1)
    await store.write([removeAll('facts', { id: marked('a') })])
    await store.sweep(735_173_517, 7351)
    await store.close()
    const statements = prepare.mock.calls.map(([sql]) => sql)
    expect(statements.filter((sql) => /MARK|7351/.test(sql))).toEqual([])
    expect(statements.filter((sql) => sql.startsWith('select') && sql.includes('?'))).not.toEqual(
      [],
    )
  })

  it('FT-19 is unavailable while another process holds the lock, and recovers wholly', async () => {
    const file = newFile()
    const store = await sqliteStore(file, { driver, busyTimeout: 30 })
    await store.write([fact('a', '1')])
    const other = new Database(file)
    other.exec("begin immediate; insert into facts values ('other', '')")

    const attempt = store.write([fact('b')])
    // Readers do not wait for the lock, nor for the writer that waits for it.
    expect(await store.find('facts', { id: 'a' })).toEqual({ id: 'a', value: '1' })
    expect(await store.find('facts', { id: 'other' })).toBeUndefined()
    await expect(attempt).rejects.toMatchObject({
      name: 'StoreUnavailable',
      code: 'temporarily_unavailable',
      message: expect.not.stringContaining(file),
    })
    await expect(store.sweep(0, 1)).rejects.toMatchObject({ name: 'StoreUnavailable' })

    other.exec('commit')
    // What was refused must not linger: a statement left in progress would pin what is read.
    expect(await store.find('facts', { id: 'other' })).toEqual({ id: 'other', value: '' })
    other.exec("insert into facts values ('another', '')")
    other.close()
    expect(await store.find('facts', { id: 'b' })).toBeUndefined()
    expect(await store.write([update('facts', { id: 'another' }, {}), fact('b')])).toBe(true)
    await store.close()
    expect(check(file)).toEqual([{ integrity_check: 'ok' }])
  })

  it('FT-19 refuses all who wait for the lock, and does none of it later', async () => {
    const file = newFile()
    const store = await sqliteStore(file, { driver, busyTimeout: 30 })
    const other = new Database(file)
    other.exec('begin immediate')
    // More than one commit takes together.
    const ids = Array.from({ length: 600 }, (_, at) => `${at}`)
    const attempts = await Promise.allSettled(ids.map((id) => store.write([fact(id)])))
    const reasons = attempts.map((attempt) => attempt.status === 'rejected' && attempt.reason.name)
    expect(reasons).toEqual(ids.map(() => 'StoreUnavailable'))
    other.exec('commit')
    other.close()
    expect(await store.write([fact('afterwards')])).toBe(true)
    expect(await store.list('facts', {}, { limit: 9 })).toEqual([{ id: 'afterwards', value: '' }])
    await store.close()
    expect(check(file)).toEqual([{ integrity_check: 'ok' }])
  })

  it('FT-19 waits for the lock as long as it was told, and no longer than it must', async () => {
    const file = newFile()
    const store = await sqliteStore(file, { driver, busyTimeout: 60_000 })
    const other = new Database(file)
    other.exec('begin immediate')
    const attempt = store.write([fact('a')])
    await store.find('facts', { id: 'a' })
    other.exec('commit')
    other.close()
    expect(await attempt).toBe(true)
    await store.close()
  })

  it('keeps its file, and the directory made for it, from everyone else', async () => {
    const file = join(directory, `private-${files++}`, 'inner', 'warder.db')
    const store = await sqliteStore(file, { driver })
    await store.write([fact('a')])
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
    expect(await mode(dirname(file))).toBe('700')
    expect(await mode(dirname(dirname(file)))).toBe('700')
    expect(await mode(file)).toBe('600')
    expect(await mode(`${file}-wal`)).toBe('600')
    await store.close()

    const open = newFile()
    await writeFile(open, '', { mode: 0o644 })
    await (await sqliteStore(open, { driver })).close()
    expect(await mode(open)).toBe('600')
  })

  it('takes a path for a path, whatever it looks like', async () => {
    const odd = join(directory, `odd-${files++}`)
    await mkdir(odd)
    const names = ['file:x.db?mode=memory', 'libsql:', "a'b.db", 'http:', '%41.db', ' .db']
    for (const name of names) {
      const store = await sqliteStore(join(odd, name), { driver })
      await store.write([fact('name', name)])
      await store.close()
      const again = await sqliteStore(join(odd, name), { driver })
      expect(await again.find('facts', { id: 'name' })).toEqual({ id: 'name', value: name })
      await again.close()
      expect((await stat(join(odd, name))).size).toBeGreaterThan(0)
    }
  })

  it('says it is unavailable when the file cannot be opened or is no database', async () => {
    const garbage = newFile()
    await writeFile(garbage, 'garbage '.repeat(1000))
    for (const path of [directory, join(directory, 'nul\0.db'), garbage]) {
      const attempt = sqliteStore(path, { driver })
      await expect(attempt).rejects.toMatchObject({ code: 'temporarily_unavailable' })
    }
  })

  it('FT-41 is made by several that start at once', async () => {
    const file = newFile()
    const stores = await Promise.all(Array.from({ length: 8 }, () => sqliteStore(file, { driver })))
    const written = await Promise.all(stores.map((store) => store.write([fact('a')])))
    expect(written.filter(Boolean)).toHaveLength(1)
    await Promise.all(stores.map((store) => store.close()))
  })

  it('SD-01 has one winner among several stores on one file', async () => {
    const file = newFile()
    const stores = await Promise.all(Array.from({ length: 4 }, () => sqliteStore(file, { driver })))
    await stores[0]?.write([fact('code', 'unused')])
    const use = update('facts', { id: 'code', value: 'unused' }, { value: 'used' })
    const attempts = stores.flatMap((store) => Array.from({ length: 25 }, () => store.write([use])))
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1)
    await Promise.all(stores.map((store) => store.close()))
  })
})
