/**
 * The claims that every token must have, whatever it is for.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519#section-4 | RFC 7519 §4}
 * @module
 */

import { type Decision, decidedBy } from '../decisions.ts'
import { OAuthError } from '../errors.ts'

/** What the registered claims must say. */
export interface ClaimRules {
  readonly issuer: string
  readonly audience: string
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number
  /** How far clocks may disagree, in seconds. */
  readonly tolerance: number
}

/** The claims that every verified token has, and whatever else it carries. */
export interface JwtClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly [claim: string]: unknown
}

declare const verified: unique symbol

/** Claims that came out of `verifyJwt` and from nowhere else. */
export type VerifiedClaims = JwtClaims & { readonly [verified]: true }

/** 9999-12-31, the last day that dates are written for. */
const LAST_DATE = 253_402_300_799

/** What nothing but a forged log line or terminal needs. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u

/**
 * Refuses a token; every reason looks the same from outside.
 *
 * @throws {OAuthError} `invalid_token`, always.
 */
export function refuseToken(detail: string, cause?: unknown, decision?: Decision): never {
  throw new OAuthError('invalid_token', 'The access token is not valid. Get a new one.', {
    detail,
    cause,
    ...(decision === undefined ? {} : { decision }),
  })
}

/**
 * Checks the registered claims. To be called with nothing but a payload whose signature was verified.
 *
 * @throws {OAuthError} `invalid_token` if one is missing or wrong.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519#section-4.1 | RFC 7519 §4.1}
 */
export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  rules: ClaimRules,
): VerifiedClaims {
  const { iss, sub, aud, iat, nbf, exp, jti } = claims
  const now = rules.now() / 1000
  if (iss !== rules.issuer) {
    const detail = `iss ${quoted(iss)} instead of ${rules.issuer}`
    return refuseToken(detail, undefined, decidedBy('token.issuer'))
  }
  const audience: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!audience.every((member) => typeof member === 'string')) refuseToken('aud is not text')
  if (!audience.includes(rules.audience)) {
    const detail = `aud ${quoted(audience[0])} does not name ${rules.audience}`
    return refuseToken(detail, undefined, decidedBy('token.audience'))
  }
  if (!isNumericDate(exp)) return refuseToken('exp is missing or not a date')
  if (now >= exp + rules.tolerance) return refuseToken(`expired at ${exp}, it is ${now}`)
  if (!isNumericDate(iat)) return refuseToken('iat is missing or not a date')
  if (iat > now + rules.tolerance) return refuseToken(`issued at ${iat}, it is ${now}`)
  if (nbf !== undefined && !isNumericDate(nbf)) return refuseToken('nbf is not a date')
  if (nbf !== undefined && nbf > now + rules.tolerance) return refuseToken(`not before ${nbf}`)
  if (!isPrintable(sub)) return refuseToken('sub is missing or not a plain text')
  if (!isPrintable(jti)) return refuseToken('jti is missing or not a plain text')
  return claims as VerifiedClaims
}

const isNumericDate = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= LAST_DATE

/** A text that is not empty and can be logged as it is. */
export const isPrintable = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 1024 && !UNPRINTABLE.test(value)

/** A value from a token, made short and plain for the log. */
export const quoted = (value: unknown) =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : `(${typeof value})`
