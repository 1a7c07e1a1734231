/**
 * The store on any SQL database that a {@link SqlEngine} runs.
 *
 * @module
 */

import type { WarderEvent } from '../../events.ts'
import { checkPage, testsOf } from '../conditions.ts'
import { restoreRow } from '../encoding.ts'
import { StoreUnavailable } from '../errors.ts'
import type { MigratedStore } from '../pending-migrations.ts'
import { recordOf } from '../recorded-event.ts'
import type { Change, Outlives, Page, Store, SweepManner, Where } from '../store.ts'
import { type Row, type TableName, tableNames, tables } from '../tables.ts'
import { writerOf } from './dialect.ts'
import type { SqlEngine } from './engine.ts'
import { migrate, planMigrations } from './migrations/migrate.ts'
import { RowCache } from './row-cache.ts'
import { fromSqlRow, sqlName } from './rows.ts'
import { type Expired, Statements } from './statements.ts'

/**
 * Opens a store and brings its tables up to date.
 *
 * @param engine - Closes with the store, and at once if its tables cannot be brought up to date.
 * @param openMigrator - Opens what brings them up to date, if that takes another engine.
 * @throws {StoreUnavailable} if the database cannot be used now.
 * @throws {ConfigError} if the database is of a release that is too new for this one.
 */
export async function sqlStore(
  engine: SqlEngine,
  openMigrator?: () => Promise<SqlEngine>,
): Promise<Store> {
  try {
    if ((await planMigrations(engine)).length > 0) await bringUpToDate(engine, openMigrator)
  } catch (error) {
    await engine.close()
    throw error
  }
  return new SqlStore(engine)
}

async function bringUpToDate(
  engine: SqlEngine,
  openMigrator: (() => Promise<SqlEngine>) | undefined,
): Promise<void> {
  const migrator = await openMigrator?.()
  try {
    await migrate(migrator ?? engine)
  } finally {
    await migrator?.close()
  }
}

/** The tables whose rows expire, each with the column that says when. */
const expiries = tableNames.flatMap((table) => {
  const { expiry } = tables[table]
  return expiry === undefined ? [] : ([[table, expiry]] as const)
})

class SqlStore implements MigratedStore {
  readonly #engine: SqlEngine
  readonly #statements: Statements
  readonly #cache: RowCache
  #closing: Promise<void> | undefined

  constructor(engine: SqlEngine) {
    this.#engine = engine
    this.#statements = new Statements(writerOf(engine.dialect), engine.dialect.skipsLocked)
    this.#cache = new RowCache(() => engine.version?.())
  }

  async find<T extends TableName>(table: T, where: Where<T>): Promise<Row<T> | undefined> {
    const engine = this.#open()
    return this.#cache.find(table, where, () => this.#read(engine, table, where))
  }

  async list<T extends TableName>(table: T, where: Where<T>, page: Page): Promise<Row<T>[]> {
    checkPage(page)
    const statement = this.#statements.select(table, testsOf(table, where), page)
    const rows = await this.#open().rows(statement)
    return rows.map((row) => restoreRow(table, fromSqlRow(table, row)))
  }

  async write(
    changes: readonly Change[],
    events: readonly WarderEvent[] = [],
    outlives?: Outlives,
  ): Promise<boolean> {
    // Every change is checked before the first is made: a TypeError must leave nothing behind.
    const all = [...changes, ...events.map(recordOf)]
    const steps = all.map((change) => this.#statements.stepOf(change))
    const engine = this.#open()
    const written = new Set(all.map(({ table }) => table))
    return this.#cache.write(written, () => engine.transact(steps, outlives))
  }

  async sweep(now: number, limit: number, manner: SweepManner = {}): Promise<number> {
    checkPage({ limit })
    let gone = 0
    for (const [table, expiry] of expiries) {
      const swept = await this.#sweepTable(table, { expiry, now, limit }, manner)
      if (swept > 0) manner.onSwept?.(table, swept)
      gone += swept
    }
    return gone
  }

  async pendingMigrations(): Promise<readonly string[]> {
    return (await planMigrations(this.#open())).map(({ name }) => name)
  }

  close(): Promise<void> {
    this.#closing ??= this.#engine.close()
    return this.#closing
  }

  async #read<T extends TableName>(
    engine: SqlEngine,
    table: T,
    where: Where<T>,
  ): Promise<Row<T> | undefined> {
    const statement = this.#statements.select(table, testsOf(table, where), { limit: 1 })
    const row =
      engine.first === undefined ? (await engine.rows(statement))[0] : await engine.first(statement)
    return row && restoreRow(table, fromSqlRow(table, row))
  }

  /** The SQL table to delete rows of a table from, once what can go as a whole has gone. */
  async #sweepable(table: TableName, now: number): Promise<string> {
    const name = sqlName(table)
    if (tables[table].addedOnly !== true) return name
    return (await this.#open().dropExpired?.(name, now)) ?? name
  }

  async #sweepTable(
    table: TableName,
    { expiry, now, limit }: Expired,
    { gently = false }: SweepManner,
  ): Promise<number> {
    const name = await this.#sweepable(table, now)
    const { sweptAtOnce } = this.#engine.dialect
    for (let gone = 0; ; ) {
      const most = Math.min(limit - gone, sweptAtOnce)
      const removal = this.#statements.removeExpired(name, { expiry, now, limit: most })
      // If the machine ends, what comes back has expired, and is swept again.
      const remove = () => this.#open().change(removal, 'process')
      const removed = await this.#cache.write(new Set([table]), remove)
      gone += removed
      if (gently && removed > 0) await this.#open().rest()
      if (removed < most || gone >= limit) return gone
    }
  }

  #open(): SqlEngine {
    if (this.#closing !== undefined) throw new StoreUnavailable({ detail: 'the store was closed' })
    return this.#engine
  }
}
