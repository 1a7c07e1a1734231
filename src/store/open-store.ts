/**
 * Stores by the scheme of their URL. One more store is one file and one line here.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { memoryStore } from './memory.ts'
import { type PostgresOptions, postgresStore } from './postgres.ts'
import { type SqliteOptions, sqliteStore } from './sqlite.ts'
import type { Store } from './store.ts'

/** How a store is used. A store leaves aside what does not concern it. */
export type StoreOptions = SqliteOptions & PostgresOptions

/** Opens the store at a location, which is what follows the colon of the URL. */
type StoreOpener = (location: string, options: StoreOptions) => Promise<Store>

const schemes: Readonly<Record<string, StoreOpener>> = {
  memory: async () => memoryStore(),
  postgres: (location, options) => postgresStore(`postgres:${location}`, options),
  postgresql: (location, options) => postgresStore(`postgres:${location}`, options),
  sqlite: (location, options) => sqliteStore(pathOf(location), options),
}

/**
 * Opens a store by its URL: `memory:`, `sqlite:PATH` or `postgres://…`.
 *
 * @throws {ConfigError} if there is no such store. It never repeats the URL, which may hold a
 * password.
 * @throws {StoreUnavailable} if it cannot be opened.
 */
export async function openStore(url: string, options: StoreOptions = {}): Promise<Store> {
  const colon = url.indexOf(':')
  const scheme = url.slice(0, Math.max(colon, 0))
  const opener = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined
  if (opener === undefined) {
    throw new ConfigError(
      'store.url',
      'is not a store.',
      'Use “sqlite:PATH”, “postgres://…” or “memory:”.',
    )
  }
  return opener(url.slice(colon + 1), options)
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
