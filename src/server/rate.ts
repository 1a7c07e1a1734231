/**
 * Saying “too often”.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6585#section-4 | RFC 6585 §4}
 * @module
 */

import { OAuthError } from '../errors.ts'
import type { RateLimiter } from '../limits/index.ts'

/**
 * Counts one request and refuses it if there were too many.
 *
 * @throws {OAuthError} `temporarily_unavailable` with status 429 and `Retry-After`.
 */
export function checkRate(limiter: RateLimiter, key: string): void {
  const { allowed, retryAfterSeconds } = limiter.take(key)
  if (allowed) return
  throw new OAuthError(
    'temporarily_unavailable',
    'Too many requests. Wait a little and try again.',
    {
      status: 429,
      headers: { 'retry-after': String(retryAfterSeconds) },
    },
  )
}

/** Gives back what {@link checkRate} took for something that did not happen after all. */
export function giveBack(limiter: RateLimiter, key: string): void {
  limiter.take(key, -1)
}
