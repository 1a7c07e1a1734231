/**
 * The store in one SQLite file.
 *
 * The journal is a write-ahead log, so that readers never wait for a writer, and each commit is
 * flushed to the disk before it counts: what was used once must not come back after a power cut.
 * Foreign keys are left out: rows of different lives point at each other by design.
 *
 * @see {@link https://www.sqlite.org/wal.html | Write-ahead logging}
 * @module
 */

import { existsSync } from 'node:fs'
import { chmod, mkdir, open, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ConfigError } from '../errors.ts'
import { StoreUnavailable } from './errors.ts'
import type { SqlEngine } from './sql/engine.ts'
import { patiently } from './sql/patience.ts'
import { sqlStore } from './sql/sql-store.ts'
import { backUp } from './sqlite/backup.ts'
import { isBusy } from './sqlite/dialect.ts'
import type { SqliteAside, SqliteConnection } from './sqlite/drivers/driver.ts'
import { type SqliteDriverName, sqliteDrivers } from './sqlite/drivers/index.ts'
import { sqliteEngine } from './sqlite/engine.ts'
import type { Store } from './store.ts'

/** How a SQLite file is used. */
export interface SqliteOptions {
  /** `normal` is faster, and forgets the last moments when the power fails. `full` unless told. */
  readonly synchronous?: 'full' | 'normal'
  /** Milliseconds to wait for another process that writes: 2000 unless told. */
  readonly busyTimeout?: number
  /** `node:sqlite` where Node has it, else `libsql`, unless told. */
  readonly driver?: SqliteDriverName
}

/**
 * Opens a store in a file, which is created if it is not there.
 *
 * A directory that is made for it is for its owner alone (0700), and so is the file (0600).
 *
 * @param path - A file, or `:memory:`.
 * @throws {StoreUnavailable} if the file cannot be opened or is no database.
 * @throws {ConfigError} if the path is empty, or the driver is not in this version of Node.
 */
export async function sqliteStore(path: string, options: SqliteOptions = {}): Promise<Store> {
  return sqlStore(await openEngine(path, options))
}

/**
 * Opens what migrations run on, apart from a store.
 *
 * @param options - With `plan`, a file that is not there is not made.
 * @throws as {@link sqliteStore} does.
 */
export async function sqliteMigrator(
  path: string,
  options: SqliteOptions & { readonly plan: boolean },
): Promise<SqlEngine> {
  return openEngine(options.plan && !existsSync(path) ? ':memory:' : path, options)
}

/**
 * Copies the store in a file into another file, while servers use it.
 *
 * @returns How large the copy is, in bytes.
 * @throws {WarderError} `file_exists` if there is such a file.
 * @throws {StoreUnavailable} if it cannot be read or written.
 */
export async function sqliteBackup(
  path: string,
  file: string,
  options: SqliteOptions = {},
): Promise<number> {
  if (!existsSync(path)) throw new StoreUnavailable({ detail: `${path} is not there` })
  const given = settled(path, options)
  const connection = await connect(path, given)
  try {
    return await backUp(connection, resolve(file), (copy) => sqliteDrivers[given.driver].open(copy))
  } finally {
    connection.close()
  }
}

async function openEngine(path: string, options: SqliteOptions): Promise<SqlEngine> {
  const given = settled(path, options)
  const connection = await connect(path, given)
  return sqliteEngine(connection, given.busyTimeout, await asideOf(path, given))
}

/** What opens the same file once more: never one that was put in its place, nor makes a new one. */
async function asideOf(
  path: string,
  options: Required<SqliteOptions>,
): Promise<(() => Promise<SqliteAside>) | undefined> {
  if (path === ':memory:') return undefined
  const file = resolve(path)
  const opened = await stat(file).catch(() => undefined)
  return async () => {
    const { ino } = await stat(file)
    if (ino !== opened?.ino) throw new Error(`${path} is another file now`)
    return sqliteDrivers[options.driver].openAside(file)
  }
}

/** @throws {ConfigError} if the path is empty, or the driver is not in this version of Node. */
function settled(path: string, options: SqliteOptions): Required<SqliteOptions> {
  const { synchronous = 'full', busyTimeout = 2000, driver = preferredDriver() } = options
  if (path === '') throw new ConfigError('store.url', 'names no file.', 'Write “sqlite:PATH”.')
  if (!sqliteDrivers[driver].isAvailable()) {
    throw new ConfigError('store.driver', 'is not in this version of Node.', 'Leave it out.')
  }
  return { synchronous, busyTimeout, driver }
}

function preferredDriver(): SqliteDriverName {
  return sqliteDrivers['node:sqlite'].isAvailable() ? 'node:sqlite' : 'libsql'
}

async function connect(path: string, options: Required<SqliteOptions>): Promise<SqliteConnection> {
  try {
    const file = path === ':memory:' ? path : await privateFile(resolve(path))
    const connection = await sqliteDrivers[options.driver].open(file)
    await configure(connection, options).catch((error: unknown) => {
      connection.close()
      throw error
    })
    return connection
  } catch (error) {
    throw new StoreUnavailable({ detail: `${path} cannot be opened: ${error}`, cause: error })
  }
}

/**
 * Sees to it that the file is there and that nobody else can read it.
 *
 * A file that is there is never opened here: closing it again would end every lock that this process
 * holds on it, also those of another connection, whose log others would then take for left behind.
 *
 * @see {@link https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_ | How To Corrupt An SQLite Database File §2.2}
 */
async function privateFile(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  if (await create(path)) return path
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) await chmod(path, 0o600)
  return path
}

/** Makes the file, empty. `false` if there is one. */
async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.close()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Sets what holds for a connection. */
async function configure(
  connection: SqliteConnection,
  { synchronous, busyTimeout }: Required<SqliteOptions>,
): Promise<void> {
  // The store waits by itself; see `patience.ts`.
  const flushing = synchronous === 'normal' ? 'normal' : 'full'
  const pragmas = ['busy_timeout = 0', `synchronous = ${flushing}`, 'journal_mode = wal']
  const configuring = async () => {
    for (const pragma of pragmas) connection.exec(`pragma ${pragma}`)
  }
  // Another process may be changing the journal of a new file at the same moment.
  await patiently(configuring, { patience: busyTimeout, isBusy })
}
