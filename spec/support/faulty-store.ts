/** A store that a test comes between: to count, to delay, to fail, to let somebody else go first. */

import type { Change, Outlives, Row, Store, TableName, Where } from 'warder/store'
import type { WarderEvent } from '../../src/events.ts'

/** What stands before the verbs of a store. Whatever is absent passes through. */
export interface Interference {
  write?(
    next: () => Promise<boolean>,
    changes: readonly Change[],
    events: readonly WarderEvent[],
    outlives: Outlives | undefined,
  ): Promise<boolean>
  /** Before a read of a table. */
  find?(table: TableName): Promise<void> | void
  /** Before rows of a table are listed. */
  list?(table: TableName): Promise<void> | void
}

/** The same store with a test in between; `between` may change while the store is used. */
export function faultyStore(store: Store, between: Interference): Store {
  return {
    async find<T extends TableName>(table: T, where: Where<T>): Promise<Row<T> | undefined> {
      await between.find?.(table)
      return store.find(table, where)
    },
    async list(table, where, page) {
      await between.list?.(table)
      return store.list(table, where, page)
    },
    async write(changes, events = [], outlives) {
      const next = () => store.write(changes, events, outlives)
      return between.write === undefined ? next() : between.write(next, changes, events, outlives)
    },
    sweep: (now, limit) => store.sweep(now, limit),
    close: () => store.close(),
  }
}

/** Whether a write changes a table. */
export const touches = (changes: readonly Change[], table: TableName): boolean =>
  changes.some((change) => change.table === table)
