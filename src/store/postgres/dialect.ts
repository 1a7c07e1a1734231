/**
 * How PostgreSQL is written.
 *
 * @module
 */

import {
  DummyDriver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely'
import type { SqlDialect } from '../sql/dialect.ts'

/**
 * The dialect of PostgreSQL, and of what speaks its protocol.
 *
 * @param parts - Whether it keeps tables in parts as PostgreSQL does; CockroachDB has words of its own.
 */
export const postgresDialect = (parts: boolean): SqlDialect => ({
  kysely: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
  types: {
    // Sorts by bytes whatever the database's own collation is, which also makes its indexes smaller.
    text: sql`text collate "C"`,
    integer: sql`bigint`,
    tableEnd: sql``,
    parts,
  },
  skipsLocked: true,
  // Each page that is changed first after a checkpoint goes to the log as a whole, before any commit may.
  sweptAtOnce: 50,
  findTable: (name) => ({
    sql: 'select 1 as found where to_regclass($1) is not null',
    parameters: [name],
  }),
  // Each holds its locks no longer than it must.
  changesTogether: false,
  // Whoever comes after a change that waits for its lock waits too, so it may not wait for long.
  beforeChange: "set local lock_timeout = '3s'",
})
