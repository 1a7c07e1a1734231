/**
 * Tables that are kept in parts by time, so that what is over is dropped whole: no row is looked for,
 * none is written over, and no space is left behind.
 *
 * A part is a stretch of days, named after them. Rows that no part was made for go to the rest, and
 * are deleted from there one by one. Which parts will be needed is read from the rows that are there:
 * those to come expire after those that came last. A row that is over may stay until its part is.
 *
 * @see {@link https://www.postgresql.org/docs/current/ddl-partitioning.html | Table Partitioning}
 * @module
 */

import { WarderError } from '../../errors.ts'
import type { SqlEngine } from '../sql/engine.ts'
import { serverCode } from './faults.ts'

const DAY = 86_400_000

/** How many days of parts are made ahead of the row that expires last. */
const AHEAD = 2

/** What expires later than this is a mistake, and does not have ten thousand parts made for it. */
const FARTHEST = 4_000 * DAY
/** The last time that has a name. */
const LAST = Date.UTC(9999, 0, 1)

/** What holds rows that there is no part for. */
const restOf = (table: string): string => `${table}_rest`

/** A stretch of time, in days since the epoch; `to` is no longer in it. */
interface Span {
  readonly from: number
  readonly to: number
}

/**
 * Drops the parts of a table that are over, and makes those that will be needed.
 *
 * @returns The table to delete from row by row: itself, if it is not kept in parts.
 */
export async function dropExpired(engine: SqlEngine, table: string, now: number): Promise<string> {
  const { spans, isPartitioned } = await readParts(engine, table)
  if (!isPartitioned) return table
  const today = Math.floor(now / DAY)
  const changes = [
    ...spans.filter(({ to }) => to <= today).map((span) => removal(table, span)),
    ...(await creations(
      engine,
      table,
      missing(spans, today + 1, await lastDay(engine, table, now)),
    )),
  ]
  // If one cannot be made now, somebody else is at them, who will make the others too.
  for (const each of changes) if (!(await change(engine, table, each))) break
  return restOf(table)
}

async function creations(
  engine: SqlEngine,
  table: string,
  spans: readonly Span[],
): Promise<readonly string[]> {
  const statements: string[] = []
  for (const span of spans) {
    if (await isEmpty(engine, table, span)) statements.push(creation(table, span))
  }
  return statements
}

/** The parts that are there, oldest first. */
async function readParts(
  engine: SqlEngine,
  table: string,
): Promise<{ readonly isPartitioned: boolean; readonly spans: readonly Span[] }> {
  const rows = await engine.rows({
    sql: 'select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = to_regclass($1)',
    parameters: [table],
  })
  const spans = rows.flatMap(({ name }) => spanOf(String(name)) ?? [])
  return { isPartitioned: rows.length > 0, spans: spans.sort((a, b) => a.from - b.from) }
}

/** The stretches between two days that no part covers, in pieces of a fitting length. */
function missing(spans: readonly Span[], from: number, last: number | undefined): readonly Span[] {
  const pieces: Span[] = []
  if (last === undefined) return pieces
  const end = last + AHEAD + 1
  const length = lengthFor(last - from)
  for (let day = from; day < end; ) {
    const covering = spans.find((span) => span.from <= day && day < span.to)
    const next = spans.find((span) => span.from > day)?.from ?? Number.POSITIVE_INFINITY
    const to = covering?.to ?? Math.min(day + length, next)
    if (covering === undefined) pieces.push({ from: day, to })
    day = to
  }
  return pieces
}

/** Days in a part: few enough that rows go soon, and many enough that parts stay few. */
const lengthFor = (days: number): number => (days <= 100 ? 1 : days <= 700 ? 7 : 30)

/** The day on which the last row expires. */
async function lastDay(engine: SqlEngine, table: string, now: number): Promise<number | undefined> {
  const [row] = await engine.rows({
    sql: `select expires_at from "${table}" where expires_at < $1 order by expires_at desc limit 1`,
    parameters: [Math.min(now + FARTHEST, LAST)],
  })
  return row === undefined ? undefined : Math.floor(Number(row.expires_at) / DAY)
}

/** Whether the rest holds no row that a part would have to: none can be made around it. */
async function isEmpty(engine: SqlEngine, table: string, { from, to }: Span): Promise<boolean> {
  const rows = await engine.rows({
    sql: `select 1 as found from "${restOf(table)}" where expires_at >= $1 and expires_at < $2 limit 1`,
    parameters: [from * DAY, to * DAY],
  })
  return rows.length === 0
}

const creation = (table: string, span: Span): string =>
  `create table if not exists "${nameOf(table, span)}" partition of "${table}" ` +
  `for values from (${span.from * DAY}) to (${span.to * DAY})`

const removal = (table: string, span: Span): string =>
  `drop table if exists "${nameOf(table, span)}"`

/**
 * Changes the parts of a table, unless somebody else is at them or this user may not. Nobody is to
 * wait for it long, and it can as well be done the next time.
 *
 * @returns Whether it could be done.
 */
async function change(engine: SqlEngine, table: string, statement: string): Promise<boolean> {
  const steps = [
    "set local lock_timeout = '300ms'",
    // Keeps others from changing parts too, but not from reading and writing rows meanwhile.
    `lock table "${table}" in share update exclusive mode`,
    statement,
  ]
  try {
    await engine.transact(steps.map((sql) => ({ sql, parameters: [], hits: 'any' })))
    return true
  } catch (error) {
    if (isForAnotherTime(error)) return false
    throw error
  }
}

/** What says that it is not the time: somebody is at it, a row is in the way, or this user may not. */
const NOT_NOW = ['55P03', '23514', '42501', '0A000']

function isForAnotherTime(error: unknown): boolean {
  const told = error instanceof WarderError ? error.cause : error
  return NOT_NOW.includes(serverCode(told) ?? '')
}

/** `events_20260101_20260102` */
const nameOf = (table: string, { from, to }: Span): string => `${table}_${date(from)}_${date(to)}`

const date = (day: number): string =>
  new Date(day * DAY).toISOString().slice(0, 10).replaceAll('-', '')

/** What a part is named after; undefined if that is no part of ours, such as the rest. */
function spanOf(name: string): Span | undefined {
  const [, from, to] = /_(\d{8})_(\d{8})$/.exec(name) ?? []
  return from === undefined || to === undefined ? undefined : { from: day(from), to: day(to) }
}

const day = (date: string): number =>
  Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6))) / DAY
