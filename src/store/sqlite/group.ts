/**
 * Several writes in one transaction of SQLite, each of which happens or not by itself.
 *
 * A commit flushes the disk, which costs far more than the changes in it. Nothing here awaits, so
 * nobody reads or writes in between.
 *
 * @see {@link https://www.sqlite.org/lang_savepoint.html | Savepoints}
 * @module
 */

import type { Step } from '../sql/statement.ts'
import { faultOf } from './dialect.ts'
import type { SqliteConnection } from './drivers/driver.ts'

/** What became of one write: how many rows it hit, that it missed, or a fault of its own. */
export type Outcome = { readonly hits: number | undefined } | { readonly error: unknown }

/**
 * Runs each of the writes wholly or not at all, in their order, and commits what was done.
 *
 * @returns What became of each. True of the disk, because the commit has happened.
 * @throws whatever kept the transaction from its end. Then none of the writes has happened.
 */
export function commitTogether(
  connection: SqliteConnection,
  writes: readonly (readonly Step[])[],
): readonly Outcome[] {
  // A deferred transaction would read first and could then be refused the lock for writing.
  connection.exec('begin immediate')
  try {
    const outcomes = writes.map((steps) => attempt(connection, steps))
    connection.exec('commit')
    return outcomes
  } catch (error) {
    rollBack(connection)
    throw error
  }
}

function attempt(connection: SqliteConnection, steps: readonly Step[]): Outcome {
  run(connection, 'savepoint write')
  const outcome = outcomeOf(connection, steps)
  const hasHappened = 'hits' in outcome && outcome.hits !== undefined
  if (!hasHappened) run(connection, 'rollback to write')
  run(connection, 'release write')
  return outcome
}

/** @throws if the database cannot go on, which ends the transaction and with it all of the writes. */
function outcomeOf(connection: SqliteConnection, steps: readonly Step[]): Outcome {
  let sum = 0
  try {
    for (const { sql, parameters, hits } of steps) {
      const changed = connection.prepare(sql).run(parameters)
      if (hits === 'one' && changed !== 1) return { hits: undefined }
      sum += changed
    }
    return { hits: sum }
  } catch (error) {
    const fault = faultOf(error)
    if (fault === 'busy' || fault === 'away') throw error
    return fault === 'taken' ? { hits: undefined } : { error }
  }
}

const run = (connection: SqliteConnection, sql: string): number => connection.prepare(sql).run([])

/** SQLite rolls back by itself when a disk is full or fails; then there is nothing left to do. */
function rollBack(connection: SqliteConnection): void {
  try {
    connection.exec('rollback')
  } catch (error) {
    if (!String(error).includes('no transaction is active')) throw error
  }
}
