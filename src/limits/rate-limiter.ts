/**
 * The contract of rate limits: one rule, counted in one process or in all of them together.
 *
 * @module
 */

/** How much is allowed. */
export interface RateRule {
  /** How many a minute in the long run. */
  readonly perMinute: number
  /** How many at once. */
  readonly burst: number
  /** How many keys a process remembers at most; those not used for longest are forgotten first. */
  readonly maxKeys?: number
  /** Stands between strangers and passwords: the operator may have it refuse rather than count alone. */
  readonly guardsSignIn?: boolean
}

/** Whether a request may go on, and if not, when to try again. */
export interface RateDecision {
  readonly allowed: boolean
  /** Whole seconds; 0 if allowed. */
  readonly retryAfterSeconds: number
  /** How many more would be allowed at once, as far as is known. */
  readonly remaining: number
  /** Whole seconds until the whole budget is there again. */
  readonly fullAfterSeconds: number
}

/** How an attempt went; it was not made unless it was allowed. */
export interface Attempt extends RateDecision {
  readonly succeeded: boolean
}

/** Counts requests per key. */
export interface RateLimiter {
  /**
   * Spends from the budget of a key, unless nothing is left.
   *
   * @throws {LimitsUnavailable} if processes cannot count together and the operator wants no less.
   */
  take(key: string): Promise<RateDecision>
  /**
   * Makes an attempt that only costs something if it fails. It is paid for before it is made and
   * paid back after; nothing awaits in between, so good attempts at the same moment do not spend
   * each other's budget.
   */
  attempt(key: string, succeeds: () => boolean): Promise<Attempt>
}
