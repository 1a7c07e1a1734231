/** State in a SQLite file that all servers open. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { copiedValue } from './copies.mjs'

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
    /** Adds copies of a row that differ in their id and some columns. */
    multiply: async (table, count, changes) =>
      use((database) => {
        const columns = Object.keys(database.prepare(`select * from ${table} limit 1`).all()[0])
        const values = columns.map((name) => copiedValue(name, changes, 'hex(randomblob(16))'))
        database.exec(`
          with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})
          insert into ${table} (${columns}) select ${values} from numbers,
          (select * from ${table} limit 1) as sample;
          pragma wal_checkpoint(truncate)`)
      }),
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
