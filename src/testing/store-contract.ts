/**
 * What any store must do, as cases for any test runner.
 *
 * ```ts
 * for (const { name, run } of storeContract()) {
 *   it(name, async () => run(await openEmptyStore(), fakePlatform()))
 * }
 * ```
 *
 * @module
 */

import { conditions } from './store-contract/conditions.ts'
import { crowds } from './store-contract/crowds.ts'
import { lifetimes } from './store-contract/lifetimes.ts'
import { races } from './store-contract/races.ts'
import { rows } from './store-contract/rows.ts'
import type { StoreCase } from './store-contract/store-case.ts'
import { writes } from './store-contract/writes.ts'

/** The cases that a store must pass. Each wants an empty store, and may close it. */
export function storeContract(): readonly StoreCase[] {
  return [...rows, ...conditions, ...writes, ...races, ...crowds, ...lifetimes]
}
