/**
 * A rate limit that one process counts for itself.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import { createGcra } from './gcra.ts'
import type { RateLimiter, RateRule } from './rate-limiter.ts'

/** Makes a limiter that counts in this process. */
export function localRateLimiter(platform: Pick<Platform, 'now'>, rule: RateRule): RateLimiter {
  const gcra = createGcra(platform, rule)
  return {
    take: async (key) => gcra.take(key),
    async attempt(key, succeeds) {
      const decision = gcra.take(key)
      if (!decision.allowed) return { ...decision, succeeded: false }
      const succeeded = succeeds()
      if (succeeded) gcra.take(key, -1)
      return { ...decision, succeeded }
    },
  }
}
