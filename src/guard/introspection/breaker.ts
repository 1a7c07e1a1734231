/**
 * A circuit breaker: who fails again and again is left alone for a while, and then asked once to see.
 *
 * @module
 */

/** Does work unless it has been failing. */
export interface Breaker {
  /** @throws {Error} without doing the work if it is not tried; otherwise whatever the work throws. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number
  /** How many failures in a row are too many. */
  readonly failures: number
  /** How long nothing is tried, in milliseconds. */
  readonly pause: number
}

/** Makes a breaker for one thing that may fail. */
export function createBreaker({ now, failures, pause }: BreakerOptions): Breaker {
  let failed = 0
  let openedAt: number | undefined
  let isProbing = false

  const isPausing = (since: number) => {
    const elapsed = now() - since
    // A clock that was set back must not stretch the pause.
    return elapsed >= 0 && elapsed < pause
  }

  return {
    async run(work) {
      const probes = openedAt !== undefined
      if (openedAt !== undefined && (isProbing || isPausing(openedAt))) {
        throw new Error(`not asked, after ${failed} failures in a row`)
      }
      isProbing = probes
      try {
        const result = await work()
        failed = 0
        openedAt = undefined
        return result
      } catch (cause) {
        failed += 1
        if (failed >= failures) openedAt = now()
        throw cause
      } finally {
        if (probes) isProbing = false
      }
    },
  }
}
