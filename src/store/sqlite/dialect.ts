/**
 * How SQLite is written, and what its errors mean.
 *
 * @see {@link https://www.sqlite.org/rescode.html | SQLite's result codes}
 * @module
 */

import { DummyDriver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely'
import type { SqlDialect } from '../sql/dialect.ts'
import type { Fault } from '../sql/fault.ts'

/** SQLite's dialect. */
export const sqliteDialect: SqlDialect = {
  kysely: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
  types: { text: sql`text`, integer: sql`integer`, tableEnd: sql`strict`, parts: false },
  skipsLocked: false,
  // In the thread that answers everybody, and 200 take 6 ms.
  sweptAtOnce: 25,
  findTable: (name) => ({
    sql: "select 1 as found from sqlite_master where type = 'table' and name = ?",
    parameters: [name],
  }),
  // There is one writer anyway, and one flush of the disk is quicker than fifty.
  changesTogether: true,
}

const faults: Readonly<Record<number, Fault>> = {
  5: 'busy', // SQLITE_BUSY
  6: 'busy', // SQLITE_LOCKED
  8: 'away', // SQLITE_READONLY
  10: 'away', // SQLITE_IOERR
  13: 'away', // SQLITE_FULL
  14: 'away', // SQLITE_CANTOPEN
  15: 'busy', // SQLITE_PROTOCOL: too many were at the log at once
  1555: 'taken', // SQLITE_CONSTRAINT_PRIMARYKEY
  2067: 'taken', // SQLITE_CONSTRAINT_UNIQUE
}

/** Whether another connection was in the way, so that nothing was done. */
export const isBusy = (error: unknown): boolean => faultOf(error) === 'busy'

/** What an error of either driver means; undefined if it is a fault of ours. */
export function faultOf(error: unknown): Fault | undefined {
  const code = resultCode(error)
  // The low byte of an extended code is its class.
  return code === undefined ? undefined : (faults[code] ?? faults[code & 0xff])
}

/** The extended result code, where each driver puts it. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const code = 'rawCode' in error ? error.rawCode : 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code : undefined
}
