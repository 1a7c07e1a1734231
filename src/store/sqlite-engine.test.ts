import { describe, expect, it } from 'vitest'
import { sqlStore } from './sql/sql-store.ts'
import { sqliteDrivers } from './sqlite-drivers/index.ts'
import { sqliteEngine } from './sqlite-engine.ts'
import { insert } from './store.ts'

const drivers = Object.entries(sqliteDrivers).filter(([, driver]) => driver.isAvailable())

describe.each(drivers)('SQLite by %s', (_, driver) => {
  it('FT-25 is unavailable while the disk is full, keeps nothing by half, and recovers', async () => {
    const connection = await driver.open(':memory:')
    const store = await sqlStore(sqliteEngine(connection, 0))
    const fact = (id: string, size: number) => insert('facts', { id, value: 'x'.repeat(size) })
    expect(await store.write([fact('before', 10)])).toBe(true)
    connection.exec('pragma max_page_count = 1')

    for (let attempt = 0; attempt < 3; attempt++) {
      const write = store.write([fact('small', 10), fact('large', 1_000_000)])
      await expect(write).rejects.toMatchObject({ name: 'StoreUnavailable' })
      expect(await store.find('facts', { id: 'small' })).toBeUndefined()
    }

    connection.exec('pragma max_page_count = 100000')
    expect(await store.write([fact('small', 10), fact('large', 1_000_000)])).toBe(true)
    await store.close()
  })

  it('leaves no transaction open after a write that failed, whatever the cause', async () => {
    const connection = await driver.open(':memory:')
    const store = await sqlStore(sqliteEngine(connection, 0))
    connection.exec('create trigger faulty before delete on facts begin select no_such(); end')
    const fact = insert('facts', { id: 'k', value: '' })
    const faulty = { verb: 'removeAll', table: 'facts', where: {} } as const
    await expect(store.write([fact, faulty])).rejects.toThrow(/no_such/)
    expect(await store.find('facts', {})).toBeUndefined()
    expect(await store.write([fact])).toBe(true)
    // A transaction that is still open would refuse this.
    connection.exec('begin')
    connection.exec('rollback')
    await store.close()
  })
})
