/**
 * Whether the tables of an open store are still what this release works with.
 *
 * They were when it was opened. An older backup that was put in their place since is found here.
 *
 * @module
 */

import type { Store } from './store.ts'

/** A store whose tables change with releases. */
export interface MigratedStore extends Store {
  /** The names of the migrations that its tables lack. */
  pendingMigrations(): Promise<readonly string[]>
}

const isMigrated = (store: Store): store is MigratedStore => 'pendingMigrations' in store

/**
 * The names of the migrations that a store's tables lack; none if it has no tables.
 *
 * @throws {StoreUnavailable} if it cannot be known now.
 */
export const pendingMigrations = async (store: Store): Promise<readonly string[]> =>
  isMigrated(store) ? store.pendingMigrations() : []
