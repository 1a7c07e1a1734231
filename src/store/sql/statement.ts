/**
 * A statement that is written and checked, and ready to run.
 *
 * @module
 */

import type { Cell } from '../encoding.ts'

/** SQL, and what its placeholders stand for, in their order. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly Cell[]
}

/** One change of a transaction. */
export interface Step extends Statement {
  /** How many rows it must hit. */
  readonly hits: 'one' | 'any'
}
