/**
 * Which keys of a key set may verify signatures.
 *
 * A key that is weak, or for something else, is passed over: it must not take the rest with it.
 * Left out on purpose: tests for keys that were made badly on purpose (ROCA, close primes). A set
 * comes from whoever signs with it, who can forge what it verifies without such tricks.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-4 | RFC 7517 §4}
 * @module
 */

import { type CryptoKey, importJWK } from 'jose'
import type { VerificationKey } from './jwt.ts'

/** A key of a set, ready to use. */
export interface KeySetEntry extends VerificationKey {
  readonly kid: string | undefined
}

/** The algorithms that each kind of key can be for. */
const fitting: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['EC P-256', ['ES256']],
  ['EC P-384', ['ES384']],
  ['EC P-521', ['ES512']],
  ['OKP Ed25519', ['Ed25519', 'EdDSA']],
  ['RSA', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
])

/** Members that only a private or symmetric key has ({@link https://www.rfc-editor.org/rfc/rfc7518#section-6 | RFC 7518 §6}). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Whether a published key gives away what it signs with. */
export const isExposed = (jwk: unknown): boolean =>
  isObject(jwk) && PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))

/** Makes a key of a set usable; nothing if it must not be used. */
export async function importVerificationKey(
  jwk: unknown,
  algorithms: readonly string[],
): Promise<KeySetEntry | undefined> {
  if (!isObject(jwk) || isExposed(jwk) || !isForVerifying(jwk)) return undefined
  const alg = algorithmOf(jwk, algorithms)
  const { kid } = jwk
  if (alg === undefined || (kid !== undefined && typeof kid !== 'string')) return undefined
  try {
    const key = await importJWK(publicPart(jwk), alg)
    if (key instanceof Uint8Array || !isStrong(key)) return undefined
    return { kid, alg, key }
  } catch {
    // A point off the curve, a member missing: one of the many ways not to be a key.
    return undefined
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `use` and `key_ops`, where a key has them ({@link https://www.rfc-editor.org/rfc/rfc7517#section-4.2 | RFC 7517 §4.2, §4.3}). */
function isForVerifying({ use, key_ops }: Readonly<Record<string, unknown>>): boolean {
  if (use !== undefined && use !== 'sig') return false
  return key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes('verify'))
}

/** The one algorithm of a key; nothing if it names none and several would fit. */
function algorithmOf(
  { kty, crv, alg }: Readonly<Record<string, unknown>>,
  algorithms: readonly string[],
): string | undefined {
  const kind = kty === 'RSA' ? kty : `${String(kty)} ${String(crv)}`
  const usable = (fitting.get(kind) ?? []).filter(
    (name) => algorithms.includes(name) && (alg === undefined || alg === name),
  )
  // RFC 8725 §3.1: otherwise the token would choose.
  return usable.length === 1 ? usable[0] : undefined
}

/** Only the members that are the public key; the rest of a JWK is not for importing. */
function publicPart(jwk: Readonly<Record<string, unknown>>): Record<string, string> {
  const members = ['kty', 'crv', 'x', 'y', 'n', 'e']
  return Object.fromEntries(
    members.flatMap((name) => (typeof jwk[name] === 'string' ? [[name, jwk[name]]] : [])),
  )
}

/** RSA keys come in any strength; 4096 bits bound what verifying may cost. */
export function isStrong({ algorithm }: CryptoKey): boolean {
  if (!('modulusLength' in algorithm) || !('publicExponent' in algorithm)) return true
  const { modulusLength, publicExponent } = algorithm
  if (typeof modulusLength !== 'number' || !(publicExponent instanceof Uint8Array)) return false
  const exponent = publicExponent.reduce((value, byte) => value * 256 + byte, 0)
  return modulusLength >= 2048 && modulusLength <= 4096 && exponent >= 65_537 && exponent % 2 === 1
}
