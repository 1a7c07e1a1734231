/**
 * Deletes what has expired, now and then.
 *
 * Nothing depends on it being on time: expired rows are refused by their conditions, not by being
 * gone. It only keeps the store from growing.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import type { Store } from './store.ts'

/** How often to sweep, how much at a time, and who hears of failures. */
export interface SweeperOptions {
  /** Milliseconds from the end of one sweep to the next. */
  readonly everyMs: number
  /** At most this many rows of a table at once, so that no sweep holds others up. */
  readonly limit: number
  /** Told of a failed sweep; the next one is made all the same. */
  onError(error: unknown): void
}

/** For how long it is gentle while there is always more; then it must keep up, whoever notices. */
const GENTLE_MS = 3_600_000

/**
 * Sweeps until stopped. Its timer does not keep the process alive.
 *
 * @returns What stops it.
 */
export function startSweeper(
  store: Store,
  platform: Platform,
  { everyMs, limit, onError }: SweeperOptions,
): () => void {
  let timer: NodeJS.Timeout
  let stopped = false
  /** Since when there was more than one sweep takes. */
  let behindSince: number | undefined

  const sweep = async () => {
    let pause = everyMs
    const now = platform.now()
    try {
      const gently = now - (behindSince ?? now) < GENTLE_MS
      const gone = await store.sweep(now, limit, { gently })
      if (gone >= limit) {
        // More is waiting. Let others have their turn, and go on.
        pause = 0
        behindSince ??= now
      } else behindSince = undefined
    } catch (error) {
      if (!stopped) onError(error)
    }
    if (!stopped) schedule(pause)
  }
  const schedule = (pause: number) => {
    timer = setTimeout(sweep, pause)
    timer.unref()
  }

  schedule(everyMs)
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
