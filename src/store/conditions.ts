/**
 * Conditions, checked and reduced to four operators that every store knows.
 *
 * What looks like a condition may have come from a caller of another language or a forgotten parse,
 * so `undefined`, objects with other keys and unknown columns are refused, never ignored.
 *
 * @module
 */

import { type Cell, kindOf, scalar } from './encoding.ts'
import type { Page } from './store.ts'
import type { TableName } from './tables.ts'

/** One comparison of one column. `is` goes with null only, the bounds with numbers only. */
export interface Test {
  readonly column: string
  readonly operator: '=' | 'is' | '>' | '<='
  readonly value: Cell
}

/**
 * The tests that a `where` asks for. All must hold.
 *
 * @throws {TypeError} if a column is unknown or `json`, or a value is not one it can hold.
 */
export function testsOf(table: TableName, where: object): readonly Test[] {
  return Object.entries(where).flatMap(([column, condition]: [string, unknown]) => {
    const name = `${table}.${column}`
    const kind = kindOf(table, column)
    if (kind.startsWith('json')) throw new TypeError(`${name} is JSON and cannot be a condition.`)
    if (typeof condition !== 'object') {
      return [{ column, operator: '=', value: scalar(condition, kind, name) } satisfies Test]
    }
    if (condition === null) return [{ column, operator: 'is', value: null } satisfies Test]
    if (!kind.startsWith('integer')) throw new TypeError(`${name} is no number to be bound.`)
    return boundsOf(column, condition, name)
  })
}

function boundsOf(column: string, condition: object, name: string): readonly Test[] {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(condition)
  if (entries.length === 0) throw new TypeError(`${name} has an empty condition.`)
  return entries.map(([bound, value]) => {
    const operator = bound === 'above' ? '>' : bound === 'atMost' ? '<=' : undefined
    if (operator === undefined) {
      throw new TypeError(`${name} can be bound by “above” and “atMost” only.`)
    }
    return { column, operator, value: scalar(value, 'integer', name) }
  })
}

/** @throws {TypeError} if the limit is not a number of rows, which databases take for “all”. */
export function checkPage({ limit, after }: Page): void {
  if (!Number.isSafeInteger(limit) || limit < 0) throw new TypeError('limit must be 0 or more.')
  if (after !== undefined && typeof after !== 'string') throw new TypeError('after must be an id.')
}
