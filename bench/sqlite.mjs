/** SQLite as Warder has it: by Node's own driver where there is one, by `libsql` otherwise. */

import { SqliteDialect } from 'kysely'

const builtIn = process.getBuiltinModule('node:sqlite')

export async function openSqlite(file) {
  const Database = builtIn?.DatabaseSync ?? (await import('libsql')).default
  const database = new Database(file)
  database.exec('pragma journal_mode = wal')
  return database
}

/** An open database, as better-auth takes it. */
export const forBetterAuth = (database) =>
  builtIn === undefined ? { dialect: new SqliteDialect({ database }), type: 'sqlite' } : database
