/**
 * What a migration is.
 *
 * Migrations only add, so that the release before still works on the schema of the one after it:
 * a new column has a default or may be null, and nothing is renamed or dropped while a release in
 * use still needs it. A release has one migration at most, which is edited until it is released.
 *
 * @module
 */

import type { ColumnTypes, Writer } from '../dialect.ts'

/** One step of the schema. */
export interface Migration {
  /** Stays for ever: it tells whether the step has been taken. */
  readonly name: string
  /**
   * The SQL to run, in this order. A statement must do no harm if it is run again: `if not exists`.
   * Their number and order stay for ever: they tell how far a run has come.
   */
  statements(writer: Writer, types: ColumnTypes): readonly string[]
}
