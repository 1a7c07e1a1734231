/**
 * SQLite as Node brings it, from 22.13 on.
 *
 * @see {@link https://nodejs.org/api/sqlite.html | Node's documentation}
 * @module
 */

import type { Cell } from '../../encoding.ts'
import type { SqliteDriver } from './driver.ts'

/** The part of `node:sqlite` that is used; the types of Node 20 do not know the module. */
interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => NodeDatabase
}

interface NodeDatabase {
  exec(sql: string): void
  prepare(sql: string): NodeStatement
  close(): void
}

interface NodeStatement {
  all(...parameters: readonly Cell[]): readonly unknown[]
  get(...parameters: readonly Cell[]): unknown
  run(...parameters: readonly Cell[]): { readonly changes: number | bigint }
}

/** Node's own SQLite. */
export const nodeSqlite: SqliteDriver = {
  isAvailable: () => nodeModule() !== undefined,
  async open(path) {
    const module = nodeModule()
    if (module === undefined) throw new TypeError('This version of Node has no node:sqlite.')
    const database = new module.DatabaseSync(path)
    return {
      exec: (sql) => database.exec(sql),
      prepare(sql) {
        const statement = database.prepare(sql)
        return {
          all: (parameters) => statement.all(...parameters),
          get: (parameters) => statement.get(...parameters),
          run: (parameters) => Number(statement.run(...parameters).changes),
        }
      },
      close: () => database.close(),
    }
  },
  async openAside(path) {
    // Loaded when there is something to do: not every platform has threads.
    const { openBeside } = await import('./node-sqlite-aside.ts')
    return openBeside(path)
  },
}

function nodeModule(): NodeSqlite | undefined {
  const module: unknown = process.getBuiltinModule('node:sqlite')
  const isPresent = typeof module === 'object' && module !== null && 'DatabaseSync' in module
  return isPresent ? (module as NodeSqlite) : undefined
}
