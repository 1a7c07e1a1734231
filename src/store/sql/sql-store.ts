/**
 * The store on any SQL database that {@link SqlDialect} describes.
 *
 * A write is one transaction that holds the lock for writing from the start, so what its conditions
 * see cannot change before it commits. Nothing waits for anything while it holds the connection.
 *
 * @module
 */

import { Kysely } from 'kysely'
import type { WarderEvent } from '../../events.ts'
import { checkPage, testsOf } from '../conditions.ts'
import { restoreRow } from '../encoding.ts'
import { StoreUnavailable } from '../errors.ts'
import { recordOf } from '../recorded-event.ts'
import type { Change, Page, Store, Where } from '../store.ts'
import { type Row, type TableName, tableNames, tables } from '../tables.ts'
import type { Database, SqlDialect } from './dialect.ts'
import { migrate } from './migrations/migrate.ts'
import { patiently } from './patience.ts'
import { fromSqlRow } from './rows.ts'
import { removeExpired, type Step, select, stepOf } from './statements.ts'

/**
 * Opens a store and brings its tables up to date.
 *
 * @param patience - Milliseconds to wait for other writers before a verb fails.
 * @throws {StoreUnavailable} if the database cannot be used now.
 */
export async function sqlStore(dialect: SqlDialect, patience: number): Promise<Store> {
  const store = new SqlStore(dialect, patience)
  await store.migrate()
  return store
}

/** The tables whose rows expire, each with the column that says when. */
const expiries = tableNames.flatMap((table) => {
  const { expiry } = tables[table]
  return expiry === undefined ? [] : ([[table, expiry]] as const)
})

/** Thrown inside a transaction to have it rolled back; never leaves this file. */
class ChangeMissed extends Error {}

class SqlStore implements Store {
  readonly #dialect: SqlDialect
  readonly #patience: number
  readonly #db: Database
  readonly #underWay = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(dialect: SqlDialect, patience: number) {
    this.#dialect = dialect
    this.#patience = patience
    this.#db = new Kysely({ dialect: dialect.kysely })
  }

  async migrate(): Promise<void> {
    try {
      await this.#run(() => migrate(this.#db, this.#dialect.types))
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async find<T extends TableName>(table: T, where: Where<T>): Promise<Row<T> | undefined> {
    const [row] = await this.list(table, where, { limit: 1 })
    return row
  }

  async list<T extends TableName>(table: T, where: Where<T>, page: Page): Promise<Row<T>[]> {
    const tests = testsOf(table, where)
    checkPage(page)
    const rows = await this.#run(() => select(this.#db, table, { tests, page }))
    return rows.map((row) => restoreRow(table, fromSqlRow(table, row)))
  }

  async write(changes: readonly Change[], events: readonly WarderEvent[] = []): Promise<boolean> {
    const steps = [...changes, ...events.map(recordOf)].map(stepOf)
    return this.#run(() => this.#transact(steps))
  }

  async sweep(now: number, limit: number): Promise<number> {
    checkPage({ limit })
    let gone = 0
    for (const [table, expiry] of expiries) {
      // A transaction each: none may hold the lock for long.
      const sweeping = () =>
        this.#db
          .transaction()
          .execute((transaction) => removeExpired(transaction, table, { expiry, now, limit }))
      gone += await this.#run(sweeping)
    }
    return gone
  }

  close(): Promise<void> {
    this.#closing ??= this.#giveUp()
    return this.#closing
  }

  async #giveUp(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    try {
      await this.#db.destroy()
    } catch (error) {
      throw this.#outage(error)
    }
  }

  /** @returns False if a change missed; then everything was rolled back. */
  async #transact(steps: readonly Step[]): Promise<boolean> {
    try {
      await this.#db.transaction().execute(async (transaction) => {
        for (const step of steps) {
          if (!(await step(transaction))) throw new ChangeMissed()
        }
      })
      return true
    } catch (error) {
      if (error instanceof ChangeMissed || this.#dialect.faultOf(error) === 'taken') return false
      throw error
    }
  }

  /**
   * Runs something that may be tried again when it was busy, because then nothing was done.
   *
   * @throws {StoreUnavailable} if the database cannot serve.
   */
  async #run<R>(action: () => Promise<R>): Promise<R> {
    if (this.#closing !== undefined) throw new StoreUnavailable({ detail: 'the store was closed' })
    const isBusy = (error: unknown) => this.#dialect.faultOf(error) === 'busy'
    const running = patiently(action, { patience: this.#patience, isBusy })
    this.#underWay.add(running)
    try {
      return await running
    } catch (error) {
      throw this.#outage(error)
    } finally {
      this.#underWay.delete(running)
    }
  }

  /** What to throw for an error: itself, unless it means that the database cannot serve. */
  #outage(error: unknown): unknown {
    const fault = this.#dialect.faultOf(error)
    if (fault !== 'busy' && fault !== 'away') return error
    return new StoreUnavailable({ detail: String(error), cause: error })
  }
}
