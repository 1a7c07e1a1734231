/**
 * SQLite by way of libsql, for Node without `node:sqlite`. Its binary comes ready built.
 *
 * Parameters go in as one array: a lone object, such as a Buffer, would abort the process. A prepared
 * change that fails because the database is locked stays in progress, which pins what later reads
 * see and refuses later commits; so the lock is only ever taken by `exec`, which does not.
 *
 * Rows come out as lists of cells and are made objects here, which takes half as long.
 *
 * @see {@link https://github.com/tursodatabase/libsql-js | libsql-js}, and its
 * {@link https://github.com/tursodatabase/libsql-js/pull/238 | pull request 238} on that
 * @module
 */

import { existingFile } from '../existing-file.ts'
import type { SqliteDriver } from './driver.ts'

/** The libsql package. */
export const libsql: SqliteDriver = {
  isAvailable: () => true,
  async open(path) {
    // Loaded only when it is used: it is native code, which not every platform has.
    const { default: Database } = await import('libsql')
    const database = new Database(path)
    return {
      exec: (sql) => {
        database.exec(sql)
      },
      prepare(sql) {
        const statement = database.prepare(sql)
        const names = statement.reader ? statement.raw().columns().map(nameOf) : []
        return {
          all: (parameters) => statement.all(parameters).map((cells) => rowOf(names, cells)),
          get(parameters) {
            const cells = statement.get(parameters)
            return cells === undefined ? undefined : rowOf(names, cells)
          },
          run: (parameters) => statement.run(parameters).changes,
        }
      },
      close: () => database.close(),
    }
  },
  async openAside(path) {
    const { default: Database } = await import('libsql/promise')
    const database = new Database(existingFile(path), {})
    return {
      exec: async (sql) => {
        await database.exec(sql)
      },
      async close() {
        database.close()
      },
    }
  },
}

const nameOf = ({ name }: { readonly name: string }): string => name

function rowOf(names: readonly string[], cells: unknown): Readonly<Record<string, unknown>> {
  if (!Array.isArray(cells)) throw new TypeError('libsql gave a row that is no list.')
  const row: Record<string, unknown> = {}
  for (const [i, name] of names.entries()) row[name] = cells[i]
  return row
}
