/**
 * Verifying a JSON Web Token that an issuer signed.
 *
 * Everything that can be checked without a key is checked first and more strictly than JOSE asks:
 * one spelling per token, one algorithm per key, no extension, no key from the token itself.
 * Whatever is wrong, the caller hears one sentence; the reason is for the operator.
 *
 * Left out on purpose: encrypted and unsecured tokens, and the JSON serializations.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519 | RFC 7519}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725 | RFC 8725 (best practice)}
 * @module
 */

import { ConfigError } from '../errors.ts'
import { decodeBase64url } from './base64url.ts'
import {
  type ClaimRules,
  checkClaims,
  quoted,
  refuseToken,
  type TimeRules,
  type VerifiedClaims,
} from './jwt-claims.ts'
import { andThen, type NowOrLater } from './now-or-later.ts'
import { publicKeyAlgorithms } from './signatures/algorithms.ts'
import type { VerifySignature } from './signatures/verifier.ts'

/** The parts of a header that choose a key. */
export interface JwtHeader {
  readonly alg: string
  readonly kid: string | undefined
}

/** A key and the one algorithm it is for. */
export interface VerificationKey {
  readonly kid?: string | undefined
  readonly alg: string
  readonly verify: VerifySignature
}

/** Finds the one key for a header; nothing if there is none. */
export type FindKey = (header: JwtHeader) => NowOrLater<VerificationKey | undefined>

/** What a header must say. */
export interface HeaderRules {
  readonly algorithms: readonly string[]
  /** Media types without `application/`, such as `at+jwt`; `undefined` lets through what has none. */
  readonly typ: readonly (string | undefined)[]
}

/** What a signed token must satisfy before anything that it says is looked at. */
export interface SignatureRules extends HeaderRules {
  readonly keys: FindKey
}

/** What a token must satisfy. Made by {@link jwtRules}, which refuses unsafe ones. */
export interface JwtRules extends ClaimRules, SignatureRules {}

/** The parts of a token, as they stand in it. */
export interface JwtParts {
  readonly header: string
  readonly payload: string
  readonly signature: string
  /** What is signed. */
  readonly input: string
}

/** Longer tokens do not fit the headers of common servers either. */
export const MOST_CHARACTERS = 16_384

/**
 * Checks the rules themselves, once, when they are made.
 *
 * @throws {ConfigError} if a rule would let through more than it says.
 */
export function jwtRules(rules: JwtRules): JwtRules {
  checkTolerance(rules)
  checkAlgorithms(rules.algorithms, publicKeyAlgorithms)
  for (const name of ['issuer', 'audience'] as const) {
    if (typeof rules[name] !== 'string' || rules[name] === '') {
      throw new ConfigError(name, 'must be a text that is not empty.')
    }
  }
  if (rules.typ.length === 0 || rules.typ.includes('')) {
    throw new ConfigError('typ', 'must be a text that is not empty.')
  }
  return Object.freeze({
    ...rules,
    algorithms: Object.freeze([...rules.algorithms]),
    typ: Object.freeze([...rules.typ]),
  })
}

/** @throws {ConfigError} unless a tolerance is one. */
export function checkTolerance({ tolerance }: Pick<TimeRules, 'tolerance'>): void {
  if (typeof tolerance === 'number' && tolerance >= 0 && tolerance <= 600) return
  throw new ConfigError('clockTolerance', 'must be a number of seconds from 0 to 600.')
}

/** @throws {ConfigError} unless algorithms are named, all of them known. */
export function checkAlgorithms(algorithms: readonly string[], known: readonly string[]): void {
  const isSafe = Array.isArray(algorithms) && algorithms.every((alg) => known.includes(alg))
  if (isSafe && algorithms.length > 0) return
  const hint = `Known are ${known.join(', ')}.`
  throw new ConfigError('algorithms', 'must name signature algorithms for the keys.', hint)
}

