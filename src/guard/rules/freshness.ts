/**
 * A sign-in that is recent enough and strong enough.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9470 | RFC 9470}
 * @module
 */

import { decidedBy } from '../../decisions.ts'
import { ConfigError } from '../../errors.ts'
import { insufficientUserAuthentication } from '../denials.ts'
import { checkNames, type Rule } from './rule.ts'

/** What a sign-in has to be like; at least one of the two. */
export interface Freshness {
  /** How long ago the user may have signed in, in seconds. */
  readonly maxAge?: number
  /** The authentication context classes that will do, the preferred first. */
  readonly acr?: string | readonly string[]
}

/** How far the clock of an issuer may be ahead, in milliseconds. */
const CLOCKS_APART = 30_000

/**
 * Lets in whoever signed in recently and strongly enough; the others get a 401 that says what is
 * needed, so that their client can have them sign in again.
 *
 * @throws {ConfigError} if nothing is asked, or something that no sign-in could be.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9470#section-3 | RFC 9470 §3}
 */
export function freshness({ maxAge, acr: classes }: Freshness): Rule {
  const acr = classes === undefined ? [] : [classes].flat()
  if (maxAge === undefined || classes !== undefined) checkNames('freshness.acr', acr)
  if (maxAge !== undefined && !(Number.isSafeInteger(maxAge) && maxAge > 0)) {
    throw new ConfigError('freshness.maxAge', 'must be a number of seconds, at least 1.')
  }
  const needs = { acr, ...(maxAge === undefined ? {} : { maxAge }) }

  return ({ proof }, _, { now }) => {
    const age = now - (proof.authTime ?? Number.NEGATIVE_INFINITY)
    // Each holds only if it can be told: a comparison with what is not there is never true.
    const isRecent = maxAge === undefined || (age <= maxAge * 1000 && age >= -CLOCKS_APART)
    const isStrong = acr.length === 0 || (proof.acr !== undefined && acr.includes(proof.acr))
    if (isRecent && isStrong) return true
    const seconds = Number.isFinite(age) ? { age: Math.round(age / 1000) } : {}
    return insufficientUserAuthentication(needs, {
      detail: `signed in ${seconds.age ?? '(unknown)'} s ago, acr ${proof.acr ?? '(none)'}`,
      decision: decidedBy('sign-in.needed', {
        ...seconds,
        ...(maxAge === undefined ? {} : { limit: maxAge }),
      }),
    })
  }
}
