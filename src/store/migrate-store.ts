/**
 * Brings a store's tables up to date apart from serving.
 *
 * @module
 */

import { type StoreOptions, schemeOf } from './open-store.ts'
import { migrate, type Planned, planScript } from './sql/migrations/migrate.ts'

/**
 * Does what opening the store would do, and says what that was.
 *
 * @param options - With `plan`, nothing is done; the statements can be run by hand instead.
 * @returns The statements of each migration that was not done.
 * @throws {ConfigError} if there is no such store, or it is of a release that is too new.
 * @throws {StoreUnavailable} if it cannot be opened. What was done stays, and is not done again.
 */
export async function migrateStore(
  url: string,
  options: StoreOptions & { readonly plan?: boolean } = {},
): Promise<readonly Planned[]> {
  const { plan = false } = options
  const { scheme, location } = schemeOf(url)
  const engine = await scheme.migrator?.(location, { ...options, plan })
  if (engine === undefined) return []
  try {
    return await (plan ? planScript(engine) : migrate(engine))
  } finally {
    await engine.close()
  }
}
