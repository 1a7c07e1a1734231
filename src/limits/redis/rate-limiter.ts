/**
 * A rate limit that all processes count together, and each by itself while Redis is away.
 *
 * The time is the server's, so that clocks of processes do not matter. Each process counts what it
 * lets through as well: what exceeds its own count alone is refused without asking, and when Redis
 * goes away nobody has a fresh budget.
 *
 * @module
 */

import type { Platform } from '../../platform.ts'
import { createBoundedMemory } from '../bounded-memory.ts'
import { LimitsUnavailable } from '../errors.ts'
import { createGcra, decisionOf, MAX_KEYS, spanOf } from '../gcra.ts'
import type { RateDecision, RateLimiter, RateRule } from '../rate-limiter.ts'
import type { Redis } from './redis.ts'

/**
 * The sums of `gcra.ts`. Answers how many milliseconds to wait; if none, how many until the budget is full
 * again, below zero. A key lives as long as its debt.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local interval, depth = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = tonumber(redis.call('GET', KEYS[1])) or now
full_at = math.min(math.max(full_at, now), now + depth) + interval
local wait = full_at - now - depth
if wait > 0.5 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.3f', full_at), 'PX', math.ceil(full_at - now))
return -math.ceil(full_at - now)
`

/** What a shared limit is made of. */
export interface SharedLimit {
  readonly redis: Redis
  readonly platform: Pick<Platform, 'now'>
  /** What its keys in Redis begin with. */
  readonly prefix: string
  readonly rule: RateRule
  /** Whether to refuse everything while Redis is away. */
  readonly refusesAlone: boolean
}

/** Makes a limiter that counts in Redis. */
export function sharedRateLimiter(limit: SharedLimit): RateLimiter {
  const { redis, platform, prefix, rule, refusesAlone } = limit
  const { interval, depth } = spanOf(rule)
  const args = [String(interval), String(depth)]
  const own = createGcra(platform, rule)
  /** Until when Redis would refuse a key again, so that a flood does not become Redis's. */
  const refusedUntil = createBoundedMemory<number>(rule.maxKeys ?? MAX_KEYS)

  /** Whoever has to wait lacks less than one request of being `depth` in debt. */
  const refused = (wait: number) => decisionOf(rule, depth - interval + wait, wait)
  const takeHere = (key: string): RateDecision => {
    const wait = (refusedUntil.get(key) ?? 0) - platform.now()
    // Longer than one request takes to be earned back: the clock was set back meanwhile.
    if (wait > 0 && wait <= interval) return refused(wait)
    return own.take(key)
  }
  const takeThere = async (key: string): Promise<RateDecision> => {
    const wait = Number(await redis.run(TAKE, [prefix + key], args))
    if (wait <= 0) return decisionOf(rule, -wait, 0)
    refusedUntil.set(key, platform.now() + Math.min(wait, interval))
    return refused(wait)
  }

  return {
    async take(key) {
      const here = takeHere(key)
      if (!here.allowed) return here
      try {
        const there = await takeThere(key)
        if (!there.allowed) own.take(key, -1)
        return there
      } catch (error) {
        if (!(error instanceof LimitsUnavailable) || refusesAlone) throw error
        return here
      }
    },
    async attempt(key, succeeds) {
      const here = takeHere(key)
      if (!here.allowed) return { ...here, succeeded: false }
      const succeeded = succeeds()
      if (succeeded) own.take(key, -1)
      // What Redis says of this one holds for those to come.
      else await takeThere(key).catch(ignoreOutage)
      return { ...here, succeeded }
    },
  }
}

/** This process has counted the attempt already. */
function ignoreOutage(error: unknown): void {
  if (!(error instanceof LimitsUnavailable)) throw error
}
