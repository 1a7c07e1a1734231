/** State in a SQLite file that all servers open. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'

export async function sqlite({ folder }) {
  return at(folder, 'warder.db')
}

function at(folder, name) {
  const path = join(folder, name)
  const use = (work) => {
    const database = new Database(path)
    try {
      database.exec('pragma busy_timeout = 10000')
      return work(database)
    } finally {
      database.close()
    }
  }
  return {
    name: 'sqlite',
    path,
    url: `sqlite:${path}`,
    /** All rows of a table, read past the product. */
    rows: async (table) => use((database) => database.prepare(`select * from ${table}`).all()),
    /** Another, with nothing in it yet. */
    fresh: async (name) => at(folder, `${name}.db`),
    /** Takes the lock for writing. @returns what gives it back */
    lock: () => {
      const database = new Database(path)
      database.exec('pragma busy_timeout = 10000; begin immediate')
      return () => {
        database.exec('rollback')
        database.close()
      }
    },
    /** What the database says of its own state; “ok” is well. */
    integrity: async () =>
      use((database) => database.prepare('pragma integrity_check').all()[0].integrity_check),
    /** Where secrets could lie. */
    files: () =>
      readdirSync(folder)
        .filter((file) => file.startsWith(name))
        .map((file) => join(folder, file)),
    close: async () => {},
  }
}
