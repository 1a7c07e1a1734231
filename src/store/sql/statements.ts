/**
 * The verbs of the store as SQL. Names come from `tables.ts`, values are always parameters.
 *
 * @module
 */

import type { ExpressionBuilder } from 'kysely'
import { type Test, testsOf } from '../conditions.ts'
import { type FlatRow, flattenAssignments, flattenRow } from '../encoding.ts'
import type { Change, Page } from '../store.ts'
import type { TableName } from '../tables.ts'
import type { Database, SqlTables } from './dialect.ts'
import { sqlName, toSqlCell, toSqlRow } from './rows.ts'

/** A change that has been checked, ready to run. Says whether it hit what it named. */
export type Step = (db: Database) => Promise<boolean>

/** Reads the rows that meet the tests, in the order of their `id`. */
export async function select(
  db: Database,
  table: TableName,
  { tests, page }: { readonly tests: readonly Test[]; readonly page: Page },
): Promise<readonly FlatRow[]> {
  // All columns: naming them costs more, and those of a later release are left aside.
  let query = db.selectFrom(sqlName(table)).selectAll().where(meets(tests))
  if (page.after !== undefined) query = query.where('id', '>', toSqlCell(page.after))
  return query.orderBy('id').limit(page.limit).execute()
}

/** Deletes up to `limit` rows whose time is over. */
export async function removeExpired(
  db: Database,
  table: TableName,
  { expiry, now, limit }: { readonly expiry: string; readonly now: number; readonly limit: number },
): Promise<number> {
  const name = sqlName(table)
  const over = db.selectFrom(name).select('id').where(sqlName(expiry), '<=', now).limit(limit)
  const { numDeletedRows } = await db.deleteFrom(name).where('id', 'in', over).executeTakeFirst()
  return Number(numDeletedRows)
}

/**
 * Checks a change and makes it ready to run.
 *
 * @throws {TypeError} if it names a column or holds a value that its table has no place for.
 */
export function stepOf(change: Change): Step {
  const table = sqlName(change.table)
  if (change.verb === 'insert') {
    const row = toSqlRow(flattenRow(change.table, change.row))
    return async (db) => {
      await db.insertInto(table).values(row).execute()
      return true
    }
  }
  const condition = meets(testsOf(change.table, change.where))
  if (change.verb === 'removeAll') {
    return async (db) => {
      await db.deleteFrom(table).where(condition).execute()
      return true
    }
  }
  const values = toSqlRow(flattenAssignments(change.table, change.set))
  // SQL has no update that sets nothing; setting the key to itself only counts the rows.
  const isEmpty = Object.keys(values).length === 0
  return async (db) => {
    const { numUpdatedRows } = await db
      .updateTable(table)
      .set((eb) => (isEmpty ? { id: eb.ref('id') } : values))
      .where(condition)
      .executeTakeFirst()
    return change.verb === 'updateAll' || numUpdatedRows === 1n
  }
}

const meets = (tests: readonly Test[]) => (eb: ExpressionBuilder<SqlTables, string>) =>
  eb.and(
    tests.map(({ column, operator, value }) => eb(sqlName(column), operator, toSqlCell(value))),
  )
