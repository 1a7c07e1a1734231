/**
 * Noticing that the machine slept: a short wait that took long.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import type { Timers } from '../timers.ts'

const EVERY_MS = 5_000
/** Longer than a busy machine makes anybody wait. */
const SLEPT_MS = 20_000

/** Calls back after each sleep, until what it returns is called. */
export function watchSleep(
  { platform, timers }: { readonly platform: Pick<Platform, 'now'>; readonly timers: Timers },
  onWake: () => void,
): () => void {
  let [at, stop] = [platform.now(), () => {}]
  const look = () => {
    const now = platform.now()
    if (now - at > EVERY_MS + SLEPT_MS) onWake()
    at = now
    stop = timers.after(EVERY_MS, look)
  }
  stop = timers.after(EVERY_MS, look)
  return () => stop()
}
