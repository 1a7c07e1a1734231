/**
 * The store contract: few verbs, each of them atomic.
 *
 * Whatever may happen once is one conditional change: {@link Store.write} succeeds only if every
 * change in it hit exactly the rows it named, and leaves nothing behind otherwise. Callers never
 * read first and write later to decide who won.
 *
 * @module
 */

import type { WarderEvent } from '../events.ts'
import type { Row, TableName, Tables } from './tables.ts'

/** A column's condition: the value itself, or a bound on a number. */
export type Condition<V> = V | (NonNullable<V> extends number ? Bound : never)

/** A bound on a numeric column. NULL satisfies neither. */
export type Bound = { readonly above: number } | { readonly atMost: number }

/** Conditions that must all hold. `null` asks for NULL. `json` columns cannot be asked for. */
export type Where<T extends TableName> = {
  readonly [C in keyof Row<T> as NonNullable<Row<T>[C]> extends string | number
    ? C
    : never]?: Condition<Row<T>[C]>
}

/** New values of some columns. A row keeps its `id` for life. */
export type Assignments<T extends TableName> = Partial<Omit<Row<T>, 'id'>>

/** Adds a row. Fails the write if its key, or the value of a unique column, is taken. */
export interface Insert<T extends TableName = TableName> {
  readonly verb: 'insert'
  readonly table: T
  readonly row: Row<T>
}

/**
 * Changes exactly one row. Fails the write if none, or more than one, meets the conditions, or if a
 * unique column would no longer be so. With nothing to set it only asks that the row is there.
 */
export interface Update<T extends TableName = TableName> {
  readonly verb: 'update'
  readonly table: T
  readonly where: Where<T>
  readonly set: Assignments<T>
}

/** Changes every row that meets the conditions, be it none. */
export interface UpdateAll<T extends TableName = TableName> {
  readonly verb: 'updateAll'
  readonly table: T
  readonly where: Where<T>
  readonly set: Assignments<T>
}

/** Removes every row that meets the conditions, be it none. */
export interface RemoveAll<T extends TableName = TableName> {
  readonly verb: 'removeAll'
  readonly table: T
  readonly where: Where<T>
}

/** One change within a {@link Store.write}. */
export type Change = {
  [T in TableName]: Insert<T> | Update<T> | UpdateAll<T> | RemoveAll<T>
}[TableName]

/**
 * What a write outlives once it has happened: the process and the machine, which takes a flush of the disk;
 * or the process at once, and the machine from the next write on that is flushed. A store may do more than
 * it is asked for.
 */
export type Outlives = 'machine' | 'process'

/** How much of a table to read. */
export interface Page {
  /** At most this many rows. */
  readonly limit: number
  /** Only rows whose `id` sorts after this one, by code point. */
  readonly after?: string
}

/** How a sweep is made. */
export interface SweepManner {
  /** Rests in between, so that others hardly notice it; it takes several times as long. */
  readonly gently?: boolean
  /** Told how many rows went of each table that had any. */
  onSwept?(table: TableName, rows: number): void
}

/**
 * What keeps Warder's state.
 *
 * Every verb may throw {@link StoreUnavailable}, which is answered with 503. No verb retries by
 * itself in a way that could apply a change twice. A value that its column cannot hold, an empty
 * `id` to insert and an unknown column are mistakes of the caller: TypeError, and nothing changes.
 * Rows come out as copies, or frozen: nobody can change what another is given.
 */
export interface Store {
  /** The row that meets the conditions, the first by `id` if several do. */
  find<T extends TableName>(table: T, where: Where<T>): Promise<Row<T> | undefined>

  /** Rows that meet the conditions, in the order of their `id`. */
  list<T extends TableName>(table: T, where: Where<T>, page: Page): Promise<readonly Row<T>[]>

  /**
   * Makes all of the changes and records the events, or none of it, in one transaction.
   *
   * @param outlives - The machine, unless told.
   * @returns Whether every insert found its key free and every update hit exactly one row. On
   * `false` nothing was changed and no event was recorded.
   */
  write(
    changes: readonly Change[],
    events?: readonly WarderEvent[],
    outlives?: Outlives,
  ): Promise<boolean>

  /**
   * Deletes rows whose time is over. Rows of a table that is only added to may stay until all that
   * were kept with them are over.
   *
   * @param now - Milliseconds since the epoch.
   * @param limit - At most this many rows of each table.
   * @returns How many rows went.
   */
  sweep(now: number, limit: number, manner?: SweepManner): Promise<number>

  /** Gives up files and connections. The store is not usable afterwards. */
  close(): Promise<void>
}

/** The change that adds a row. */
export const insert = <T extends TableName>(table: T, row: Tables[T]): Change =>
  ({ verb: 'insert', table, row }) as unknown as Change

/** The change of exactly one row. */
export const update = <T extends TableName>(
  table: T,
  where: Where<T>,
  set: Assignments<T>,
): Change => ({ verb: 'update', table, where, set }) as unknown as Change

/** The change of every row that meets the conditions. */
export const updateAll = <T extends TableName>(
  table: T,
  where: Where<T>,
  set: Assignments<T>,
): Change => ({ verb: 'updateAll', table, where, set }) as unknown as Change

/** The change that removes every row that meets the conditions. */
export const removeAll = <T extends TableName>(table: T, where: Where<T>): Change =>
  ({ verb: 'removeAll', table, where }) as unknown as Change
