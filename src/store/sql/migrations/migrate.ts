/**
 * Brings a database's tables up to date.
 *
 * @module
 */

import { type SqlDialect, writerOf } from '../dialect.ts'
import type { SqlEngine, Step } from '../engine.ts'
import { migrations as all } from './index.ts'
import type { Migration } from './migration.ts'

/** Where the names of the migrations that were applied are kept. */
const APPLIED = 'migrations'

/**
 * Applies what has not been applied, each migration in a transaction of its own.
 *
 * Two processes may start at once: a transaction takes the name of its migration before it does
 * anything, so the second one finds it taken. A name that is not known here is of a later release;
 * let it be.
 */
export async function migrate(
  engine: SqlEngine,
  migrations: readonly Migration[] = all,
): Promise<void> {
  await engine.transact([step(registry(engine.dialect))])
  for (const migration of migrations) {
    if (await isApplied(engine, migration)) continue
    const applied = await engine.transact(stepsOf(engine.dialect, migration))
    if (applied || (await isApplied(engine, migration))) continue
    throw new Error(`Migration ${migration.name} does not fit the rows that are there.`)
  }
}

/** The SQL that makes room for the names. */
function registry(dialect: SqlDialect): string {
  const { text, tableEnd } = dialect.types
  const table = writerOf(dialect)
    .schema.createTable(APPLIED)
    .ifNotExists()
    .addColumn('name', text, (column) => column.notNull().primaryKey())
    .modifyEnd(tableEnd)
  return table.compile().sql
}

async function isApplied(engine: SqlEngine, { name }: Migration): Promise<boolean> {
  const query = writerOf(engine.dialect).selectFrom(APPLIED).select('name').where('name', '=', name)
  const found = await engine.rows({ sql: query.compile().sql, parameters: [name] })
  return found.length > 0
}

function stepsOf(dialect: SqlDialect, { name, statements }: Migration): readonly Step[] {
  const writer = writerOf(dialect)
  const claim = writer
    .insertInto(APPLIED)
    .values({ name })
    .onConflict((conflict) => conflict.doNothing())
  return [
    { sql: claim.compile().sql, parameters: [name], hits: 'one' },
    ...statements(writer, dialect.types).map(step),
  ]
}

const step = (sql: string): Step => ({ sql, parameters: [], hits: 'any' })
