/**
 * How statements are written for one kind of SQL database.
 *
 * @module
 */

import { type Dialect, type Expression, Kysely } from 'kysely'
import type { Cell } from '../encoding.ts'
import type { Statement } from './statement.ts'

/** Our tables as Kysely sees them: cells by column by table, named in snake case. */
export type SqlTables = Record<string, Record<string, Cell>>

/** Kysely as the writer of statements. They are compiled, and never run by it. */
export type Writer = Kysely<SqlTables>

/** How columns and tables are declared. */
export interface ColumnTypes {
  /** Unicode without end, which sorts by its bytes. */
  readonly text: Expression<unknown>
  /** Holds every whole number up to 2^53 - 1. */
  readonly integer: Expression<unknown>
  /** What follows the closing parenthesis of a table. */
  readonly tableEnd: Expression<unknown>
  /** Whether a table can be kept in parts by the value of a column. */
  readonly parts: boolean
}

/** What SQL databases do not agree on. */
export interface SqlDialect {
  /** Kysely's dialect, with Kysely's `DummyDriver`: an engine runs what it writes. */
  readonly kysely: Dialect
  readonly types: ColumnTypes
  /** Whether rows that somebody else is at can be passed over. */
  readonly skipsLocked: boolean
  /** Rows that one transaction sweeps, so that nobody waits long for it. */
  readonly sweptAtOnce: number
  /** Finds a row if there is a table of a name. */
  findTable(name: string): Statement
  /** Whether all of a migration is best done in one transaction, or each statement in its own. */
  readonly changesTogether: boolean
  /** What comes before a change of the schema, in its transaction. */
  readonly beforeChange?: string
}

/** What writes the statements of a dialect. */
export const writerOf = ({ kysely }: SqlDialect): Writer => new Kysely({ dialect: kysely })
