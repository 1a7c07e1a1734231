/**
 * Rate limits by the generic cell rate algorithm: one number a key, no timers, no window whose
 * edge lets a double burst through.
 *
 * Counts in this process. A shared count is left out until there is more than one process.
 *
 * @module
 */

import type { Platform } from '../platform.ts'

/** How much is allowed. */
export interface RateRule {
  /** How many a minute in the long run. */
  readonly perMinute: number
  /** How many at once. */
  readonly burst: number
  /** How many keys are remembered at most; those not used for longest are forgotten first. */
  readonly maxKeys?: number
}

/** Whether a request may go on, and if not, when to try again. */
export interface RateDecision {
  readonly allowed: boolean
  /** Whole seconds; 0 if allowed. */
  readonly retryAfterSeconds: number
}

/** Counts requests per key. */
export interface RateLimiter {
  /**
   * Spends from the budget of a key, unless too little is left.
   *
   * @throws {RangeError} if the cost is more than the burst, so that it could never be allowed.
   */
  take(key: string, cost?: number): RateDecision
}

/** Milliseconds; sums of fractions of one are not exact. */
const ROUNDING = 0.5

/** Makes a limiter whose memory does not grow with the number of keys it meets. */
export function createRateLimiter(
  platform: Pick<Platform, 'now'>,
  { perMinute, burst, maxKeys = 10_000 }: RateRule,
): RateLimiter {
  const interval = 60_000 / perMinute
  const depth = interval * burst
  /** When the budget of each key will be full again. */
  const fullAt = createBoundedMemory(maxKeys)

  return {
    take(key, cost = 1) {
      if (cost > burst) throw new RangeError(`A cost of ${cost} exceeds the burst of ${burst}.`)
      const now = platform.now()
      // Never more than a whole budget in debt, even if the clock was set back.
      const current = Math.min(Math.max(fullAt.get(key) ?? now, now), now + depth)
      const next = current + interval * cost
      const allowed = next - now <= depth + ROUNDING
      fullAt.set(key, allowed ? next : current)
      const wait = allowed ? 0 : next - now - depth
      return { allowed, retryAfterSeconds: Math.ceil(wait / 1000) }
    },
  }
}

/**
 * Remembers at most so many numbers, in two generations: when the newer is full it becomes the
 * older, and what was older and not used since is forgotten. This takes the same time however many
 * keys there are, where taking the oldest out of one map would search for it.
 */
function createBoundedMemory(maxKeys: number) {
  let newer = new Map<string, number>()
  let older: ReadonlyMap<string, number> = new Map()
  return {
    get: (key: string): number | undefined => newer.get(key) ?? older.get(key),
    set(key: string, value: number): void {
      if (newer.size >= maxKeys / 2 && !newer.has(key)) {
        older = newer
        newer = new Map()
      }
      newer.set(key, value)
    },
  }
}
