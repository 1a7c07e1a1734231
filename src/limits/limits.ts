/**
 * Everything that is counted or remembered for a while, and where.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import type { Store } from '../store/store.ts'
import { createBoundedMemory } from './bounded-memory.ts'
import { type Invalidation, localInvalidation } from './invalidation.ts'
import { localRateLimiter } from './local-rate-limiter.ts'
import type { RateLimiter, RateRule } from './rate-limiter.ts'
import type { ReplayCache } from './replays/replay-cache.ts'
import { storeReplays } from './replays/store.ts'

/** The limits of a process, or of several together. */
export interface Limits {
  /** Makes the limiter of a name, once in each process. Processes that share limits count together. */
  rateLimiter(name: string, rule: RateRule): RateLimiter
  readonly replays: ReplayCache
  readonly invalidation: Invalidation
  /** Lets what was said reach the others, and gives up the connection. */
  close(): Promise<void>
}

/** What limits work with. */
export interface LimitsContext {
  readonly store: Store
  readonly platform: Platform
}

/** Far more than a process has; API keys bring some along. */
const MOST_LIMITERS = 10_000

/** Limits that this process counts for itself; what was presented is remembered in the store. */
export function localLimits({ store, platform }: LimitsContext): Limits {
  const limiters = createBoundedMemory<RateLimiter>(MOST_LIMITERS)
  return {
    rateLimiter(name, rule) {
      const key = JSON.stringify([name, rule])
      const limiter = limiters.get(key) ?? localRateLimiter(platform, rule)
      limiters.set(key, limiter)
      return limiter
    },
    replays: storeReplays({ store, platform }),
    invalidation: localInvalidation(),
    async close() {},
  }
}
