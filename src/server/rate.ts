/**
 * Saying “too often”.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6585#section-4 | RFC 6585 §4}
 * @module
 */

import { decidedBy } from '../decisions.ts'
import { OAuthError } from '../errors.ts'
import type { RateDecision, RateLimiter } from '../limits/index.ts'

/**
 * Counts one request and refuses it if there were too many.
 *
 * @throws {OAuthError} `temporarily_unavailable` with status 429 and `Retry-After`.
 */
export async function checkRate(limiter: RateLimiter, key: string): Promise<void> {
  checkAllowed(await limiter.take(key))
}

/**
 * Refuses what a limiter did not allow.
 *
 * @throws {OAuthError} `temporarily_unavailable` with status 429 and `Retry-After`.
 */
export function checkAllowed({ allowed, retryAfterSeconds }: RateDecision): void {
  if (allowed) return
  throw new OAuthError(
    'temporarily_unavailable',
    'Too many requests. Wait a little and try again.',
    {
      status: 429,
      headers: { 'retry-after': String(retryAfterSeconds) },
      decision: decidedBy('rate', { wait: retryAfterSeconds }),
    },
  )
}
