/**
 * Verifying with `node:crypto`, at once and with keys that were parsed beforehand.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3 | RFC 7518 §3}
 * @module
 */

import { coordinateBytes, type HmacAlgorithm, type SignatureAlgorithm } from './algorithms.ts'
import { derSignature } from './der.ts'
import type { NativeCrypto } from './native-crypto.ts'

/** Whether a signature was made of bytes, or of the UTF-8 of a text. */
export type VerifyNow = (input: string | Uint8Array, signature: Uint8Array) => boolean

/**
 * Makes the verifier of a public key.
 *
 * @throws {Error} if it is not a key.
 */
export function nativeVerifier(
  crypto: NativeCrypto,
  jwk: Readonly<Record<string, string>>,
  algorithm: SignatureAlgorithm,
): VerifyNow {
  const key = crypto.createPublicKey({ key: jwk, format: 'jwk' })
  switch (algorithm.name) {
    case 'HMAC':
      throw new TypeError('A public key makes no MAC.')
    case 'Ed25519':
      return (input, signature) => crypto.verify(null, bytesOf(input), key, signature)
    case 'RSASSA-PKCS1-v1_5': {
      const hash = hashOf(algorithm)
      return (input, signature) => crypto.verify(hash, bytesOf(input), key, signature)
    }
    case 'RSA-PSS': {
      const hash = hashOf(algorithm)
      const padding = crypto.constants.RSA_PKCS1_PSS_PADDING
      const padded = { key, padding, saltLength: algorithm.saltLength }
      return (input, signature) => crypto.verify(hash, bytesOf(input), padded, signature)
    }
    case 'ECDSA': {
      const hash = hashOf(algorithm)
      const length = 2 * coordinateBytes[algorithm.namedCurve]
      return (input, signature) =>
        signature.length === length &&
        crypto.verify(hash, bytesOf(input), key, derSignature(signature))
    }
  }
}

/** Makes what computes the MAC of bytes, or of the UTF-8 of a text, in base64url. */
export function nativeMac(
  crypto: NativeCrypto,
  secret: Uint8Array,
  algorithm: HmacAlgorithm,
): (input: string | Uint8Array) => string {
  // Given as bytes, the secret would be prepared anew for every token: on Node 24, six times the work.
  const key = crypto.createSecretKey(secret)
  const hash = hashOf(algorithm)
  return (input) => crypto.createHmac(hash, key).update(input).digest('base64url')
}

const bytesOf = (input: string | Uint8Array) =>
  typeof input === 'string' ? Buffer.from(input) : input

const hashOf = ({ hash }: { readonly hash: string }) => hash.replace('-', '').toLowerCase()
