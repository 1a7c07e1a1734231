/**
 * Rows as they were found lately, for a database in this process: to ask it whether anything has changed
 * costs a tenth of reading again.
 *
 * What is remembered is good until its table is written to from here, or the database from elsewhere.
 * While a write is under way nothing of its tables is remembered or answered from memory.
 *
 * @module
 */

import type { Test } from '../conditions.ts'
import type { FlatRow } from '../encoding.ts'
import type { TableName } from '../tables.ts'

/** Finds that are remembered of a table; then it begins anew. */
const REMEMBERED = 2_000
/** Strangers choose some of what is looked for, and how long it is. */
const LONGEST = 500

/** What is remembered of a table, by what was asked. Another one after each write. */
interface Memory {
  readonly answers: Map<string, FlatRow | undefined>
  /** How many writes are under way. */
  readonly writes: number
}

/** Remembers what was found. */
export class RowCache {
  readonly #version: () => number | undefined
  readonly #memories = new Map<TableName, Memory>()
  #seen: number | undefined

  /** @param version - Another number after each commit from elsewhere; nothing if it is not known. */
  constructor(version: () => number | undefined) {
    this.#version = version
  }

  /** What was found when this was asked before, or else what `read` finds now. */
  async find(
    table: TableName,
    tests: readonly Test[],
    read: () => Promise<FlatRow | undefined>,
  ): Promise<FlatRow | undefined> {
    // Bounds are on time: they are not the same twice.
    if (tests.some(({ operator }) => operator !== '=' && operator !== 'is')) return read()
    // Before the reading, which is then of this version or a later one.
    if (!this.#isCurrent()) return read()
    const memory = this.#memory(table)
    const asked = JSON.stringify(tests)
    if (memory.writes > 0 || asked.length > LONGEST) return read()
    if (memory.answers.has(asked)) return memory.answers.get(asked)
    const found = await read()
    if (memory.answers.size >= REMEMBERED) memory.answers.clear()
    // If there was a write meanwhile, this memory is nobody's any more.
    memory.answers.set(asked, found)
    return found
  }

  /** Makes changes to tables, and forgets what was known of them. */
  async write<R>(tables: ReadonlySet<TableName>, change: () => Promise<R>): Promise<R> {
    for (const table of tables) this.#forget(table, 1)
    try {
      return await change()
    } finally {
      for (const table of tables) this.#forget(table, -1)
    }
  }

  #memory(table: TableName): Memory {
    return this.#memories.get(table) ?? this.#forget(table, 0)
  }

  #forget(table: TableName, writes: number): Memory {
    const before = this.#memories.get(table)?.writes ?? 0
    const memory = { answers: new Map(), writes: before + writes }
    this.#memories.set(table, memory)
    return memory
  }

  #isCurrent(): boolean {
    const version = this.#version()
    if (version === undefined) return false
    if (version !== this.#seen) for (const table of this.#memories.keys()) this.#forget(table, 0)
    this.#seen = version
    return true
  }
}
