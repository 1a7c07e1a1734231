/**
 * Verifying a JSON Web Token that an issuer signed.
 *
 * Everything that can be checked without a key is checked first and more strictly than JOSE asks:
 * one spelling per token, one algorithm per key, no extension, no key from the token itself.
 * Whatever is wrong, the caller hears one sentence; the reason is for the operator.
 *
 * Left out on purpose: encrypted tokens, symmetric and unsecured algorithms, and a cache of
 * verified tokens, which would outlive a revocation.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519 | RFC 7519}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725 | RFC 8725 (best practice)}
 * @module
 */

import { base64url, type CryptoKey, compactVerify } from 'jose'
import { ConfigError } from '../errors.ts'
import {
  type ClaimRules,
  checkClaims,
  quoted,
  refuseToken,
  type VerifiedClaims,
} from './jwt-claims.ts'

/** The algorithms a rule may allow: signatures whose verifier cannot sign. */
const signatureAlgorithms: ReadonlySet<string> = new Set([
  ...['ES256', 'ES384', 'ES512', 'Ed25519', 'EdDSA'],
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
])

/** The parts of a header that choose a key. */
export interface JwtHeader {
  readonly alg: string
  readonly kid: string | undefined
}

/** A public key and the one algorithm it is for. */
export interface VerificationKey {
  readonly alg: string
  readonly key: CryptoKey
  /** Verifies without WebCrypto, where that is cheaper. */
  verify?(input: Uint8Array, signature: Uint8Array): boolean
}

/** What a signed token must satisfy before anything that it says is looked at. */
export interface SignatureRules {
  /** The key for a header; nothing if there is none. */
  readonly keys: (header: JwtHeader) => Promise<VerificationKey | undefined>
  readonly algorithms: readonly string[]
  /** Media types without `application/`, such as `at+jwt`; `undefined` lets through what has none. */
  readonly typ: readonly (string | undefined)[]
}

/** What a token must satisfy. Made by {@link jwtRules}, which refuses unsafe ones. */
export interface JwtRules extends ClaimRules, SignatureRules {}

/** Longer tokens do not fit the headers of common servers either. */
const MOST_CHARACTERS = 16_384

/** Unpadded base64url in its one canonical spelling: the bits left over are zero. */
const BASE64URL = /^(?:[\w-]{4})*(?:[\w-]{4}|[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])$/

/**
 * Checks the rules themselves, once, when they are made.
 *
 * @throws {ConfigError} if a rule would let through more than it says.
 */
export function jwtRules(rules: JwtRules): JwtRules {
  const { algorithms, tolerance } = rules
  if (typeof tolerance !== 'number' || !(tolerance >= 0 && tolerance <= 600)) {
    throw new ConfigError('clockTolerance', 'must be a number of seconds from 0 to 600.')
  }
  const isSafe =
    Array.isArray(algorithms) && algorithms.every((alg) => signatureAlgorithms.has(alg))
  if (!isSafe || algorithms.length === 0) {
    const known = [...signatureAlgorithms].join(', ')
    throw new ConfigError('algorithms', 'must name signature algorithms.', `Known are ${known}.`)
  }
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
    algorithms: Object.freeze([...algorithms]),
    typ: Object.freeze([...rules.typ]),
  })
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
  const header = checkHeader(parseObject(base64url.decode(protectedPart(token)), 'header'), rules)
  const key = await rules.keys(header)
  if (key === undefined) return refuseToken(`no key ${quoted(header.kid)} for ${header.alg}`)
  return parseObject(await verifySignature(token, key), 'payload')
}

/** The header part of a token that is spelled as a signed token must be. */
function protectedPart(token: string): string {
  if (token.length > MOST_CHARACTERS) refuseToken(`${token.length} characters long`)
  // Counted before anything is split, so that a million dots cost nothing.
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first === -1 || second === -1 || token.includes('.', second + 1)) {
    refuseToken('not three parts')
  }
  const parts = [token.slice(0, first), token.slice(first + 1, second), token.slice(second + 1)]
  if (!parts.every((part) => BASE64URL.test(part))) refuseToken('not canonical base64url')
  return token.slice(0, first)
}

/** Parses a JSON object into one that inherits nothing. */
function parseObject(bytes: Uint8Array, part: string): Readonly<Record<string, unknown>> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.assign(Object.create(null), value)
    }
  } catch (cause) {
    refuseToken(`the ${part} is not JSON in UTF-8`, cause)
  }
  return refuseToken(`the ${part} is not an object`)
}

/** `jwk`, `jku`, `x5u` and `x5c` are not read at all (RFC 8725 §3.10). */
function checkHeader(
  { alg, typ, kid, crit, b64 }: Readonly<Record<string, unknown>>,
  rules: SignatureRules,
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

async function verifySignature(token: string, verifier: VerificationKey): Promise<Uint8Array> {
  const { key, alg } = verifier
  if (verifier.verify !== undefined) return verifyAtOnce(token, verifier.verify)
  try {
    // RFC 8725 §3.1: the key decides the algorithm, not the token.
    const { payload } = await compactVerify(token, key, { algorithms: [alg] })
    return payload
  } catch (cause) {
    return refuseToken('the signature does not verify', cause)
  }
}

function verifyAtOnce(token: string, verify: NonNullable<VerificationKey['verify']>): Uint8Array {
  const end = token.lastIndexOf('.')
  const input = new TextEncoder().encode(token.slice(0, end))
  if (!verify(input, base64url.decode(token.slice(end + 1)))) {
    return refuseToken('the signature does not verify')
  }
  return base64url.decode(token.slice(token.indexOf('.') + 1, end))
}
