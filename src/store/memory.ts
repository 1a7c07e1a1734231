/**
 * The store that forgets: for tests, and for trying Warder out.
 *
 * Nothing here awaits between a check and the change it allows, which is all the locking that one
 * thread needs. Rows are kept as flat cells, so callers never share an object with the store.
 *
 * @module
 */

import type { WarderEvent } from '../events.ts'
import { checkPage, testsOf } from './conditions.ts'
import { flattenAssignments, flattenRow, restoreRow } from './encoding.ts'
import { StoreUnavailable } from './errors.ts'
import { MemoryTable } from './memory-table.ts'
import { recordOf } from './recorded-event.ts'
import type { Change, Page, Store, SweepManner, Where } from './store.ts'
import { type Row, type TableName, tableNames, tables } from './tables.ts'

/** A store in this process's memory. */
export function memoryStore(): Store {
  return new MemoryStore()
}

/** A change that has been checked, ready to apply. Says whether it hit what it named. */
type Step = () => boolean

class MemoryStore implements Store {
  #tables: ReadonlyMap<string, MemoryTable> | undefined = new Map(
    Object.entries(tables).map(([name, description]) => [name, new MemoryTable(description)]),
  )

  async find<T extends TableName>(table: T, where: Where<T>): Promise<Row<T> | undefined> {
    const [row] = this.#table(table).select(testsOf(table, where), { limit: 1 })
    return row && restoreRow(table, row)
  }

  async list<T extends TableName>(table: T, where: Where<T>, page: Page): Promise<Row<T>[]> {
    checkPage(page)
    const rows = this.#table(table).select(testsOf(table, where), page)
    return rows.map((row) => restoreRow(table, row))
  }

  async write(changes: readonly Change[], events: readonly WarderEvent[] = []): Promise<boolean> {
    // Every change is checked before the first is made: a TypeError must leave nothing behind.
    const steps = [...changes, ...events.map(recordOf)].map((change) => this.#prepare(change))
    const done = steps.every((step) => step())
    for (const table of this.#open().values()) table.settle(done)
    return done
  }

  async sweep(now: number, limit: number, manner?: SweepManner): Promise<number> {
    checkPage({ limit })
    let gone = 0
    for (const name of tableNames) {
      const swept = this.#table(name).sweep(now, limit)
      if (swept > 0) manner?.onSwept?.(name, swept)
      gone += swept
    }
    return gone
  }

  async close(): Promise<void> {
    this.#tables = undefined
  }

  #prepare(change: Change): Step {
    const table = this.#table(change.table)
    if (change.verb === 'insert') {
      const row = flattenRow(change.table, change.row)
      return () => table.insert(row)
    }
    const tests = testsOf(change.table, change.where)
    if (change.verb === 'removeAll') {
      return () => {
        table.removeAll(tests)
        return true
      }
    }
    const set = flattenAssignments(change.table, change.set)
    const expected = change.verb === 'update' ? 1 : undefined
    return () => table.update(tests, set, expected)
  }

  #open(): ReadonlyMap<string, MemoryTable> {
    if (this.#tables === undefined) throw new StoreUnavailable({ detail: 'the store was closed' })
    return this.#tables
  }

  #table(name: TableName): MemoryTable {
    const table = this.#open().get(name)
    if (table === undefined) throw new TypeError('There is no table of that name.')
    return table
  }
}
