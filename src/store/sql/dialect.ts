/**
 * What SQL databases do not agree on. A store for one more of them is one implementation of this.
 *
 * @module
 */

import type { Dialect, Expression, Kysely } from 'kysely'
import type { Cell } from '../encoding.ts'

/** Our tables as Kysely sees them: cells by column by table, named in snake case. */
export type SqlTables = Record<string, Record<string, Cell>>

/** A connection, or a transaction on one. */
export type Database = Kysely<SqlTables>

/**
 * What a failure of the database means.
 *
 * - `busy`: another writer was in the way, nothing was done, and trying again may help.
 * - `taken`: a key or a unique value exists.
 * - `away`: it cannot serve now, and what became of the statement may be unknown.
 */
export type Fault = 'busy' | 'taken' | 'away'

/** How columns and tables are declared. */
export interface ColumnTypes {
  /** Unicode without end, which sorts by its bytes. */
  readonly text: Expression<unknown>
  /** Holds every whole number up to 2^53 - 1. */
  readonly integer: Expression<unknown>
  /** What follows the closing parenthesis of a table. */
  readonly tableEnd: Expression<unknown>
}

/** One kind of SQL database. */
export interface SqlDialect {
  /**
   * How to connect. What a transaction's conditions see must not change before it commits, by a lock
   * from its first statement on or by locks on rows. Every change runs in a transaction.
   */
  readonly kysely: Dialect
  readonly types: ColumnTypes
  /** Reads a driver's error; undefined if it is a fault of ours. */
  faultOf(error: unknown): Fault | undefined
}
