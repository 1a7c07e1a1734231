/**
 * What runs statements on a SQLite file.
 *
 * @module
 */

import type { FlatRow } from './encoding.ts'
import type { SqlEngine, Statement, Step } from './sql/engine.ts'
import { outage } from './sql/fault.ts'
import { patiently } from './sql/patience.ts'
import { faultOf, isBusy, sqliteDialect } from './sqlite-dialect.ts'
import type { SqliteConnection, SqliteStatement } from './sqlite-drivers/driver.ts'

/**
 * An engine on an open connection, which closes with it.
 *
 * @param patience - Milliseconds to wait for another process that writes.
 */
export const sqliteEngine = (connection: SqliteConnection, patience: number): SqlEngine =>
  new SqliteEngine(connection, patience)

/** Statements kept prepared. Their texts follow from our own code, so there are few. */
const KEPT_STATEMENTS = 500

class SqliteEngine implements SqlEngine {
  readonly dialect = sqliteDialect
  readonly #connection: SqliteConnection
  readonly #patience: number
  readonly #prepared = new Map<string, SqliteStatement>()
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(connection: SqliteConnection, patience: number) {
    this.#connection = connection
    this.#patience = patience
  }

  rows({ sql, parameters }: Statement): Promise<readonly FlatRow[]> {
    // A statement that returns rows returns objects with a property for each column.
    return this.#run(() => this.#prepare(sql).all(parameters) as readonly FlatRow[])
  }

  transact(steps: readonly Step[]): Promise<boolean> {
    return this.#run(() => {
      this.#connection.exec('begin immediate')
      let done = false
      try {
        done = steps.every((step) => this.#isHit(step))
      } catch (error) {
        this.#rollBack()
        if (faultOf(error) !== 'taken') throw error
        return false
      }
      if (done) this.#commit()
      else this.#rollBack()
      return done
    })
  }

  change({ sql, parameters }: Statement): Promise<number> {
    return this.#run(() => {
      this.#connection.exec('begin immediate')
      try {
        const hits = this.#prepare(sql).run(parameters)
        this.#connection.exec('commit')
        return hits
      } catch (error) {
        this.#rollBack()
        throw error
      }
    })
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay)
    this.#prepared.clear()
    try {
      // Moves what was written into the main file, so that a copy of it is complete.
      this.#connection.prepare('pragma wal_checkpoint(truncate)').all([])
    } catch (error) {
      throw outage(error, faultOf(error))
    } finally {
      this.#connection.close()
    }
  }

  async #run<R>(action: () => R): Promise<R> {
    const running = patiently(async () => action(), { patience: this.#patience, isBusy })
    this.#underWay.add(running)
    try {
      return await running
    } catch (error) {
      throw outage(error, faultOf(error))
    } finally {
      this.#underWay.delete(running)
    }
  }

  #isHit({ sql, parameters, hits }: Step): boolean {
    const changed = this.#prepare(sql).run(parameters)
    return hits === 'any' || changed === 1
  }

  #commit(): void {
    try {
      this.#connection.exec('commit')
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  /** SQLite rolls back by itself when a disk is full or fails; then there is nothing left to do. */
  #rollBack(): void {
    try {
      this.#connection.exec('rollback')
    } catch (error) {
      if (!String(error).includes('no transaction is active')) throw error
    }
  }

  #prepare(sql: string): SqliteStatement {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    if (this.#prepared.size >= KEPT_STATEMENTS) this.#prepared.clear()
    const statement = this.#connection.prepare(sql)
    this.#prepared.set(sql, statement)
    return statement
  }
}
