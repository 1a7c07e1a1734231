/**
 * The headers that say how much is left of a budget.
 *
 * A budget is earned back bit by bit, so what is announced as its window is the time in which a whole
 * one is earned.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers | RateLimit header fields for HTTP}
 * @module
 */

import type { RateDecision, RateRule } from '../limits/rate-limiter.ts'

/** Something that requests are counted on. */
export interface Budget {
  /** As the headers name it. */
  readonly name: string
  readonly rule: RateRule
}

/** What a budget said to a request. */
export interface Standing {
  readonly budget: Budget
  readonly decision: RateDecision
}

/** `RateLimit-Policy` and `RateLimit`; none if nothing was counted. */
export function rateHeaders(
  standings: readonly Standing[] | undefined,
): Readonly<Record<string, string>> {
  if (standings === undefined) return {}
  return {
    'ratelimit-policy': standings.map(policyOf).join(', '),
    ratelimit: standings.map(stateOf).join(', '),
  }
}

function policyOf({ budget: { name, rule } }: Standing): string {
  const window = Math.ceil((rule.burst * 60) / rule.perMinute)
  return `"${name}";q=${rule.burst};w=${window}`
}

function stateOf({ budget, decision }: Standing): string {
  const { allowed, remaining, retryAfterSeconds, fullAfterSeconds } = decision
  // What is said here must not end later than the Retry-After beside it.
  return `"${budget.name}";r=${remaining};t=${allowed ? fullAfterSeconds : retryAfterSeconds}`
}
