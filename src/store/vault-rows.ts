/**
 * The rows that the vault has kept for it: data keys, and what is sealed under them.
 *
 * @module
 */

import type { Resealed, SealedRecord, VaultRows } from '../vault/index.ts'
import { type Change, insert, type Store, update } from './store.ts'
import { type TableName, tableNames, tables } from './tables.ts'

/** The fact that an installation has begun. */
const CANARY = 'canary'

/** More data keys than an installation ever has. */
const MAX_DATA_KEYS = 1_000

/** How many records are read, and replaced, at a time. */
const PAGE = 100

/** Keeps the vault's rows in a store. */
export function vaultRows(store: Store): VaultRows {
  return {
    canary: async () => (await store.find('facts', { id: CANARY }))?.value,
    dataKeys: () => store.list('dataKeys', {}, { limit: MAX_DATA_KEYS }),
    begin(canary, keys, event) {
      // The fact is the lock: of two processes on an empty store, one insert finds it taken.
      const fact = insert('facts', { id: CANARY, value: canary })
      return store.write([fact, ...keys.map((key) => insert('dataKeys', key))], [event])
    },
    add: (key, event) => store.write([insert('dataKeys', key)], [event]),
    rewrap({ id, wrapped }, anew, event) {
      return store.write([update('dataKeys', { id, wrapped }, anew)], [event])
    },
    sealed: () => sealedRecords(store),
    async reseal(records, event) {
      if (await store.write(records.map(replacement), [event(records.length)])) {
        return records.length
      }
      // Somebody changed one of them meanwhile; the others need not wait for that.
      let done = 0
      for (const record of records) {
        if (await store.write([replacement(record)], [event(1)])) done += 1
      }
      return done
    },
  }
}

async function* sealedRecords(store: Store): AsyncGenerator<readonly SealedRecord[]> {
  for (const table of tableNames) {
    for (const column of tables[table].sealed ?? []) yield* sealedColumn(store, table, column)
  }
}

async function* sealedColumn(
  store: Store,
  table: TableName,
  column: string,
): AsyncGenerator<readonly SealedRecord[]> {
  let after: string | undefined
  for (;;) {
    const page = { limit: PAGE, ...(after === undefined ? {} : { after }) }
    const rows = await store.list(table, {}, page)
    yield rows.flatMap((row) => {
      const sealed: unknown = new Map<string, unknown>(Object.entries(row)).get(column)
      return typeof sealed === 'string' ? [{ place: { table, column, row: row.id }, sealed }] : []
    })
    if (rows.length < PAGE) return
    after = rows.at(-1)?.id
  }
}

/** Names come from `tables.ts` by way of {@link sealedRecords}; a store refuses any other. */
const replacement = ({ place: { table, column, row }, sealed, by }: Resealed): Change =>
  ({
    verb: 'update',
    table,
    where: { id: row, [column]: sealed },
    set: { [column]: by },
  }) as unknown as Change