/**
 * Verifies a token in the compact serialization and returns its claims.
 *
 * @throws {OAuthError} `invalid_token` if anything about the token is wrong.
 * @throws Whatever `rules.keys` throws, such as an outage of the issuer.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519#section-7.2 | RFC 7519 §7.2}
 */
export async function verifyJwt(token: string, rules: JwtRules): Promise<VerifiedClaims> {
  return checkClaims(await verifySigned(token, rules), rules)
}

/**
 * Verifies who signed a token, and returns what it says, of which nothing is checked: neither whom
 * it is for nor whether its time is over.
 *
 * @throws {OAuthError} `invalid_token` if its form or its signature is wrong.
 * @throws Whatever `rules.keys` throws, such as an outage of the issuer.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-5.2 | RFC 7515 §5.2}
 */
export async function verifySigned(
  token: string,
  rules: SignatureRules,
): Promise<Readonly<Record<string, unknown>>> {
  const parts = splitJwt(token)
  await verifyParts(parts, checkHeader(parseObject(parts.header, 'header'), rules), rules.keys)
  return parseObject(parts.payload, 'payload')
}

/**
 * Takes a token apart.
 *
 * @throws {OAuthError} `invalid_token` if it is too long, or not three parts.
 */
export function splitJwt(token: string): JwtParts {
  if (token.length > MOST_CHARACTERS) refuseToken(`${token.length} characters long`)
  // Counted before anything is split, so that a million dots cost nothing.
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first === -1 || second === -1 || token.includes('.', second + 1)) {
    refuseToken('not three parts')
  }
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
    input: token.slice(0, second),
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads a part of a token as a JSON object, into one that inherits nothing.
 *
 * @throws {OAuthError} `invalid_token` if it is none, or not in the one spelling that it has.
 */
export function parseObject(part: string, name: string): Readonly<Record<string, unknown>> {
  const bytes = decodeBase64url(part)
  if (bytes === undefined) return refuseToken('not canonical base64url')
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.setPrototypeOf(value, null)
    }
  } catch (cause) {
    refuseToken(`the ${name} is not JSON in UTF-8`, cause)
  }
  return refuseToken(`the ${name} is not an object`)
}

/**
 * Checks a header. `jwk`, `jku`, `x5u` and `x5c` are not read at all (RFC 8725 §3.10).
 *
 * @throws {OAuthError} `invalid_token` if it says anything that is not allowed.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-4 | RFC 7515 §4}
 */
export function checkHeader(
  { alg, typ, kid, crit, b64 }: Readonly<Record<string, unknown>>,
  rules: HeaderRules,
): JwtHeader {
  if (typeof alg !== 'string' || !rules.algorithms.includes(alg)) {
    return refuseToken(`alg ${quoted(alg)} is not allowed`)
  }
  // RFC 7515 §4.1.9: a media type, compared without case and without its `application/`.
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : typ
  if (!rules.typ.some((allowed) => allowed === type)) {
    return refuseToken(`typ ${quoted(typ)} instead of ${rules.typ.join(' or ')}`)
  }
  if (crit !== undefined || b64 !== undefined) return refuseToken('a header extension')
  if (kid !== undefined && typeof kid !== 'string') return refuseToken('kid is not a text')
  return { alg, kid }
}

/**
 * Verifies the signature of a token whose header was checked, and answers the key that did it.
 *
 * @throws {OAuthError} `invalid_token` if there is no key, or it says no.
 */
export function verifyParts(
  parts: JwtParts,
  header: JwtHeader,
  findKey: FindKey,
): NowOrLater<VerificationKey> {
  return andThen(findKey(header), (key) => {
    if (key === undefined) return refuseToken(`no key ${quoted(header.kid)} for ${header.alg}`)
    // RFC 8725 §3.1: the key decides the algorithm, not the token.
    if (key.alg !== header.alg) return refuseToken(`the key is for ${key.alg}`)
    return andThen(key.verify(parts.input, parts.signature), (isGood) =>
      isGood === true ? key : refuseToken('the signature does not verify'),
    )
  })
}
