/**
 * The store that tests use where any will do: in memory, unless WARDER_TEST_STORE names another.
 * `npm test -- --store postgres` sets it.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from 'warder/store'
import { sqlName } from '../../src/store/sql/rows.ts'
import { tableNames } from '../../src/store/tables.ts'
import { type AtEnd, endOfThis } from './endings.ts'
import { freshSchema, query } from './postgres.ts'
import { onServers } from './servers.ts'

/** A place for a store, and what gives it back. */
interface Place {
  readonly url: string
  release(): Promise<void>
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  memory: async () => ({ url: 'memory:', release: async () => {} }),
  sqlite: newDirectory,
  postgres: emptySchema,
}

async function newDirectory(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), 'warder-'))
  return {
    url: `sqlite:${join(directory, 'warder.db')}`,
    release: () => rm(directory, { recursive: true }),
  }
}

/** Schemas whose tables are there and empty. To make them takes longer than most tests. */
const free: string[] = []

async function emptySchema(): Promise<Place> {
  const url = free.pop() ?? (await freshSchema())
  return {
    url,
    async release() {
      await query(url, removal)
      free.push(url)
    },
  }
}

/** Empties the tables, if they are there; faster for few rows than to truncate them. */
const removal = `do $$ declare part text; begin
  for part in select inhrelid::regclass from pg_inherits where inhparent = to_regclass('events') loop
    if part not like '%_rest' then execute 'drop table ' || part; end if;
  end loop;
  ${tableNames.map((table) => `delete from ${sqlName(table)};`).join(' ')}
  exception when undefined_table then null;
end $$`

/** The kind of store that tests use. */
export const storeKind = process.env.WARDER_TEST_STORE ?? 'memory'

/** Every kind of store that is here. */
export const storeKinds = Object.keys(places).filter((kind) => kind !== 'postgres' || onServers)

/** The URL of an empty store that is there until the test has finished, or the file if outside one. */
export async function testStoreUrl(kind = storeKind): Promise<string> {
  return urlUntil(endOfThis(), kind)
}

/** An empty store that closes when the test has finished, or the file if outside one. */
export async function testStore(kind = storeKind): Promise<Store> {
  const atEnd = endOfThis()
  const store = await openStore(await urlUntil(atEnd, kind), patient)
  atEnd(() => store.close())
  return store
}

/** Tests that ask for a thousand things at once are about something else than who waits too long. */
const patient = { busyTimeout: 30_000, statementTimeout: 30_000 }

async function urlUntil(atEnd: AtEnd, kind: string): Promise<string> {
  const place = places[kind]
  if (place === undefined) {
    throw new Error(`There is no store “${kind}”; use: ${Object.keys(places).join(', ')}`)
  }
  const { url, release } = await place()
  atEnd(release)
  return url
}
