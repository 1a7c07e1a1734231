/**
 * What the answer to a guarded request has to say besides what it is about.
 *
 * @module
 */

import type { Attempt } from './attempt.ts'
import { rateHeaders } from './rate-headers.ts'

/** Of nearly all answers. */
const NOTHING = Object.freeze({})

/**
 * The headers of an answer: how much is left of each budget, the nonce for the next proof, for a
 * credential that came in the URL, that no page may tell the next where it was, and for one in a header
 * of its own, that caches must look at that: they know `Authorization` alone.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9111#section-3.5 | RFC 9111 §3.5}
 * @see {@link https://www.w3.org/TR/referrer-policy/#referrer-policy-no-referrer | Referrer Policy §3.1}
 */
export function answerHeaders({
  standings,
  presented,
  bound,
}: Pick<Attempt, 'standings' | 'presented' | 'bound'>): Readonly<Record<string, string>> {
  if (standings === undefined && bound === undefined && presented?.in === 'authorization') {
    return NOTHING
  }
  const headers = { ...rateHeaders(standings), ...bound?.headers }
  if (presented?.in === 'query') return { ...headers, 'referrer-policy': 'no-referrer' }
  return presented?.in === 'header' ? { ...headers, vary: presented.scheme } : headers
}
