/**
 * Verifying what this server signed, as it signs: synchronously, by `node:crypto` with a parsed key.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-5.2 | RFC 7515 §5.2}
 * @module
 */

import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto'
import type { SigningAlgorithm } from './sign-jwt.ts'

type Verification = (input: Uint8Array, key: KeyObject, signature: Uint8Array) => boolean

/** How each algorithm verifies ({@link https://www.rfc-editor.org/rfc/rfc7518#section-3.1 | RFC 7518 §3.1}). */
const verifications: Readonly<Record<SigningAlgorithm, Verification>> = {
  ES256: (input, key, signature) =>
    verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signature),
  RS256: (input, key, signature) => verify('sha256', input, key, signature),
  EdDSA: (input, key, signature) => verify(null, input, key, signature),
}

/** Says whether a signature was made by the other half of a public key. */
export function signatureVerifier(
  alg: SigningAlgorithm,
  jwk: JsonWebKey,
): (input: Uint8Array, signature: Uint8Array) => boolean {
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const isSignature = verifications[alg]
  return (input, signature) => isSignature(input, key, signature)
}

/** What a token is remembered by: by its digest, so that nothing in memory lets anybody in. */
export const tokenDigest = (token: string): string =>
  createHash('sha256').update(token).digest('base64url')
