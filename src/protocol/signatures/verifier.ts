/**
 * Verifying signatures: with Node's own cryptography where there is any, with WebCrypto elsewhere. Both
 * accept the same keys and the same signatures.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-5.2 | RFC 7515 §5.2}
 * @module
 */

import { decodeBase64url } from '../base64url.ts'
import type { NowOrLater } from '../now-or-later.ts'
import type { HmacAlgorithm, SignatureAlgorithm } from './algorithms.ts'
import { isStrong, type PublicMembers } from './key-strength.ts'
import { nativeMac, nativeVerifier } from './native.ts'
import { findNativeCrypto } from './native-crypto.ts'
import { webMacVerifier, webVerifier } from './web.ts'

/** Says whether a signature, in base64url, was made of the UTF-8 of an input. */
export type VerifySignature = (input: string, signature: string) => NowOrLater<boolean>

/** What is signed: a text that stands for its UTF-8, or any bytes. */
type Signed = string | Uint8Array<ArrayBuffer>

/** The same of any bytes. Tokens are text; the vectors of others are not. */
type VerifyAny = (input: Signed, signature: string) => NowOrLater<boolean>

/** Makes the verifier of a public key; nothing if it is weak, or no key at all. */
export function publicKeyVerifier(
  jwk: PublicMembers,
  algorithm: SignatureAlgorithm,
): NowOrLater<VerifyAny | undefined> {
  if (!isStrong(jwk, algorithm)) return undefined
  const native = findNativeCrypto()
  // A point off the curve, a member missing: there are many ways not to be a key.
  if (native === undefined) {
    return webVerifier(jwk, algorithm).then(decoding, () => undefined)
  }
  try {
    return decoding(nativeVerifier(native, jwk, algorithm))
  } catch {
    return undefined
  }
}

/** Makes the verifier of a secret, whose length was checked. */
export function macVerifier(
  secret: Uint8Array<ArrayBuffer>,
  algorithm: HmacAlgorithm,
): NowOrLater<VerifyAny> {
  const native = findNativeCrypto()
  if (native === undefined) return webMacVerifier(secret, algorithm).then(decoding)
  const macOf = nativeMac(native, secret, algorithm)
  return (input, signature) => areEqual(macOf(input), signature)
}

/** A signature that is not spelled as it must be is none. */
const decoding =
  (verify: (input: Signed, signature: Uint8Array<ArrayBuffer>) => NowOrLater<boolean>): VerifyAny =>
  (input, signature) => {
    const bytes = decodeBase64url(signature)
    return bytes === undefined ? false : verify(input, bytes)
  }

/**
 * Compares two texts in a time that does not tell where they differ. Cheaper than making bytes of both
 * for the platform to compare.
 */
function areEqual(one: string, other: string): boolean {
  if (one.length !== other.length) return false
  let difference = 0
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}
