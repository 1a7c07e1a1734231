/**
 * Brings a database's tables up to date.
 *
 * How far a migration has come is kept in a row of its own, and each step counts on in the same
 * transaction that takes it. So a run that was killed goes on where it stopped, and of two that run at
 * once the second finds the step taken, without any other lock. Databases that cannot undo a change of
 * the schema may have to take a step again; statements are written so that they can be.
 *
 * @module
 */

import { ConfigError } from '../../../errors.ts'
import { type SqlDialect, writerOf } from '../dialect.ts'
import type { SqlEngine } from '../engine.ts'
import type { Step } from '../statement.ts'
import { migrations as all } from './index.ts'
import type { Migration } from './migration.ts'

/** Where it is kept how far each migration has come. */
const REGISTRY = 'migrations'

/** How many migrations that are not known here a database may have; a release has at most one. */
const RELEASES_AHEAD = 1

/** What is to be done, or was. */
export interface Planned {
  readonly name: string
  readonly statements: readonly string[]
}

/**
 * What {@link migrate} would do. Changes nothing.
 *
 * @throws {ConfigError} as {@link migrate} does.
 */
export async function planMigrations(
  engine: SqlEngine,
  migrations: readonly Migration[] = all,
): Promise<readonly Planned[]> {
  const progress = await readProgress(engine, migrations)
  return migrations.flatMap((migration) => {
    const statements = statementsOf(engine.dialect, migration).slice(progress.get(migration.name))
    return statements.length === 0 ? [] : [{ name: migration.name, statements }]
  })
}

/**
 * The plan as SQL that can be run by hand, with what {@link migrate} would note. Changes nothing.
 *
 * @throws {ConfigError} as {@link migrate} does.
 */
export async function planScript(engine: SqlEngine): Promise<readonly Planned[]> {
  const planned = await planMigrations(engine)
  const { dialect } = engine
  return planned.map(({ name, statements }, at) => {
    const total = all.find((migration) => migration.name === name)
    const done = total === undefined ? 0 : statementsOf(dialect, total).length
    // Neither is input: both come from this release.
    const note = `insert into "${REGISTRY}" ("name", "done") values ('${name}', ${done}) on conflict ("name") do update set "done" = ${done}`
    return { name, statements: [...(at === 0 ? [registryOf(dialect)] : []), ...statements, note] }
  })
}

/**
 * Does what has not been done.
 *
 * @returns What this run has done; another may have done the rest at the same time.
 * @throws {ConfigError} if the database is of a release that is too new for this one.
 * @throws {StoreUnavailable} if the database cannot be used now. What was done stays.
 */
export async function migrate(
  engine: SqlEngine,
  migrations: readonly Migration[] = all,
): Promise<readonly Planned[]> {
  const pending = await planMigrations(engine, migrations)
  if (pending.length === 0) return []
  // Somebody else may make it at the same moment, which is as good.
  await engine.transact([step(registryOf(engine.dialect))])
  const done: Planned[] = []
  for (const migration of migrations) {
    const statements = await apply(engine, migration)
    if (statements.length > 0) done.push({ name: migration.name, statements })
  }
  return done
}

/** @returns The statements that this run has run. */
async function apply(engine: SqlEngine, migration: Migration): Promise<readonly string[]> {
  const { name } = migration
  const whole = statementsOf(engine.dialect, migration)
  const done: string[] = []
  let from = await progressOf(engine, name)
  while (from < whole.length) {
    const to = engine.dialect.changesTogether ? whole.length : from + 1
    const statements = whole.slice(from, to)
    const taken = await engine.transact([
      ...countingOn(engine.dialect, { name, from, to }),
      ...[...preparation(engine.dialect), ...statements].map(step),
    ])
    if (taken) done.push(...statements)
    const reached = taken ? to : await progressOf(engine, name)
    if (reached === from) throw new Error(`Migration ${name} does not fit the rows that are there.`)
    from = reached
  }
  return done
}

const statementsOf = (dialect: SqlDialect, { statements }: Migration): readonly string[] =>
  statements(writerOf(dialect), dialect.types)

const preparation = ({ beforeChange }: SqlDialect): readonly string[] =>
  beforeChange === undefined ? [] : [beforeChange]

/** How far each migration has come, by name. */
async function readProgress(
  engine: SqlEngine,
  migrations: readonly Migration[],
): Promise<ReadonlyMap<string, number>> {
  if ((await engine.rows(engine.dialect.findTable(REGISTRY))).length === 0) return new Map()
  const { sql } = writerOf(engine.dialect).selectFrom(REGISTRY).select(['name', 'done']).compile()
  const rows = await engine.rows({ sql, parameters: [] })
  const progress = new Map(rows.map(({ name, done }) => [String(name), Number(done)]))
  checkKnown([...progress.keys()], migrations)
  return progress
}

/** @throws {ConfigError} if a release after the next has changed what this one needs. */
function checkKnown(names: readonly string[], migrations: readonly Migration[]): void {
  const unknown = names.filter((name) => !migrations.some((known) => known.name === name)).sort()
  if (unknown.length <= RELEASES_AHEAD) return
  throw new ConfigError(
    'store.url',
    `names a database that newer releases have changed (${unknown.join(', ')}).`,
    'Install the release that did, or the one before it.',
  )
}

async function progressOf(engine: SqlEngine, name: string): Promise<number> {
  const query = writerOf(engine.dialect)
    .selectFrom(REGISTRY)
    .select('done')
    .where('name', '=', name)
    .compile()
  const [row] = await engine.rows({ sql: query.sql, parameters: [name] })
  return Number(row?.done ?? 0)
}

function registryOf(dialect: SqlDialect): string {
  const { text, integer, tableEnd } = dialect.types
  const table = writerOf(dialect)
    .schema.createTable(REGISTRY)
    .ifNotExists()
    .addColumn('name', text, (column) => column.notNull().primaryKey())
    .addColumn('done', integer, (column) => column.notNull())
    .modifyEnd(tableEnd)
  return table.compile().sql
}

/** Notes how far a migration has come, unless somebody else has. */
function countingOn(
  dialect: SqlDialect,
  { name, from, to }: { readonly name: string; readonly from: number; readonly to: number },
): readonly Step[] {
  const writer = writerOf(dialect)
  const entry = writer
    .insertInto(REGISTRY)
    .values({ name, done: 0 })
    .onConflict((conflict) => conflict.doNothing())
  const count = writer
    .updateTable(REGISTRY)
    .set({ done: to })
    .where('name', '=', name)
    .where('done', '=', from)
  return [
    { sql: entry.compile().sql, parameters: [name, 0], hits: 'any' },
    { sql: count.compile().sql, parameters: [to, name, from], hits: 'one' },
  ]
}

const step = (sql: string): Step => ({ sql, parameters: [], hits: 'any' })
