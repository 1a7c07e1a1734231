/**
 * Which keys of a key set may verify signatures.
 *
 * A key that is weak, or for something else, is passed over: it must not take the rest with it.
 * Symmetric keys are never read from a set, which is public.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-4 | RFC 7517 §4}
 * @module
 */

import { isObject } from './json-object.ts'
import type { VerificationKey } from './jwt.ts'
import { andThen, type NowOrLater } from './now-or-later.ts'
import { type SignatureAlgorithm, signatureAlgorithms } from './signatures/algorithms.ts'
import type { PublicMembers } from './signatures/key-strength.ts'
import { publicKeyVerifier } from './signatures/verifier.ts'

/** Members that only a private or symmetric key has ({@link https://www.rfc-editor.org/rfc/rfc7518#section-6 | RFC 7518 §6}). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Whether a published key gives away what it signs with. */
export const isExposed = (jwk: unknown): boolean =>
  isObject(jwk) && PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))

/** Makes a key of a set usable; nothing if it must not be used. */
export function importVerificationKey(
  jwk: unknown,
  algorithms: readonly string[],
): NowOrLater<VerificationKey | undefined> {
  if (!isObject(jwk) || isExposed(jwk) || !isForVerifying(jwk)) return undefined
  const [alg, algorithm] = algorithmOf(jwk, algorithms) ?? []
  const { kid } = jwk
  if (alg === undefined || algorithm === undefined) return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  return andThen(publicKeyVerifier(publicPart(jwk), algorithm), (verify) =>
    verify === undefined ? undefined : { kid, alg, verify },
  )
}

/** `use` and `key_ops`, where a key has them ({@link https://www.rfc-editor.org/rfc/rfc7517#section-4.2 | RFC 7517 §4.2, §4.3}). */
function isForVerifying({ use, key_ops }: Readonly<Record<string, unknown>>): boolean {
  if (use !== undefined && use !== 'sig') return false
  return key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes('verify'))
}

/** The one algorithm of a key; nothing if it names none and several would fit. */
function algorithmOf(
  { kty, crv, alg }: Readonly<Record<string, unknown>>,
  algorithms: readonly string[],
): readonly [string, SignatureAlgorithm] | undefined {
  const kind = kty === 'RSA' ? kty : `${String(kty)} ${String(crv)}`
  const usable = [...signatureAlgorithms].filter(
    ([name, algorithm]) =>
      keyKind(algorithm) === kind &&
      algorithms.includes(name) &&
      (alg === undefined || alg === name),
  )
  // RFC 8725 §3.1: otherwise the token would choose.
  return usable.length === 1 ? usable[0] : undefined
}

/** `kty` and `crv` of the public keys that an algorithm is for. */
function keyKind(algorithm: SignatureAlgorithm): string | undefined {
  switch (algorithm.name) {
    case 'HMAC':
      return undefined
    case 'ECDSA':
      return `EC ${algorithm.namedCurve}`
    case 'Ed25519':
      return 'OKP Ed25519'
    default:
      return 'RSA'
  }
}

/** Only the members that are the public key; the rest of a JWK is not for importing. */
function publicPart(jwk: Readonly<Record<string, unknown>>): PublicMembers {
  const members = ['kty', 'crv', 'x', 'y', 'n', 'e']
  return Object.fromEntries(
    members.flatMap((name) => (typeof jwk[name] === 'string' ? [[name, jwk[name]]] : [])),
  )
}
