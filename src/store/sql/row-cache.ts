/**
 * Rows as they were found lately, for a database in this process: to ask it whether anything has changed
 * costs a tenth of reading again.
 *
 * What is remembered is good until its table is written to from here, or the database from elsewhere.
 * While a write is under way nothing of its tables is remembered or answered from memory.
 *
 * @module
 */

import { freezeDeep } from '../../freeze.ts'
import type { Where } from '../store.ts'
import type { Row, TableName } from '../tables.ts'

/** Finds that are remembered of a table; then it begins anew. */
const REMEMBERED = 2_000
/** Strangers choose some of what is looked for, and how long it is. */
const LONGEST = 500

/** What is remembered of a table, by what was asked. Another one after each write. */
interface Memory {
  /** Rows of the table, which are given to whoever asks, and so frozen. */
  readonly answers: Map<string, unknown>
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
  find<T extends TableName>(
    table: T,
    where: Where<T>,
    read: () => Promise<Row<T> | undefined>,
  ): Promise<Row<T> | undefined> | Row<T> | undefined {
    const asked = questionOf(where)
    // Before the reading, which is then of this version or a later one.
    if (asked === undefined || !this.#isCurrent()) return read()
    const memory = this.#memory(table)
    if (memory.writes > 0) return read()
    // What is put in below was read from this table.
    if (memory.answers.has(asked)) return memory.answers.get(asked) as Row<T> | undefined
    return remember(memory, asked, read)
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

/** Reads, and remembers. If there was a write meanwhile, the memory is nobody's any more. */
async function remember<R extends object>(
  { answers }: Memory,
  asked: string,
  read: () => Promise<R | undefined>,
): Promise<R | undefined> {
  const found = await read()
  if (answers.size >= REMEMBERED) answers.clear()
  answers.set(asked, found && freezeDeep(found))
  return found
}

/**
 * What is asked, as a text: the same only for the same. Nothing if it is not remembered: bounds are on
 * time, and not the same twice; and what is no value of a cell is for the reading to refuse.
 */
function questionOf(where: object): string | undefined {
  if (!Object.values(where).every(isCell)) return undefined
  const text = JSON.stringify(where)
  return text.length > LONGEST ? undefined : text
}

const isCell = (value: unknown): boolean =>
  typeof value === 'string' || value === null || Number.isSafeInteger(value)
