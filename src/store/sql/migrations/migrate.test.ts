import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SqliteConnection } from '../../sqlite/drivers/driver.ts'
import { libsql } from '../../sqlite/drivers/libsql.ts'
import { sqliteEngine } from '../../sqlite/engine.ts'
import { type ColumnKind, type TableName, tableNames, tables } from '../../tables.ts'
import type { SqlEngine } from '../engine.ts'
import { sqlName } from '../rows.ts'
import { migrations } from './index.ts'
import { migrate } from './migrate.ts'
import type { Migration } from './migration.ts'

let connection: SqliteConnection
let engine: SqlEngine

beforeEach(async () => {
  connection = await libsql.open(':memory:')
  engine = sqliteEngine(connection, 0)
})
afterEach(() => engine.close())

const query = (sql: string) => engine.rows({ sql, parameters: [] })

/** Columns that start an index, apart from the key, and whether it is unique. */
async function indexesOf(table: string) {
  const found = await query(
    `select i."unique", c.name from pragma_index_list('${table}') i, pragma_index_info(i.name) c where i.origin != 'pk'`,
  )
  const named = (unique: number) =>
    found.filter((index) => index.unique === unique).map(({ name }) => name)
  return { unique: named(1).sort(), indexed: named(0).sort() }
}

describe('The migrated schema', () => {
  beforeEach(() => migrate(engine))

  it('has the tables that are described, and no other', async () => {
    const found = await query("select name from sqlite_master where type = 'table' order by name")
    const described = [...tableNames.map(sqlName), 'migrations'].sort()
    expect(found.map(({ name }) => name)).toEqual(described)
  })

  it.each(tableNames)('has the columns, keys and indexes of %s as described', async (name) => {
    const table = sqlName(name)
    const found = await query(
      `select name, type, "notnull", pk from pragma_table_info('${table}') order by cid`,
    )
    expect(found).toEqual(describedColumns(name))
    const { unique = [], indexed = [], expiry } = tables[name]
    const searched = expiry === undefined ? indexed : [...indexed, expiry]
    expect(await indexesOf(table)).toEqual({
      unique: unique.map(sqlName).sort(),
      indexed: searched.map(sqlName).sort(),
    })
  })

  it('refuses values of another type', async () => {
    const text = "insert into revocations values ('k', 'x', 1)"
    await expect(engine.change({ sql: text, parameters: [] })).rejects.toThrow(/INTEGER/)
  })
})

function describedColumns(table: TableName) {
  return Object.entries<ColumnKind>(tables[table].columns).map(([column, kind]) => ({
    name: sqlName(column),
    type: kind.startsWith('integer') ? 'INTEGER' : 'TEXT',
    notnull: kind.endsWith('?') ? 0 : 1,
    pk: column === 'id' ? 1 : 0,
  }))
}

describe('migrate', () => {
  const adding = (name: string, ...statements: string[]): Migration => ({
    name,
    statements: () => statements,
  })
  const one = adding('one', 'create table one (id text)')
  const two = adding('two', 'create table two (id text)')
  const applied = async () =>
    (await query('select name from migrations order by name')).map(({ name }) => name)

  it('applies each migration once', async () => {
    await migrate(engine, [one])
    await migrate(engine, [one, two])
    await migrate(engine, [one, two])
    expect(await applied()).toEqual(['one', 'two'])
  })

  it('leaves alone what a later release has applied', async () => {
    await migrate(engine, [one, two])
    await migrate(engine, [one])
    expect(await applied()).toEqual(['one', 'two'])
  })

  it('FT-41 leaves nothing of a migration that fails, and takes it up again', async () => {
    const broken = adding('two', 'create table two (id text)', 'create table no such syntax')
    await expect(migrate(engine, [one, broken])).rejects.toThrow(/syntax/)
    expect(await applied()).toEqual(['one'])
    await migrate(engine, [one, two])
    expect(await applied()).toEqual(['one', 'two'])
  })

  it('says so if the rows that are there are in the way, and does not take it for applied', async () => {
    const rows = "insert into one values ('same'), ('same')"
    await migrate(engine, [adding('one', 'create table one (id text)', rows)])
    const keyed = adding('two', 'create unique index one_id on one (id)')
    await expect(migrate(engine, [one, keyed])).rejects.toThrow(/two does not fit/)
    expect(await applied()).toEqual(['one'])
  })

  it('knows its migrations by names that differ and sort in their order', () => {
    const names = migrations.map(({ name }) => name)
    expect([...new Set(names)].sort()).toEqual(names)
  })
})
