/**
 * The verbs of the store as SQL. Names come from `tables.ts`, values are always parameters.
 *
 * Kysely writes each statement once. After that its shape (the table and columns that are named, and
 * how) finds its text, because to write it costs more than to run it.
 *
 * @module
 */

import type { Compilable, ExpressionBuilder } from 'kysely'
import { type Test, testsOf } from '../conditions.ts'
import { type Cell, flattenAssignments, flattenRow } from '../encoding.ts'
import type { Change, Insert, Page, RemoveAll, Update, UpdateAll } from '../store.ts'
import type { TableName } from '../tables.ts'
import type { SqlTables, Writer } from './dialect.ts'
import { sqlName, toSqlCell } from './rows.ts'
import type { Statement, Step } from './statement.ts'

/** Rows whose time is over, by the column that says so, and how many of them at most. */
export interface Expired {
  readonly expiry: string
  readonly now: number
  readonly limit: number
}

/** Writes statements for one kind of database. */
export class Statements {
  readonly #writer: Writer
  readonly #skipsLocked: boolean
  /** Shapes follow from our own code, so there are few. */
  readonly #texts = new Map<string, string>()

  /** @param skipsLocked - Whether rows that somebody else is at can be passed over. */
  constructor(writer: Writer, skipsLocked = false) {
    this.#writer = writer
    this.#skipsLocked = skipsLocked
  }

  /** Reads the rows that meet the tests, in the order of their `id`. */
  select(table: TableName, tests: readonly Test[], { limit, after }: Page): Statement {
    const bounds: readonly Test[] =
      after === undefined ? tests : [...tests, { column: 'id', operator: '>', value: after }]
    const sql = this.#text(`select ${table}${shapeOf(bounds)}`, (writer) =>
      // All columns: those of a later release are left aside when the rows are read.
      writer.selectFrom(sqlName(table)).selectAll().where(meets(bounds)).orderBy('id').limit(limit),
    )
    return { sql, parameters: [...parametersOf(bounds), limit] }
  }

  /** Deletes up to `limit` rows whose time is over, but none that somebody else is at. */
  removeExpired(name: string, { expiry, now, limit }: Expired): Statement {
    const sql = this.#text(`removeExpired ${name}`, (writer) =>
      writer
        // Not a subquery: PostgreSQL may run that again for each row, to find others each time.
        .with('expired', (query) =>
          query
            .selectFrom(name)
            .select('id')
            .where(sqlName(expiry), '<=', now)
            .limit(limit)
            .$if(this.#skipsLocked, (rows) => rows.forUpdate().skipLocked()),
        )
        .deleteFrom(name)
        .where('id', 'in', (eb) => eb.selectFrom('expired').select('id')),
    )
    return { sql, parameters: [now, limit] }
  }

  /**
   * Checks a change and makes it ready to run.
   *
   * @throws {TypeError} if it names a column or holds a value that its table has no place for.
   */
  stepOf(change: Change): Step {
    if (change.verb === 'insert') return this.#insert(change)
    if (change.verb === 'removeAll') return this.#removeAll(change)
    return this.#update(change)
  }

  #insert({ table, row }: Insert): Step {
    const flat = flattenRow(table, row)
    const columns = Object.keys(flat)
    const sql = this.#text(`insert ${table} ${columns}`, (writer) =>
      writer
        .insertInto(sqlName(table))
        .values(namedInSql(flat))
        // Then a key that is taken is a row not hit: no error, which some databases would log.
        .onConflict((conflict) => conflict.doNothing()),
    )
    return { sql, parameters: Object.values(flat).map(toSqlCell), hits: 'one' }
  }

  #update({ verb, table, set, where }: Update | UpdateAll): Step {
    const flat = flattenAssignments(table, set)
    const tests = testsOf(table, where)
    const columns = Object.keys(flat)
    const sql = this.#text(`update ${table} ${columns}${shapeOf(tests)}`, (writer) =>
      writer
        .updateTable(sqlName(table))
        // SQL has no update that sets nothing; setting the key to itself only counts the rows.
        .set((eb) => (columns.length === 0 ? { id: eb.ref('id') } : namedInSql(flat)))
        .where(meets(tests)),
    )
    const parameters = [...Object.values(flat).map(toSqlCell), ...parametersOf(tests)]
    return { sql, parameters, hits: verb === 'update' ? 'one' : 'any' }
  }

  #removeAll({ table, where }: RemoveAll): Step {
    const tests = testsOf(table, where)
    const sql = this.#text(`remove ${table}${shapeOf(tests)}`, (writer) =>
      writer.deleteFrom(sqlName(table)).where(meets(tests)),
    )
    return { sql, parameters: parametersOf(tests), hits: 'any' }
  }

  #text(shape: string, write: (writer: Writer) => Compilable): string {
    const known = this.#texts.get(shape)
    if (known !== undefined) return known
    const { sql } = write(this.#writer).compile()
    this.#texts.set(shape, sql)
    return sql
  }
}

const namedInSql = (cells: Readonly<Record<string, Cell>>): Record<string, Cell> =>
  Object.fromEntries(Object.entries(cells).map(([column, cell]) => [sqlName(column), cell]))

const meets = (tests: readonly Test[]) => (eb: ExpressionBuilder<SqlTables, string>) =>
  eb.and(tests.map(({ column, operator, value }) => eb(sqlName(column), operator, value)))

const shapeOf = (tests: readonly Test[]): string =>
  tests.map(({ column, operator }) => ` ${column} ${operator}`).join('')

/** What the placeholders of the tests stand for. `is` asks for NULL, which is written out. */
const parametersOf = (tests: readonly Test[]): readonly Cell[] =>
  tests.filter(({ operator }) => operator !== 'is').map(({ value }) => toSqlCell(value))
