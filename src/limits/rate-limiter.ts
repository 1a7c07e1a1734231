import type { Platform } from '../platform.ts'

/** How much is allowed. */
export interface RateRule {
  /** How many a minute in the long run. */
  readonly perMinute: number
  /** How many at once. */
  readonly burst: number
  /** How many keys are remembered at most; the least recently used are forgotten first. */
  readonly maxKeys?: number
}

/** Whether a request may go on, and if not, when to try again. */
export interface RateDecision {
  readonly allowed: boolean
  /** Whole seconds; 0 if allowed. */
  readonly retryAfterSeconds: number
}

/** Counts requests per key, in this process. */
export interface RateLimiter {
  take(key: string, cost?: number): RateDecision
}

export function createRateLimiter(_platform: Pick<Platform, 'now'>, _rule: RateRule): RateLimiter {
  throw new Error('createRateLimiter')
}
