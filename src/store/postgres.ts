/**
 * The store in PostgreSQL, or in what speaks its protocol, for many processes at once.
 *
 * @module
 */

import { WarderError } from '../errors.ts'
import { type Platform, systemPlatform } from '../platform.ts'
import { type Address, parseAddress } from './postgres/address.ts'
import { type ConnectionOptions, Connections } from './postgres/connections.ts'
import { postgresDialect } from './postgres/dialect.ts'
import { postgresEngine } from './postgres/engine.ts'
import { faultOf, settingsFault } from './postgres/faults.ts'
import type { SqlEngine } from './sql/engine.ts'
import { outage } from './sql/fault.ts'
import { sqlStore } from './sql/sql-store.ts'
import type { Store } from './store.ts'

/** How PostgreSQL is used. */
export interface PostgresOptions {
  /** Connections of this process at most: 16 unless told. */
  readonly pool?: number
  /** How many may wait for a connection before the next is turned away: 1000 unless told. */
  readonly queue?: number
  /** Milliseconds to wait for a connection, and for a lock: 2000 unless told. */
  readonly busyTimeout?: number
  /** Milliseconds a statement may take: 5000 unless told. */
  readonly statementTimeout?: number
  /** Where the chance in a pause comes from. */
  readonly platform?: Platform
}

/**
 * Opens a store in PostgreSQL 14 or newer.
 *
 * @param url - Such as `postgres://user:password@db.example.com/warder`. A server that is not on this
 * computer must show a certificate for its name, unless `sslmode` says otherwise.
 * @throws {ConfigError} if the URL cannot be used, or the server refuses what it says.
 * @throws {StoreUnavailable} if the server cannot be reached now.
 */
export async function postgresStore(url: string, options: PostgresOptions = {}): Promise<Store> {
  const address = await parseAddress(url)
  const engine = await openEngine(address, limitsOf(options), options)
  return sqlStore(engine, () => openEngine(address, unhurried(options), options))
}

/**
 * Opens what migrations run on, apart from a store.
 *
 * @throws as {@link postgresStore} does.
 */
export async function postgresMigrator(
  url: string,
  options: PostgresOptions = {},
): Promise<SqlEngine> {
  return openEngine(await parseAddress(url), unhurried(options), options)
}

/**
 * Refuses to copy what others are made for, and says how they are called.
 *
 * @throws {WarderError} `no_backup` with the command. It never repeats a password.
 */
export async function postgresBackup(url: string, file: string): Promise<never> {
  const { host, port, user, database } = await parseAddress(url)
  const where = `--host=${host} --port=${port} --username=${user} --dbname=${database}`
  throw new WarderError(
    'no_backup',
    `PostgreSQL has its own tools for this. Run: pg_dump --format=custom --file=${file} ${where}`,
  )
}

function limitsOf({ pool = 16, queue = 1000, ...rest }: PostgresOptions): ConnectionOptions {
  const { busyTimeout = 2000, statementTimeout = 5000 } = rest
  // To PostgreSQL, 0 is for ever.
  const patience = Math.max(busyTimeout, 1)
  return { pool, queue, patience, lockTimeout: patience, statementTimeout }
}

/** For changes of the schema: they take as long as they do, and may wait for another run's. */
const unhurried = (options: PostgresOptions): ConnectionOptions => ({
  ...limitsOf(options),
  pool: 1,
  lockTimeout: 600_000,
  statementTimeout: 0,
})

/** Opens an engine, and sees to it that the server lets it in. */
async function openEngine(
  address: Address,
  limits: ConnectionOptions,
  { platform = systemPlatform }: PostgresOptions,
): Promise<SqlEngine> {
  const connections = await Connections.to(address, limits)
  try {
    const parts = !/cockroach/i.test(await versionOf(connections))
    const dialect = postgresDialect(parts)
    return postgresEngine({ connections, platform, prepares: !address.isPooled, dialect })
  } catch (error) {
    await connections.close()
    throw settingsFault(error) ?? outage(error, faultOf(error))
  }
}

async function versionOf(connections: Connections): Promise<string> {
  const { rows } = await connections.use((client) => client.query('select version() as version'))
  return String(rows[0]?.version)
}
