/**
 * SQLite for the SQL store.
 *
 * @see {@link https://www.sqlite.org/rescode.html | SQLite's result codes}
 * @module
 */

import { type SqliteDatabase, SqliteDialect, SqliteDriver, type SqliteStatement, sql } from 'kysely'
import type { Cell } from './encoding.ts'
import type { Fault, SqlDialect } from './sql/dialect.ts'
import type { SqliteConnection } from './sqlite-drivers/driver.ts'

/** Describes SQLite on an open connection, which closes with the store. */
export function sqliteDialect(connection: SqliteConnection): SqlDialect {
  return {
    kysely: new ImmediateDialect(connection),
    types: { text: sql`text`, integer: sql`integer`, tableEnd: sql`strict` },
    faultOf,
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #connection: SqliteConnection
  readonly #database: SqliteDatabase

  constructor(connection: SqliteConnection) {
    const database = kyselyDatabase(connection)
    super({ database })
    this.#connection = connection
    this.#database = database
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#connection, this.#database)
  }
}

class ImmediateDriver extends SqliteDriver {
  readonly #connection: SqliteConnection

  constructor(connection: SqliteConnection, database: SqliteDatabase) {
    super({ database })
    this.#connection = connection
  }

  /** A deferred transaction would read first and could then be refused the lock for writing. */
  override async beginTransaction(): Promise<void> {
    this.#connection.exec('begin immediate')
  }

  override async commitTransaction(): Promise<void> {
    this.#connection.exec('commit')
  }

  /** SQLite rolls back by itself when a disk is full or fails; then there is nothing left to do. */
  override async rollbackTransaction(): Promise<void> {
    try {
      this.#connection.exec('rollback')
    } catch (error) {
      if (!String(error).includes('no transaction is active')) throw error
    }
  }
}

/** Statements kept prepared. Their texts follow from our own code, so there are few. */
const KEPT_STATEMENTS = 500

/** Dresses a connection as what Kysely expects, and keeps its statements prepared. */
function kyselyDatabase(connection: SqliteConnection): SqliteDatabase {
  const statements = new Map<string, SqliteStatement>()
  return {
    prepare(text) {
      const known = statements.get(text)
      if (known !== undefined) return known
      if (statements.size >= KEPT_STATEMENTS) statements.clear()
      const statement = kyselyStatement(connection, text)
      statements.set(text, statement)
      return statement
    },
    close() {
      statements.clear()
      try {
        // Moves what was written into the main file, so that a copy of it is complete.
        connection.prepare('pragma wal_checkpoint(truncate)').all([])
      } finally {
        connection.close()
      }
    },
  }
}

function kyselyStatement(connection: SqliteConnection, text: string): SqliteStatement {
  const statement = connection.prepare(text)
  return {
    // Our statements never return rows from a change.
    reader: /^select\b/i.test(text),
    all: (parameters) => [...statement.all(cells(parameters))],
    run: (parameters) => ({ changes: statement.run(cells(parameters)), lastInsertRowid: 0 }),
    iterate: (parameters) => statement.all(cells(parameters)).values(),
  }
}

/** @throws {TypeError} if something else reached a statement, which drivers answer by aborting. */
function cells(parameters: readonly unknown[]): readonly Cell[] {
  return parameters.map((value) => {
    if (typeof value === 'string' || typeof value === 'number' || value === null) return value
    throw new TypeError(`A ${typeof value} cannot be a parameter.`)
  })
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

function faultOf(error: unknown): Fault | undefined {
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
