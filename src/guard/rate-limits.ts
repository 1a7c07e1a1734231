/**
 * How often callers may ask.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6585#section-4 | RFC 6585 §4}
 * @module
 */

import { decidedBy } from '../decisions.ts'
import { ConfigError, OAuthError } from '../errors.ts'
import { createBoundedMemory } from '../limits/bounded-memory.ts'
import type { Limits } from '../limits/limits.ts'
import { localRateLimiter } from '../limits/local-rate-limiter.ts'
import type { RateLimiter, RateRule } from '../limits/rate-limiter.ts'
import type { Platform } from '../platform.ts'
import type { Attempt } from './attempt.ts'
import type { Identity } from './credentials/credential.ts'
import type { Budget } from './rate-headers.ts'

/** How often callers may ask. Each budget is counted by itself, and all must have something left. */
export interface GuardLimits {
  /** Each source of requests, before anybody looks at its credentials. */
  readonly source?: RateRule & {
    /** The budget that an address belongs to: `sourceKey` of `warder/limits`. */
    readonly by: (address: string | undefined) => string
  }
  /** Each client; a key with a rate of its own has that instead. */
  readonly client?: RateRule
  /** Each subject, whatever clients they use. */
  readonly subject?: RateRule
  /** Who counts: this process alone, unless told. `openLimits(…)` has processes count together. */
  readonly counters?: Pick<Limits, 'rateLimiter'>
}

/** Something that requests are counted on. */
interface Counted extends Budget {
  readonly limiter: RateLimiter
}

/** Counts the requests to one guard, and notes in the attempt what is left. */
export interface RateLimits {
  /** @throws {OAuthError} with status 429. */
  countSource(attempt: Attempt): Promise<void> | undefined
  /** @throws {OAuthError} with status 429. */
  countCaller(attempt: Attempt, identity: Identity): Promise<void> | undefined
}

/** So many rates that keys have of their own are told apart. */
const MOST_RATES = 1_000

/**
 * Makes the limits of one guard.
 *
 * @throws {ConfigError} if a limit is none.
 */
export function createRateLimits(
  limits: GuardLimits,
  { resource, platform }: { readonly resource: string; readonly platform: Platform },
): RateLimits {
  const { source, counters } = limits
  const limiterOf = (name: string, rule: RateRule) =>
    counters?.rateLimiter(`guard:${name}`, rule) ?? localRateLimiter(platform, rule)
  const budgetOf = (name: 'source' | 'client' | 'subject'): Counted | undefined => {
    const rule = limits[name]
    if (rule === undefined) return undefined
    checkRule(`limits.${name}`, rule)
    return { name, rule, limiter: limiterOf(`${resource}:${name}`, rule) }
  }
  if (source !== undefined && typeof source.by !== 'function') {
    throw new ConfigError('limits.source.by', 'must be a function.', 'sourceKey will do.')
  }
  const [sources, clients, subjects] = [budgetOf('source'), budgetOf('client'), budgetOf('subject')]
  const ownRates = createBoundedMemory<Counted>(MOST_RATES)
  const ownBudget = (rule: RateRule): Counted => {
    const rate = `${rule.perMinute}/${rule.burst}`
    const budget = ownRates.get(rate) ?? {
      ...{ name: 'key', rule },
      // Of no resource: a key has one budget, wherever it is used.
      limiter: limiterOf(`key:${rate}`, rule),
    }
    // Again and again, so that a rate that is in use is not forgotten.
    ownRates.set(rate, budget)
    return budget
  }

  return {
    countSource(attempt) {
      if (sources === undefined || source === undefined) return undefined
      return count(attempt, sources, source.by(attempt.visit.connection.remoteAddress))
    },
    countCaller(attempt, { rate, issuer, clientId, subject }) {
      const own = rate === undefined ? clients : ownBudget(rate)
      if (own === undefined && subjects === undefined) return undefined
      return countBoth(attempt, [
        [own, `${issuer} ${clientId}`],
        [subjects, `${issuer} ${subject}`],
      ])
    },
  }
}

async function countBoth(
  attempt: Attempt,
  budgets: readonly (readonly [budget: Counted | undefined, key: string])[],
): Promise<void> {
  for (const [budget, key] of budgets) {
    if (budget !== undefined) await count(attempt, budget, key)
  }
}

async function count(attempt: Attempt, budget: Counted, key: string): Promise<void> {
  const decision = await budget.limiter.take(key)
  attempt.standings = [...(attempt.standings ?? []), { budget, decision }]
  if (decision.allowed) return
  const { retryAfterSeconds: wait } = decision
  throw new OAuthError(
    'temporarily_unavailable',
    'Too many requests. Wait a little and try again.',
    {
      status: 429,
      headers: { 'retry-after': String(wait) },
      detail: `the budget of this ${budget.name} is spent`,
      decision: decidedBy('rate', { limit: budget.rule.burst, wait }),
    },
  )
}

function checkRule(path: string, { perMinute, burst }: RateRule): void {
  if (!(Number.isFinite(perMinute) && perMinute > 0)) {
    throw new ConfigError(`${path}.perMinute`, 'must be a number above 0.')
  }
  if (!(Number.isSafeInteger(burst) && burst >= 1)) {
    throw new ConfigError(`${path}.burst`, 'must be a whole number, at least 1.')
  }
}
