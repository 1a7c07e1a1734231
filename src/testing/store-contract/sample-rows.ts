/**
 * Rows for the contract, made from the descriptions of the tables, so that a new table is in it.
 *
 * @module
 */

import { type ColumnKind, type Row, type TableName, tables } from '../../store/tables.ts'

/** What survives only if nothing was cut, folded, rounded or reinterpreted. */
const extremes: Readonly<Record<'text' | 'integer' | 'json', unknown>> = {
  text: ' \u0000\u0001\ud83d\ude00 ßİ e\u0301 é \u202e\ud800 \'";--\r\n ',
  integer: Number.MAX_SAFE_INTEGER,
  json: {
    list: [],
    deep: { 'key with "quotes"': [0, -1, 1.5, Number.MAX_SAFE_INTEGER, true, null, ''] },
    text: 'null \u0000 \u2028 😀 \ud800',
  },
}

/**
 * A row whose every cell holds something hard to keep, or null where that is allowed.
 *
 * @param mark - Told apart by this, in the key and in the unique columns.
 */
export function sampleRow<T extends TableName>(
  table: T,
  mark: string,
  nullable: 'null' | 'filled' = 'filled',
): Row<T> {
  const columns = Object.entries<ColumnKind>(tables[table].columns).map(([column, kind]) => {
    const plain = kind.startsWith('text') ? 'text' : kind.startsWith('json') ? 'json' : 'integer'
    if (kind.endsWith('?') && nullable === 'null') return [column, null]
    if (column === 'id') return [column, mark]
    return [column, plain === 'text' ? `${mark}${extremes.text}` : extremes[plain]]
  })
  return Object.fromEntries(columns)
}

/** A counter, the plainest row that expires. */
export const throttle = (id: string, rest: Partial<Row<'throttles'>> = {}): Row<'throttles'> => ({
  id,
  attempts: 0,
  blockedUntil: 0,
  expiresAt: 0,
  ...rest,
})

/** A row with one text besides its key. */
export const fact = (id: string, value = ''): Row<'facts'> => ({ id, value })

/** A client that expires never, unless told. */
export const client = (id: string, rest: Partial<Row<'clients'>> = {}): Row<'clients'> => ({
  ...sampleRow('clients', id, 'null'),
  ...rest,
})
