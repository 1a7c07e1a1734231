/**
 * One table of the memory store: rows by `id`, unique columns, indexes, and a way back.
 *
 * @module
 */

import type { Test } from './conditions.ts'
import type { Cell, FlatRow } from './encoding.ts'
import type { Page } from './store.ts'

/** The part of a table's description that a memory table needs. */
interface Description {
  readonly unique?: readonly string[]
  readonly indexed?: readonly string[]
  readonly expiry?: string
}

/** The `id`s of the rows that hold a value, for each value of a column. */
type Index = Map<Cell, Set<string>>

/** Rows and their indexes. What was changed can be undone until it is settled. */
export class MemoryTable {
  readonly #rows = new Map<string, FlatRow>()
  readonly #unique: readonly string[]
  readonly #expiry: string | undefined
  readonly #indexes: ReadonlyMap<string, Index>
  /** The rows as they were before the changes under way, newest last. */
  readonly #undo: { readonly id: string; readonly before: FlatRow | undefined }[] = []

  constructor({ unique = [], indexed = [], expiry }: Description) {
    this.#unique = unique
    this.#expiry = expiry
    this.#indexes = new Map([...unique, ...indexed].map((column) => [column, new Map()]))
  }

  /** The rows that meet the tests, in the order of their `id`. */
  select(tests: readonly Test[], { limit, after }: Page): readonly FlatRow[] {
    const rows = this.#meeting(tests).filter(
      (row) => after === undefined || byCodePoint(idOf(row), after) > 0,
    )
    return rows.sort((a, b) => byCodePoint(idOf(a), idOf(b))).slice(0, limit)
  }

  /** Adds a row, unless its key or a unique value is taken. */
  insert(row: FlatRow): boolean {
    if (this.#rows.has(idOf(row)) || this.#collides(row)) return false
    this.#put(idOf(row), row)
    return true
  }

  /** Changes the rows that meet the tests, if they are as many as expected and stay unique. */
  update(tests: readonly Test[], set: FlatRow, expected: number | undefined): boolean {
    const rows = this.#meeting(tests)
    if (expected !== undefined && rows.length !== expected) return false
    return rows.every((row) => {
      const changed = { ...row, ...set }
      if (this.#collides(changed)) return false
      this.#put(idOf(row), changed)
      return true
    })
  }

  removeAll(tests: readonly Test[]): void {
    for (const row of this.#meeting(tests)) this.#put(idOf(row), undefined)
  }

  /** Keeps the changes made since the last time, or takes them back. */
  settle(keep: boolean): void {
    const changes = this.#undo.splice(0)
    if (keep) return
    for (const { id, before } of changes.reverse()) this.#put(id, before)
    this.#undo.length = 0
  }

  /** Deletes up to `limit` rows whose time is over. @returns How many. */
  sweep(now: number, limit: number): number {
    if (this.#expiry === undefined) return 0
    const over = this.#meeting([{ column: this.#expiry, operator: '<=', value: now }])
    const gone = over.slice(0, limit)
    for (const row of gone) this.#put(idOf(row), undefined)
    this.settle(true)
    return gone.length
  }

  #meeting(tests: readonly Test[]): FlatRow[] {
    return this.#candidates(tests).filter((row) => tests.every((test) => holds(row, test)))
  }

  /** A superset of the rows that meet the tests, by key or index where one of them allows it. */
  #candidates(tests: readonly Test[]): readonly FlatRow[] {
    for (const { column, operator, value } of tests) {
      if (operator !== '=') continue
      if (column === 'id' && typeof value === 'string') return this.#rowsOf([value])
      const index = this.#indexes.get(column)
      if (index !== undefined) return this.#rowsOf(index.get(value) ?? [])
    }
    return [...this.#rows.values()]
  }

  #rowsOf(ids: Iterable<string>): readonly FlatRow[] {
    return Array.from(ids, (id) => this.#rows.get(id)).filter((row) => row !== undefined)
  }

  /** Whether another row holds a value of a unique column. NULL may repeat. */
  #collides(row: FlatRow): boolean {
    return this.#unique.some((column) => {
      const value = row[column] ?? null
      if (value === null) return false
      const holders = this.#indexes.get(column)?.get(value) ?? []
      return [...holders].some((id) => id !== row.id)
    })
  }

  #put(id: string, row: FlatRow | undefined): void {
    const before = this.#rows.get(id)
    this.#undo.push({ id, before })
    for (const [column, index] of this.#indexes) {
      if (before !== undefined) forget(index, before[column] ?? null, id)
      if (row !== undefined) remember(index, row[column] ?? null, id)
    }
    if (row === undefined) this.#rows.delete(id)
    else this.#rows.set(id, row)
  }
}

function remember(index: Index, value: Cell, id: string): void {
  const ids = index.get(value)
  if (ids === undefined) index.set(value, new Set([id]))
  else ids.add(id)
}

function forget(index: Index, value: Cell, id: string): void {
  const ids = index.get(value)
  ids?.delete(id)
  if (ids?.size === 0) index.delete(value)
}

const idOf = (row: FlatRow): string => String(row.id)

/** SQL's comparisons: NULL meets nothing but `is`. */
function holds(row: FlatRow, { column, operator, value }: Test): boolean {
  const cell = row[column]
  if (operator === 'is' || operator === '=') return cell === value
  if (typeof cell !== 'number' || typeof value !== 'number') return false
  return operator === '>' ? cell > value : cell <= value
}

/** Compares as UTF-8 bytes do, unlike `<`, which compares UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return (a.codePointAt(i) ?? 0) - (b.codePointAt(i) ?? 0)
  }
  return a.length - b.length
}
