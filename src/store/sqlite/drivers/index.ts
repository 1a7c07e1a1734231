/**
 * The SQLite drivers in order of preference. One more is one file and one line here.
 *
 * @module
 */

import type { SqliteDriver } from './driver.ts'
import { libsql } from './libsql.ts'
import { nodeSqlite } from './node-sqlite.ts'

/** The drivers by name. */
export const sqliteDrivers = {
  'node:sqlite': nodeSqlite,
  libsql,
} as const satisfies Record<string, SqliteDriver>

/** The name of a driver. */
export type SqliteDriverName = keyof typeof sqliteDrivers
