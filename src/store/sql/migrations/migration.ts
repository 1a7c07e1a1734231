/**
 * What a migration is.
 *
 * Migrations only add, so that the release before still works on the schema of the one after it:
 * a new column has a default or may be null, and nothing is renamed or dropped while a release in
 * use still needs it.
 *
 * @module
 */

import type { ColumnTypes, Database } from '../dialect.ts'

/** One step of the schema. */
export interface Migration {
  /** Stays for ever: it tells whether the step has been taken. */
  readonly name: string
  /** Runs inside a transaction. */
  up(db: Database, types: ColumnTypes): Promise<void>
}
