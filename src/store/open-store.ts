/**
 * Stores by the scheme of their URL. One more store is one file and one line here.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { memoryStore } from './memory.ts'
import {
  type PostgresOptions,
  postgresBackup,
  postgresMigrator,
  postgresStore,
} from './postgres.ts'
import type { SqlEngine } from './sql/engine.ts'
import { type SqliteOptions, sqliteBackup, sqliteMigrator, sqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'

/** How a store is used. A store leaves aside what does not concern it. */
export type StoreOptions = SqliteOptions & PostgresOptions

/** A kind of store. Its location is what follows the colon of the URL. */
export interface Scheme {
  open(location: string, options: StoreOptions): Promise<Store>
  /** Copies it into a file. @returns Bytes; absent if there is nothing that could be copied. */
  backUp?(location: string, file: string, options: StoreOptions): Promise<number>
  /** Opens what its migrations run on; absent if it has none. With `plan`, to look only. */
  migrator?(
    location: string,
    options: StoreOptions & { readonly plan: boolean },
  ): Promise<SqlEngine>
}

const postgres: Scheme = {
  open: (location, options) => postgresStore(`postgres:${location}`, options),
  migrator: (location, options) => postgresMigrator(`postgres:${location}`, options),
  backUp: (location, file) => postgresBackup(`postgres:${location}`, file),
}

const schemes: Readonly<Record<string, Scheme>> = {
  memory: { open: async () => memoryStore() },
  postgres,
  postgresql: postgres,
  sqlite: {
    open: (location, options) => sqliteStore(pathOf(location), options),
    migrator: (location, options) => sqliteMigrator(pathOf(location), options),
    backUp: (location, file, options) => sqliteBackup(pathOf(location), file, options),
  },
}

/**
 * Opens a store by its URL: `memory:`, `sqlite:PATH` or `postgres://…`.
 *
 * @throws {ConfigError} if there is no such store. It never repeats the URL, which may hold a
 * password.
 * @throws {StoreUnavailable} if it cannot be opened.
 */
export async function openStore(url: string, options: StoreOptions = {}): Promise<Store> {
  const { scheme, location } = schemeOf(url)
  return scheme.open(location, options)
}

/** @throws {ConfigError} if there is no such store. */
export function schemeOf(url: string): { readonly scheme: Scheme; readonly location: string } {
  const colon = url.indexOf(':')
  const name = url.slice(0, Math.max(colon, 0))
  const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined
  if (scheme !== undefined) return { scheme, location: url.slice(colon + 1) }
  throw new ConfigError(
    'store.url',
    'is not a store.',
    'Use “sqlite:PATH”, “postgres://…” or “memory:”.',
  )
}

/** @throws {ConfigError} if a path is written as a host would be, which would lead elsewhere. */
function pathOf(location: string): string {
  if (/^\/\/[^/]/.test(location)) {
    throw new ConfigError(
      'store.url',
      'names a host.',
      'Write “sqlite:PATH”, without slashes first.',
    )
  }
  return location
}
