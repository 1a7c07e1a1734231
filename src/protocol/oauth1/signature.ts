/**
 * Signing a base string, and verifying that it was signed, over Web Crypto.
 *
 * The two kinds of keys are two types, a text and a `CryptoKey`, so that a public key cannot be taken
 * for the secret of an HMAC.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4 | RFC 5849 §3.4}
 * @module
 */

import { decodeBase64, encodeBase64 } from '../base64.ts'
import { percentEncode } from './percent-encoding.ts'
import { RSA } from './rsa-key.ts'
import { hashOf, needsRsaKey, type SignatureMethod } from './signature-method.ts'

/** A base string that was signed. */
export interface SignedBaseString {
  readonly baseString: string
  /** `oauth_signature`, decoded from its percent-encoding. */
  readonly signature: string
}

/**
 * The secrets of consumer and token as one text: the key of an HMAC, and the whole of PLAINTEXT.
 *
 * @throws {URIError} if a secret holds half of a character.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.2 | RFC 5849 §3.4.2}
 */
export const sharedSecrets = (consumerSecret: string, tokenSecret = ''): string =>
  `${percentEncode(consumerSecret)}&${percentEncode(tokenSecret)}`

/**
 * Signs a base string, for `oauth_signature`.
 *
 * @param key - From {@link sharedSecrets} or `importRsaKey`.
 * @throws {TypeError} if the key is not of the method.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4 | RFC 5849 §3.4}
 */
export async function signBaseString(
  method: SignatureMethod,
  baseString: string,
  key: string | CryptoKey,
): Promise<string> {
  checkKey(method, key)
  if (method === 'PLAINTEXT' && typeof key === 'string') return key
  const { algorithm, ready } = await readyKey(method, key)
  const signature = await crypto.subtle.sign(algorithm, ready, utf8.encode(baseString))
  return encodeBase64(new Uint8Array(signature))
}

/**
 * Whether a signature is that of a base string, compared as bytes and in constant time.
 *
 * @param key - From {@link sharedSecrets} or `importRsaKey`.
 * @throws {TypeError} if the key is not of the method.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.2 | RFC 5849 §3.2}
 */
export async function verifySignature(
  method: SignatureMethod,
  { baseString, signature }: SignedBaseString,
  key: string | CryptoKey,
): Promise<boolean> {
  checkKey(method, key)
  if (method === 'PLAINTEXT' && typeof key === 'string') return isSameText(signature, key)
  const { algorithm, ready } = await readyKey(method, key)
  // What is not base64 is no signature, and takes as long as a wrong one.
  const bytes = decodeBase64(signature) ?? new Uint8Array()
  return crypto.subtle.verify(algorithm, ready, bytes, utf8.encode(baseString))
}

const utf8 = new TextEncoder()

function checkKey(method: SignatureMethod, key: string | CryptoKey): void {
  if (typeof key === 'string' ? !needsRsaKey(method) : isRsaKeyFor(method, key)) return
  throw new TypeError(`The key is not one for ${method}.`)
}

function isRsaKeyFor(method: SignatureMethod, key: CryptoKey): boolean {
  const algorithm: KeyAlgorithm & { readonly hash?: KeyAlgorithm } = key.algorithm
  const { name, hash } = algorithm
  return needsRsaKey(method) && name === RSA && hash?.name === hashOf(method)
}

async function readyKey(method: SignatureMethod, key: string | CryptoKey) {
  if (typeof key !== 'string') return { algorithm: RSA, ready: key }
  const algorithm = { name: 'HMAC', hash: hashOf(method) }
  const bytes = utf8.encode(key)
  const ready = await crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign', 'verify'])
  return { algorithm, ready }
}

/** Compares hashes, so that the time says neither where two texts differ nor how long they are. */
async function isSameText(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([a, b].map(sha256))
  if (left === undefined || right === undefined) return false
  return left.reduce((difference, byte, at) => difference | (byte ^ (right[at] ?? 0)), 0) === 0
}

const sha256 = async (text: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(text)))
