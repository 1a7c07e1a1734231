/**
 * Brings a database's tables up to date.
 *
 * @module
 */

import type { ColumnTypes, Database } from '../dialect.ts'
import { migrations as all } from './index.ts'
import type { Migration } from './migration.ts'

/** Where the names of the migrations that were applied are kept. */
const APPLIED = 'migrations'

/**
 * Applies what has not been applied, each migration in a transaction of its own.
 *
 * Two processes may start at once: a transaction holds the lock for writing before it looks, so the
 * second one finds the work done. A name that is not known here is of a later release; let it be.
 */
export async function migrate(
  db: Database,
  types: ColumnTypes,
  migrations: readonly Migration[] = all,
): Promise<void> {
  for (const migration of migrations) {
    await db.transaction().execute((transaction) => apply(transaction, types, migration))
  }
}

async function apply(db: Database, types: ColumnTypes, { name, up }: Migration): Promise<void> {
  await db.schema
    .createTable(APPLIED)
    .ifNotExists()
    .addColumn('name', types.text, (column) => column.notNull().primaryKey())
    .modifyEnd(types.tableEnd)
    .execute()
  const applied = await db
    .selectFrom(APPLIED)
    .select('name')
    .where('name', '=', name)
    .executeTakeFirst()
  if (applied !== undefined) return
  await up(db, types)
  await db.insertInto(APPLIED).values({ name }).execute()
}
