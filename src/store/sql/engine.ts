/**
 * What runs the statements of the SQL store. A store for one more database is one implementation of
 * this, and nothing else of it knows which database it is on.
 *
 * @module
 */

import type { FlatRow } from '../encoding.ts'
import type { Outlives } from '../store.ts'
import type { SqlDialect } from './dialect.ts'
import type { Statement, Step } from './statement.ts'

/**
 * A database that is open.
 *
 * Every verb throws {@link StoreUnavailable} if the database cannot serve now. It may try again by
 * itself only what is known to have done nothing.
 */
export interface SqlEngine {
  /** How to write statements for it. */
  readonly dialect: SqlDialect

  /**
   * Another number once somebody else has committed something; nothing if it is not known. Absent
   * where to ask takes as long as to read.
   */
  version?(): number | undefined

  /** Reads what is committed. */
  rows(statement: Statement): Promise<readonly FlatRow[]>

  /** Reads the first row, or nothing. Absent where that takes as long as to read rows. */
  first?(statement: Statement): Promise<FlatRow | undefined>

  /**
   * Runs all steps in one transaction, in their order, or leaves nothing behind.
   *
   * What the conditions of a step see must not change before the transaction commits, be it by one
   * lock from its start on or by locks on rows.
   *
   * @param outlives - The machine, unless told.
   * @returns False if a step did not hit what it must, or if a key or a unique value was taken.
   */
  transact(steps: readonly Step[], outlives?: Outlives): Promise<boolean>

  /**
   * Runs one change in a transaction of its own.
   *
   * @param outlives - The machine, unless told. It may outlive more than it must.
   * @returns How many rows it hit.
   */
  change(statement: Statement, outlives?: Outlives): Promise<number>

  /** Resolves when others have had their turn, after a change that could have waited. */
  rest(): Promise<void>

  /**
   * Drops what is over of a table that is kept in parts by time, and makes the parts that come. Absent
   * where there are none.
   *
   * @returns The table to delete from row by row: itself, or what no part holds.
   */
  dropExpired?(table: string, now: number): Promise<string>

  /** Lets what is under way come to its end, and gives up files and connections. */
  close(): Promise<void>
}
