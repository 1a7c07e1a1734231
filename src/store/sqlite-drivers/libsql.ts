/**
 * SQLite by way of libsql, for Node without `node:sqlite`. Its binary comes ready built.
 *
 * Parameters go in as one array: a lone object, such as a Buffer, would abort the process.
 *
 * @see {@link https://github.com/tursodatabase/libsql-js | libsql-js}
 * @module
 */

import type { SqliteDriver } from './driver.ts'

/** The libsql package. */
export const libsql: SqliteDriver = {
  isAvailable: () => true,
  async open(path) {
    // Loaded only when it is used: it is native code, which not every platform has.
    const { default: Database } = await import('libsql')
    const database = new Database(path)
    return {
      prepare(sql) {
        const statement = database.prepare(sql)
        return {
          all: (parameters) => statement.all(parameters),
          run: (parameters) => statement.run(parameters).changes,
        }
      },
      close: () => database.close(),
    }
  },
}
