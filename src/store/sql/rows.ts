/**
 * Flat rows as SQL takes them: names in snake case, and text that every database can hold.
 *
 * @module
 */

import type { Cell, FlatRow } from '../encoding.ts'
import { type TableName, tables } from '../tables.ts'

/** The SQL name of a table or column. */
export const sqlName = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The columns of each table, with their names in SQL. */
const sqlColumns = Object.fromEntries(
  Object.entries(tables).map(([table, { columns }]) => [
    table,
    Object.keys(columns).map((column) => [column, sqlName(column)] as const),
  ]),
)

/** The described columns of a row that came from the database. */
export function fromSqlRow(table: TableName, row: FlatRow): FlatRow {
  const flat: Record<string, Cell> = {}
  for (const [column, name] of sqlColumns[table] ?? []) {
    const cell = row[name]
    if (cell !== undefined) flat[column] = typeof cell === 'string' ? unescapeText(cell) : cell
  }
  return flat
}

/** A cell as a parameter. */
export const toSqlCell = (cell: Cell): Cell => (typeof cell === 'string' ? escapeText(cell) : cell)

/**
 * Text may hold NUL and unpaired surrogates, because people send them. PostgreSQL refuses both,
 * and drivers of SQLite cut text at the one and replace the other, which would make different keys
 * equal. So they are escaped, with marks chosen so that the order of well-formed text is kept.
 */
const ESCAPE = '\u0001'

function escapeText(text: string): string {
  if (!text.includes('\0') && !text.includes(ESCAPE) && !/\p{Cs}/u.test(text)) return text
  return text
    .replaceAll(ESCAPE, `${ESCAPE}2`)
    .replaceAll('\0', `${ESCAPE}1`)
    .replace(/\p{Cs}/gu, (surrogate) => `${ESCAPE}3${surrogate.charCodeAt(0).toString(16)}`)
}

function unescapeText(text: string): string {
  if (!text.includes(ESCAPE)) return text
  const [plain = '', ...marked] = text.split(ESCAPE)
  return plain + marked.map(unescapeMark).join('')
}

/** What stood where an escape and its mark do, and the plain text after it. */
function unescapeMark(text: string): string {
  if (text.startsWith('1')) return `\0${text.slice(1)}`
  if (text.startsWith('2')) return `${ESCAPE}${text.slice(1)}`
  return String.fromCharCode(Number.parseInt(text.slice(1, 5), 16)) + text.slice(5)
}
