/**
 * Rows as flat cells: what every store keeps, checked against the descriptions in `tables.ts`.
 *
 * All stores encode here, so that what one refuses, all refuse, and a row read back is the same
 * from each of them. There are no booleans and no dates: the descriptions have none.
 *
 * @module
 */

import { type ColumnKind, type Row, type TableName, tables } from './tables.ts'

/** What a cell can hold. */
export type Cell = string | number | null

/** A row, or some of its columns, as a store keeps it. */
export type FlatRow = Readonly<Record<string, Cell>>

/** The kind of a column. @throws {TypeError} if the table has no such column. */
export function kindOf(table: TableName, column: string): ColumnKind {
  const columns: Readonly<Record<string, ColumnKind>> = tables[table].columns
  const kind = Object.hasOwn(columns, column) ? columns[column] : undefined
  if (kind === undefined) throw new TypeError(`${table} has no column of that name.`)
  return kind
}

/**
 * Encodes a whole row.
 *
 * @throws {TypeError} if a column is missing, unknown or of another kind, or `id` is empty. The
 * message names the column and never its value, because a value may be a secret's hash.
 */
export function flattenRow(table: TableName, row: object): FlatRow {
  const flat = flattenColumns(table, row)
  for (const column of Object.keys(tables[table].columns)) {
    if (flat[column] === undefined) throw new TypeError(`${table}.${column} is missing.`)
  }
  if (flat.id === '') throw new TypeError(`${table}.id must not be empty.`)
  return flat
}

/**
 * Encodes new values for some columns.
 *
 * @throws {TypeError} as {@link flattenRow} does, and if `id` is among them.
 */
export function flattenAssignments(table: TableName, assignments: object): FlatRow {
  if (Object.hasOwn(assignments, 'id')) throw new TypeError(`${table}.id cannot be changed.`)
  return flattenColumns(table, assignments)
}

function flattenColumns(table: TableName, values: object): FlatRow {
  const flat: Record<string, Cell> = {}
  for (const [column, value] of Object.entries(values)) {
    flat[column] = encode(value, kindOf(table, column), `${table}.${column}`)
  }
  return flat
}

/** @throws {TypeError} if the column cannot hold the value. */
function encode(value: unknown, kind: ColumnKind, name: string): Cell {
  if (value === null && kind.endsWith('?')) return null
  if (kind.startsWith('json')) return encodeJson(value, name)
  return scalar(value, kind, name)
}

/**
 * A value that a text or integer column can hold.
 *
 * @throws {TypeError} if it is none, or the column is a `json` one.
 */
export function scalar(value: unknown, kind: ColumnKind, name: string): string | number {
  if (kind.startsWith('text') && typeof value === 'string') return value
  // A number past 2^53 - 1 would not come back as it went in.
  if (kind.startsWith('integer') && typeof value === 'number' && Number.isSafeInteger(value)) {
    return value
  }
  throw new TypeError(`${name} must be ${kind.startsWith('text') ? 'a string' : 'a safe integer'}.`)
}

function encodeJson(value: unknown, name: string): string {
  const text: string | undefined = value === null ? undefined : JSON.stringify(value)
  if (text === undefined) throw new TypeError(`${name} must be a JSON value.`)
  return text
}

/** The columns of each table, and which of them hold JSON: looked up for every row that is read. */
const described = new Map(
  Object.entries(tables).map(([table, { columns }]) => {
    const kinds = Object.entries<ColumnKind>(columns)
    return [table, kinds.map(([column, kind]) => [column, kind.startsWith('json')] as const)]
  }),
)

/** Decodes a row that {@link flattenRow} made. Columns that are not described are left out. */
export function restoreRow<T extends TableName>(table: T, flat: FlatRow): Row<T> {
  const row: Record<string, unknown> = {}
  for (const [column, isJson] of described.get(table) ?? []) {
    const cell = flat[column]
    if (cell === undefined) throw new TypeError(`A stored row of ${table} has no ${column}.`)
    row[column] = isJson && typeof cell === 'string' ? JSON.parse(cell) : cell
  }
  // Each cell was checked on its way in against the kind that its column's type has.
  return row as unknown as Row<T>
}
