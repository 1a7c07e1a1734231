/**
 * What Warder needs of a SQLite driver.
 *
 * @module
 */

import type { Cell } from '../../encoding.ts'

/** A prepared statement. It may be run again and again, until its connection is closed. */
export interface SqliteStatement {
  /** Runs it and returns its rows. */
  all(parameters: readonly Cell[]): readonly unknown[]
  /** Runs it and returns its first row; undefined if it has none. */
  get(parameters: readonly Cell[]): unknown
  /** Runs it and returns how many rows it changed. */
  run(parameters: readonly Cell[]): number
}

/** An open database. */
export interface SqliteConnection {
  /** Runs a statement once and forgets it, even if it fails. */
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

/** An open database whose statements run beside this thread. */
export interface SqliteAside {
  exec(sql: string): Promise<void>
  /** To be called when nothing is under way. Resolves when the file is open there no more. */
  close(): Promise<void>
}

/** A way to open databases. */
export interface SqliteDriver {
  /** Whether this platform has it. */
  isAvailable(): boolean
  /** @throws if the file cannot be opened. */
  open(path: string): Promise<SqliteConnection>
  /** One that is open already, to be used beside it. @throws too where nothing can be done beside this thread. */
  openAside(path: string): Promise<SqliteAside>
}
