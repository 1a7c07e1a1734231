/**
 * One thing a store must do, and the few expectations it is said with.
 *
 * Not tied to a test runner: a case passes if its promise does.
 *
 * @module
 */

import type { Store } from '../../store/store.ts'
import type { FakePlatform } from '../clock.ts'

/** One thing a store must do. Each run wants an empty store of its own. */
export interface StoreCase {
  readonly name: string
  run(store: Store, platform: FakePlatform): Promise<void>
}

/** @throws if the two differ. Order counts in arrays, not in objects. */
export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [canonical(actual), canonical(expected)]
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, but it was ${got}.`)
}

/** @throws if the attempt succeeds, or fails with another error. */
export async function expectRejection(
  attempt: Promise<unknown>,
  error: new (...parameters: never[]) => Error,
  what: string,
): Promise<void> {
  const outcome = await attempt.then(
    () => 'it succeeded',
    (thrown: unknown) => (thrown instanceof error ? undefined : `it threw ${thrown}`),
  )
  if (outcome !== undefined) throw new Error(`${what}: expected ${error.name}, but ${outcome}.`)
}

/** JSON with sorted keys. Escapes NUL and unpaired surrogates, so that they count. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'undefined'
  )
}
