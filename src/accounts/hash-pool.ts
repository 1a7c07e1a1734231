/**
 * Bounds work that costs much: a little at once, a little waiting, and the rest turned away.
 *
 * @module
 */

import { OAuthError } from '../errors.ts'

/** How much work may run and wait. */
export interface PoolBounds {
  readonly running: number
  readonly waiting: number
}

/** Runs work within bounds. */
export interface Pool {
  /**
   * Runs a piece of work as soon as there is room.
   *
   * @throws {OAuthError} `temporarily_unavailable` if there is no room to wait either.
   */
  run<T>(work: () => Promise<T>): Promise<T>
  /** How much runs and waits now. */
  readonly depth: PoolBounds
}

/** Makes a pool; those who wait are served in their order. */
export function createPool({ running, waiting }: PoolBounds): Pool {
  let active = 0
  const queue: (() => void)[] = []

  const enter = async (): Promise<void> => {
    if (active < running) {
      active += 1
      return
    }
    if (queue.length >= waiting) {
      throw new OAuthError(
        'temporarily_unavailable',
        'Too many people are signing in at the moment. Try again in a few seconds.',
        { detail: `${running} running and ${waiting} waiting`, headers: { 'retry-after': '5' } },
      )
    }
    await new Promise<void>((resolve) => queue.push(resolve))
  }

  /** Hands the place to the next in line, so that nobody overtakes. */
  const leave = (): void => {
    const next = queue.shift()
    if (next === undefined) active -= 1
    else next()
  }

  return {
    get depth() {
      return { running: active, waiting: queue.length }
    },
    async run(work) {
      await enter()
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
