/**
 * Several changes as one statement, which is one journey to the server instead of one for each, one
 * to begin and one to commit.
 *
 * The changes become parts of a `WITH`. All parts see the tables as they were before any of them, so
 * only changes of different tables may stand together, and additions to one. A part that adds rows
 * waits for those before it to have hit what they must, so that a write that misses usually changes
 * nothing. Where something was changed all the same, the statement fails, which undoes it. A change of
 * any number of rows stands alone: beside another that had to wait for somebody, it would not see the rows
 * that they left, and a grant could outlive the account that it belongs to. The others
 * cannot wait: PostgreSQL refuses to check such a condition again after it has waited for a lock.
 *
 * @see {@link https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING | Data-modifying statements in WITH}
 * @module
 */

import type { Cell } from '../encoding.ts'
import { sqlName } from '../sql/rows.ts'
import type { Step } from '../sql/statement.ts'
import { type ColumnKind, tableNames, tables } from '../tables.ts'

/** A statement, some of whose parameters may be lists. */
export interface SingleStatement {
  readonly sql: string
  readonly parameters: readonly (Cell | readonly Cell[])[]
}

/**
 * How the statement fails where something must be undone: it asks for a number that is none, because
 * that can be said without a function of one's own.
 */
export const UNDONE = '22P02'

/** How a statement is made of steps: its text, and which steps its parts stand for. */
interface Plan {
  readonly sql: string
  readonly parts: readonly Part[]
}

/** One step of any kind, or several that add rows to one table. */
interface Part {
  readonly table: string
  readonly adds: boolean
  /** Where its steps are among all. */
  readonly at: readonly number[]
}

/** Plans for so many steps at most are kept; what writes more at once does not do so often. */
const LONGEST_KEPT = 8
const KEPT_PLANS = 500

/** Makes single statements. */
export class SingleStatements {
  readonly #plans = new Map<string, Plan | undefined>()

  /**
   * The statement for some changes.
   *
   * It returns one row with `done`: 1 if each change hit what it must, 0 if not, and nothing was
   * changed. It fails with {@link UNDONE} if not, and something had been.
   *
   * @returns Undefined if the changes must be made one after the other.
   */
  of(steps: readonly Step[]): SingleStatement | undefined {
    const plan = steps.length > LONGEST_KEPT ? planOf(steps) : this.#kept(steps)
    if (plan === undefined) return undefined
    const parameters = plan.parts.flatMap(({ at }) =>
      parametersOf(at.map((index) => steps[index]?.parameters ?? [])),
    )
    return { sql: plan.sql, parameters }
  }

  #kept(steps: readonly Step[]): Plan | undefined {
    // Whether a step must hit follows from its text, but for those that change any number of rows.
    const key = steps.map(({ sql, hits }) => `${hits} ${sql}`).join(';')
    if (this.#plans.has(key)) return this.#plans.get(key)
    if (this.#plans.size >= KEPT_PLANS) this.#plans.clear()
    const plan = planOf(steps)
    this.#plans.set(key, plan)
    return plan
  }
}

/** The parameters of a part: those of its step, or a list for each column. */
function parametersOf(rows: readonly (readonly Cell[])[]): SingleStatement['parameters'] {
  const [first = []] = rows
  return rows.length === 1
    ? first
    : first.map((_, column) => rows.map((row) => row[column] ?? null))
}

function planOf(steps: readonly Step[]): Plan | undefined {
  const parts = partsOf(steps)
  return parts && { sql: textOf(parts, steps), parts }
}

const INSERT = /^insert into "(\w+)" \((.*)\) values \(.*\) on conflict do nothing$/
const CHANGE = /^(?:update|delete from) "(\w+)" /

/** Tables whose columns are known, and with them their types. */
const described: ReadonlySet<string> = new Set(tableNames.map(sqlName))

/**
 * @returns Undefined if two parts concern one table, a step is of another kind, or one that changes any
 * number of rows is not the only change.
 */
function partsOf(steps: readonly Step[]): readonly Part[] | undefined {
  const changes: Part[] = []
  const additions = new Map<string, { readonly table: string; readonly at: number[] }>()
  for (const [at, { sql }] of steps.entries()) {
    const changed = CHANGE.exec(sql)?.[1]
    const added = INSERT.exec(sql)?.[1]
    const addition = additions.get(sql)
    if (changed !== undefined) changes.push({ table: changed, adds: false, at: [at] })
    else if (addition !== undefined) addition.at.push(at)
    else if (added !== undefined && described.has(added))
      additions.set(sql, { table: added, at: [at] })
    else return undefined
  }
  const isOpen = changes.some(({ at: [only = -1] }) => steps[only]?.hits === 'any')
  if (isOpen && changes.length > 1) return undefined
  // In one order always, so that no two writers wait for each other.
  changes.sort((a, b) => (a.table < b.table ? -1 : 1))
  // What adds comes last, because only that can wait.
  const parts = [...changes, ...[...additions.values()].map((part) => ({ ...part, adds: true }))]
  return new Set(parts.map(({ table }) => table)).size === parts.length ? parts : undefined
}

function textOf(parts: readonly Part[], steps: readonly Step[]): string {
  const texts: string[] = []
  /** What must hold of the parts so far. */
  const conditions: string[] = []
  let placed = 0
  for (const [number, { adds, at }] of parts.entries()) {
    const step = steps[at[0] ?? -1]
    if (step === undefined) throw new TypeError('A part has no step.')
    const wait = conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''
    const isList = at.length > 1
    const text = adds
      ? `${shifted(additionText(step.sql, isList), placed)}${wait} on conflict do nothing`
      : shifted(step.sql, placed)
    texts.push(`p${number} as (${text} returning 1)`)
    const wanted = isList ? `cardinality($${placed + 1})` : '1'
    if (step.hits === 'one') conditions.push(`(select count(*) from p${number}) = ${wanted}`)
    placed += step.parameters.length
  }
  const changed = parts.map((_, number) => `(select count(*) from p${number})`).join(' + ')
  return (
    `with ${texts.join(', ')} select case when ${conditions.join(' and ') || 'true'} then 1` +
    ` when changed = 0 then 0 else cast('a change missed, undone: ' || changed as bigint) end` +
    ` as done from (select ${changed} as changed) as sum`
  )
}

/** The beginning of an addition that may have to wait: of one row, or of lists of cells. */
function additionText(insert: string, isList: boolean): string {
  const [, table = '', columns = ''] = INSERT.exec(insert) ?? []
  const cells = columns.split(', ').map((column, at) => {
    // The server does not guess the types of what is selected.
    const type = integers.has(`"${table}".${column}`) ? 'bigint' : 'text'
    return `$${at + 1}::${type}${isList ? '[]' : ''}`
  })
  const rows = isList ? `select * from unnest(${cells.join(', ')})` : `select ${cells.join(', ')}`
  return `insert into "${table}" (${columns}) ${rows}`
}

/** The columns that hold numbers, as they are written in SQL. */
const integers: ReadonlySet<string> = new Set(
  Object.entries(tables).flatMap(([table, { columns }]) =>
    Object.entries<ColumnKind>(columns)
      .filter(([, kind]) => kind.startsWith('integer'))
      .map(([column]) => `"${sqlName(table)}"."${sqlName(column)}"`),
  ),
)

/** The text with its placeholders counted on. */
const shifted = (text: string, by: number): string =>
  text.replace(/\$(\d+)/g, (_, number) => `$${Number(number) + by}`)
