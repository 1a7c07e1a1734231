/**
 * Who signed in, from the ID token.
 *
 * Its signature is not looked at: it comes from the token endpoint itself over TLS, which is what the
 * specification asks for. No decision hangs on it; APIs are told who is calling by the access token.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation | OpenID Connect Core §3.1.3.7}
 * @module
 */

import { base64url } from 'jose'
import { parseJson } from '../protocol/json.ts'
import { isObject } from '../protocol/json-object.ts'
import { BrowserError } from './errors.ts'
import type { SignedInUser } from './session.ts'

/** What an ID token must say. */
export interface IdTokenRules {
  readonly issuer: string
  readonly clientId: string
  readonly nonce: string
  /** In milliseconds since the epoch. */
  readonly now: number
}

/** Clocks of computers are off by minutes, and this one decides nothing. */
const TOLERANCE_MS = 300_000

/**
 * Reads an ID token.
 *
 * @throws {BrowserError} `response_mismatch` if it is for another sign-in, another client, or over.
 */
export function readIdToken(token: string, rules: IdTokenRules): SignedInUser {
  const { iss, sub, aud, azp, exp, iat, nonce, ...claims } = claimsOf(token)
  const audiences = Array.isArray(aud) ? aud : [aud]
  const faults = {
    iss: iss !== rules.issuer,
    aud: !audiences.includes(rules.clientId) || (audiences.length > 1 && azp === undefined),
    azp: azp !== undefined && azp !== rules.clientId,
    nonce: nonce !== rules.nonce,
    exp: typeof exp !== 'number' || exp * 1000 + TOLERANCE_MS < rules.now,
  }
  const [fault] = Object.entries(faults).find(([, isFault]) => isFault) ?? []
  if (fault !== undefined) throw mismatch(`${fault} of the ID token is wrong`)
  if (typeof sub !== 'string' || sub === '') throw mismatch('the ID token names nobody')
  return { subject: sub, claims }
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const [, payload = ''] = token.split('.')
    const claims = parseJson(new TextDecoder().decode(base64url.decode(payload)))
    if (isObject(claims)) return claims
  } catch {
    // What was there is nobody's business: it may be half of a token.
  }
  throw mismatch('the ID token cannot be read')
}

const mismatch = (detail: string) =>
  new BrowserError('response_mismatch', 'Sign in again, from here.', { detail })
