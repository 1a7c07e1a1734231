/**
 * When a server wants to be asked again.
 *
 * Dates are left out on purpose: they take the two clocks to agree.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 | RFC 9110 §10.2.3}
 * @module
 */

/** A day: whoever says more has made a mistake, and is asked again all the same. */
const MOST_SECONDS = 86_400

/** The seconds of a `Retry-After` header; nothing if it has none. */
export function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? ''
  return /^\d{1,9}$/.test(value) ? Math.min(Number(value), MOST_SECONDS) : undefined
}
