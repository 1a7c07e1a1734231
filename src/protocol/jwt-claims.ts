/**
 * The claims that every token must have, whatever it is for.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519#section-4 | RFC 7519 §4}
 * @module
 */

import { type Decision, decidedBy } from '../decisions.ts'
import { OAuthError } from '../errors.ts'
import { parseScope } from './scope.ts'

/** What the times of a token are held against. */
export interface TimeRules {
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number
  /** How far clocks may disagree, in seconds. */
  readonly tolerance: number
}

/** What the registered claims must say. */
export interface ClaimRules extends TimeRules {
  readonly issuer: string
  readonly audience: string
}

/** When a token was made and when it ends, and whatever else it carries. */
export interface DatedClaims {
  readonly iat: number
  readonly exp: number
  readonly [claim: string]: unknown
}

/** The claims that every verified token has, and whatever else it carries. */
export interface JwtClaims extends DatedClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly jti: string
}

declare const verified: unique symbol

/** Claims that came out of `verifyJwt` and from nowhere else. */
export type VerifiedClaims = JwtClaims & { readonly [verified]: true }

/** How far clocks may disagree unless told, in seconds. */
export const CLOCK_TOLERANCE = 30

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
 * That nobody knows at the moment whether a token is good: an outage is no bad token, so that the client
 * keeps what it has and tries again.
 */
export const cannotCheckTokens = (detail: string, cause?: unknown): OAuthError =>
  new OAuthError(
    'temporarily_unavailable',
    'Access tokens cannot be checked at the moment. Try again.',
    { detail, cause },
  )

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
  const { iss, sub, aud, jti } = claims
  if (iss !== rules.issuer) refuseIssuer(iss, [rules.issuer])
  checkAudience(aud, rules.audience)
  checkTimes(claims, rules)
  if (!isPrintable(sub)) return refuseToken('sub is missing or not a plain text')
  if (!isPrintable(jti)) return refuseToken('jti is missing or not a plain text')
  return claims as VerifiedClaims
}

/**
 * Refuses a token of an issuer that is not trusted.
 *
 * @throws {OAuthError} `invalid_token`, always.
 */
export function refuseIssuer(iss: unknown, trusted: readonly string[]): never {
  const detail = `iss ${quoted(iss)} instead of ${trusted.join(' or ')}`
  return refuseToken(detail, undefined, decidedBy('token.issuer'))
}

/**
 * Checks whom a token is for ({@link https://www.rfc-editor.org/rfc/rfc7519#section-4.1.3 | RFC 7519 §4.1.3}).
 *
 * @throws {OAuthError} `invalid_token` unless the audience is named, byte for byte.
 */
export function checkAudience(aud: unknown, audience: string): void {
  if (aud === audience) return
  const members: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!members.every((member) => typeof member === 'string')) refuseToken('aud is not text')
  if (members.includes(audience)) return
  const detail = `aud ${quoted(members[0])} does not name ${audience}`
  refuseToken(detail, undefined, decidedBy('token.audience'))
}

/**
 * Checks when a token was made, from when on it is good, and when it ends.
 *
 * @throws {OAuthError} `invalid_token` unless its time is now.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4 | RFC 7519 §4.1.4 to 4.1.6}
 */
export function checkTimes(
  claims: Readonly<Record<string, unknown>>,
  rules: TimeRules,
): asserts claims is DatedClaims {
  const { iat, nbf, exp } = claims
  const now = rules.now() / 1000
  if (!isNumericDate(exp)) refuseToken('exp is missing or not a date')
  if (now >= exp + rules.tolerance) refuseToken(`expired at ${exp}, it is ${now}`)
  if (!isNumericDate(iat)) refuseToken('iat is missing or not a date')
  if (iat > now + rules.tolerance) refuseToken(`issued at ${iat}, it is ${now}`)
  if (nbf === undefined) return
  if (!isNumericDate(nbf)) refuseToken('nbf is not a date')
  if (nbf > now + rules.tolerance) refuseToken(`not before ${nbf}`)
}

/** Seconds since the epoch ({@link https://www.rfc-editor.org/rfc/rfc7519#section-2 | RFC 7519 §2}). */
export const isNumericDate = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= LAST_DATE

/** A text that is not empty and can be logged as it is. */
export const isPrintable = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 1024 && !UNPRINTABLE.test(value)

/** Whether something is a list of such texts. */
export const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(isPrintable)

/**
 * The scopes of a text.
 *
 * @throws {OAuthError} `invalid_token` if one is no scope.
 */
export function scopesOf(scope: string | undefined): readonly string[] {
  try {
    return parseScope(scope)
  } catch (cause) {
    return refuseToken('scope is not a list of scope names', cause)
  }
}

/** A value from a token, made short and plain for the log. */
export const quoted = (value: unknown) =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : `(${typeof value})`
