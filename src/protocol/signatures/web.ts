/**
 * Verifying with WebCrypto, which every platform has.
 *
 * @see {@link https://www.w3.org/TR/webcrypto-2/ | Web Cryptography}
 * @module
 */

import type { HmacAlgorithm, SignatureAlgorithm } from './algorithms.ts'

/** Says whether a signature was made of bytes, or of the UTF-8 of a text. */
export type VerifyLater = (
  input: string | Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
) => Promise<boolean>

/**
 * Makes the verifier of a public key.
 *
 * @throws {DOMException} if it is not a key.
 */
export async function webVerifier(
  jwk: Readonly<Record<string, string>>,
  algorithm: SignatureAlgorithm,
): Promise<VerifyLater> {
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify'])
  return verifierOf(key, algorithm)
}

/** Makes the verifier of a secret. */
export async function webMacVerifier(
  secret: Uint8Array<ArrayBuffer>,
  algorithm: HmacAlgorithm,
): Promise<VerifyLater> {
  const key = await crypto.subtle.importKey('raw', secret, algorithm, false, ['verify'])
  return verifierOf(key, algorithm)
}

const encoder = new TextEncoder()

const bytesOf = (input: string | Uint8Array<ArrayBuffer>) =>
  typeof input === 'string' ? encoder.encode(input) : input

const verifierOf =
  (key: CryptoKey, algorithm: SignatureAlgorithm): VerifyLater =>
  (input, signature) =>
    crypto.subtle.verify(algorithm, key, signature, bytesOf(input))
