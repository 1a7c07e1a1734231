/**
 * Verifying signatures: with Node's own cryptography where there is any, with WebCrypto elsewhere. Both
 * accept the same keys and the same signatures.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-5.2 | RFC 7515 §5.2}
 * @module
 */

import type { NowOrLater } from '../now-or-later.ts'
import type { HmacAlgorithm, SignatureAlgorithm } from './algorithms.ts'
import { isStrong, type PublicMembers } from './key-strength.ts'
import { nativeMacVerifier, nativeVerifier } from './native.ts'
import { findNativeCrypto } from './native-crypto.ts'
import { webMacVerifier, webVerifier } from './web.ts'

/** Says whether a signature was made of an input, which is ASCII. */
export type VerifySignature = (
  input: string,
  signature: Uint8Array<ArrayBuffer>,
) => NowOrLater<boolean>

/** Makes the verifier of a public key; nothing if it is weak, or no key at all. */
export function publicKeyVerifier(
  jwk: PublicMembers,
  algorithm: SignatureAlgorithm,
): NowOrLater<VerifySignature | undefined> {
  if (!isStrong(jwk, algorithm)) return undefined
  const native = findNativeCrypto()
  // A point off the curve, a member missing: there are many ways not to be a key.
  if (native === undefined) return webVerifier(jwk, algorithm).catch(() => undefined)
  try {
    return nativeVerifier(native, jwk, algorithm)
  } catch {
    return undefined
  }
}

/** Makes the verifier of a secret, whose length was checked. */
export function macVerifier(
  secret: Uint8Array<ArrayBuffer>,
  algorithm: HmacAlgorithm,
): NowOrLater<VerifySignature> {
  const native = findNativeCrypto()
  return native === undefined
    ? webMacVerifier(secret, algorithm)
    : nativeMacVerifier(native, secret, algorithm)
}
