/**
 * What a test file started and must not leave behind, however the file ends.
 *
 * Whatever is started says at once how it is ended; everything ends after the file, the last first.
 */

import { afterAll } from 'vitest'

const open: (() => unknown)[] = []

/** Ends something after this file's tests, or when a hook or a test has failed. */
export function endLater(end: () => unknown): void {
  open.push(end)
}

/** Ends all that is open now. One that fails does not keep the others. */
export async function endAll(): Promise<void> {
  const failures: unknown[] = []
  for (let end = open.pop(); end !== undefined; end = open.pop()) {
    try {
      await end()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be ended.')
}

afterAll(endAll)
