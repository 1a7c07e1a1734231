/**
 * How long to wait before a server that died is started again.
 *
 * @module
 */

import type { Platform } from '../../../platform.ts'

/** No setting makes a crash loop spin. */
const SHORTEST_MS = 100

/** The bounds of the wait. */
export interface BackoffBounds {
  readonly firstMs: number
  readonly maxMs: number
}

/** The wait after `failures` failures in a row before this one: doubled each time, half of it by chance. */
export function backoffDelay(failures: number, bounds: BackoffBounds, platform: Platform): number {
  const first = Math.max(bounds.firstMs, SHORTEST_MS)
  const full = Math.max(Math.min(first * 2 ** failures, bounds.maxMs), SHORTEST_MS)
  // Chance keeps servers that died together from being started together again and again.
  return Math.round((full / 2) * (1 + fraction(platform)))
}

function fraction(platform: Platform): number {
  const [high = 0, low = 0] = platform.random(2)
  return (high * 256 + low) / 65_536
}
