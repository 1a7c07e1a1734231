/**
 * The generic cell rate algorithm: one number a key, no timers, no window whose edge lets a double
 * burst through.
 *
 * Counts in this process, and at once. What several processes count together is
 * `redis/rate-limiter.ts`, which has the same sums in Lua.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import { createBoundedMemory } from './bounded-memory.ts'
import type { RateDecision, RateRule } from './rate-limiter.ts'

/** Counts per key, in this process. */
export interface Gcra {
  /**
   * Spends from the budget of a key, unless too little is left. A negative cost gives back.
   *
   * @throws {RangeError} if the cost is more than the burst, so that it could never be allowed.
   */
  take(key: string, cost?: number): RateDecision
}

/** Milliseconds; sums of fractions of one are not exact. */
const ROUNDING = 0.5

/** How long one request takes to be earned back, and a whole budget, in milliseconds. */
export function spanOf({ perMinute, burst }: RateRule): { interval: number; depth: number } {
  const interval = 60_000 / perMinute
  return { interval, depth: interval * burst }
}

/**
 * A decision, by when the budget of a key will be full again and how long it has to be waited for;
 * both in milliseconds from now.
 */
export function decisionOf(rule: RateRule, debt: number, wait: number): RateDecision {
  const { interval, depth } = spanOf(rule)
  return {
    allowed: wait <= 0,
    retryAfterSeconds: Math.ceil(wait / 1000),
    remaining: wait > 0 ? 0 : Math.floor((depth - debt + ROUNDING) / interval),
    fullAfterSeconds: Math.ceil(debt / 1000),
  }
}

/** How many keys are remembered, unless told. */
export const MAX_KEYS = 10_000

/** Makes a counter whose memory does not grow with the number of keys it meets. */
export function createGcra(platform: Pick<Platform, 'now'>, rule: RateRule): Gcra {
  const { burst, maxKeys = MAX_KEYS } = rule
  const { interval, depth } = spanOf(rule)
  /** When the budget of each key will be full again. */
  const fullAt = createBoundedMemory<number>(maxKeys)

  return {
    take(key, cost = 1) {
      if (cost > burst) throw new RangeError(`A cost of ${cost} exceeds the burst of ${burst}.`)
      const now = platform.now()
      // Never more than a whole budget in debt, even if the clock was set back.
      const current = Math.min(Math.max(fullAt.get(key) ?? now, now), now + depth)
      const next = current + interval * cost
      const allowed = next - now <= depth + ROUNDING
      fullAt.set(key, allowed ? next : current)
      return allowed
        ? decisionOf(rule, next - now, 0)
        : decisionOf(rule, current - now, next - now - depth)
    },
  }
}
