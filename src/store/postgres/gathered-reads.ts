/**
 * Reads of rows by their keys, those of one round of the event loop in one journey to the server.
 *
 * A round deals with what had arrived when it began. What was asked for in it is sent at its end, so
 * whoever asks sees all that was committed before, as if each had asked alone.
 *
 * @module
 */

import type { FlatRow } from '../encoding.ts'
import { StoreUnavailable } from '../errors.ts'
import type { SingleStatement } from './single-statement.ts'

type Rows = Promise<readonly FlatRow[]>

/** Who waits for a row: all that ask for the same one. */
interface Asked {
  readonly statement: SingleStatement
  readonly rows: Rows
  readonly settle: (rows: Rows) => void
}

/** Reads of one row by its key, as `Statements` writes them. */
const BY_ID = /^select \* from "(\w+)" where "id" = \$1 order by "id" limit \$2$/

/** Keys in one statement. */
const MOST = 200

/** Gathers reads. */
export class GatheredReads {
  readonly #read: (statement: SingleStatement) => Rows
  /** By table, and by key. */
  #asked = new Map<string, Map<string, Asked>>()

  /** @param read - Runs one statement. */
  constructor(read: (statement: SingleStatement) => Rows) {
    this.#read = read
  }

  /** The rows of a statement, together with those of others if it reads one row by its key. */
  rows(statement: SingleStatement): Rows {
    const table = BY_ID.exec(statement.sql)?.[1]
    const [id, limit] = statement.parameters
    if (table === undefined || typeof id !== 'string' || limit !== 1) return this.#read(statement)
    if (this.#asked.size === 0) setImmediate(() => this.#send())
    const ofTable = this.#asked.get(table) ?? new Map<string, Asked>()
    this.#asked.set(table, ofTable)
    const asked = ofTable.get(id) ?? askedWith(statement)
    ofTable.set(id, asked)
    return asked.rows
  }

  #send(): void {
    const all = this.#asked
    this.#asked = new Map()
    for (const [table, ofTable] of all) {
      const entries = [...ofTable]
      for (let at = 0; at < entries.length; at += MOST) {
        this.#sendTogether(table, new Map(entries.slice(at, at + MOST)))
      }
    }
  }

  #sendTogether(table: string, some: ReadonlyMap<string, Asked>): void {
    if (some.size === 1) {
      for (const { statement, settle } of some.values()) settle(this.#read(statement))
      return
    }
    const sql = `select * from "${table}" where "id" = any($1)`
    const found = this.#read({ sql, parameters: [[...some.keys()]] }).then(
      (rows) => new Map(rows.map((row) => [row.id, [row]])),
    )
    for (const [id, { statement, settle }] of some) {
      settle(
        found.then(
          (rows) => rows.get(id) ?? [],
          // A key that the server cannot read must not be the fault of those beside it.
          (error) => {
            if (error instanceof StoreUnavailable) throw error
            return this.#read(statement)
          },
        ),
      )
    }
  }
}

function askedWith(statement: SingleStatement): Asked {
  let settle: Asked['settle'] = () => {}
  const rows = new Promise<readonly FlatRow[]>((resolve) => {
    settle = resolve
  })
  return { statement, rows, settle }
}
