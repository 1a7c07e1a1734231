/**
 * Secrets that an issuer shares with those who verify its tokens.
 *
 * Whoever can verify with one can sign. A public key in the place of a secret would let everybody: that
 * is how guards are tricked into taking an RSA key for an HMAC key, and so nothing that looks like a key
 * of another kind is ever a secret.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.2 | RFC 7518 §3.2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725#section-3.5 | RFC 8725 §3.5}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { decodeBase64 } from '../../protocol/base64.ts'
import type { VerificationKey } from '../../protocol/jwt.ts'
import { andThen, type NowOrLater } from '../../protocol/now-or-later.ts'
import { hashBytes, signatureAlgorithms } from '../../protocol/signatures/algorithms.ts'
import { macVerifier } from '../../protocol/signatures/verifier.ts'

/** The bytes of a secret; a text stands for its UTF-8. */
export type Secret = string | Uint8Array

/**
 * Makes the key of a secret, for one algorithm.
 *
 * @throws {ConfigError} if it is shorter than the hash, or looks like another kind of key. Never says
 * what it is.
 */
export function secretKey(secret: unknown, alg: string): NowOrLater<VerificationKey> {
  const algorithm = signatureAlgorithms.get(alg)
  if (algorithm?.name !== 'HMAC') throw new TypeError(`${alg} has no secret.`)
  const bytes = bytesOf(secret)
  const least = hashBytes[algorithm.hash]
  if (bytes.length < least) {
    const hint = 'openssl rand -base64 48 makes one for every algorithm.'
    throw new ConfigError('keys.secret', `must have at least ${least} bytes for ${alg}.`, hint)
  }
  if (isKeyText(bytes) || isDer(bytes)) {
    throw new ConfigError('keys.secret', 'is a key, not a secret.', 'Use keys.pem or keys.jwk.')
  }
  return andThen(macVerifier(bytes, algorithm), (verify) => ({ alg, verify }))
}

function bytesOf(secret: unknown): Uint8Array<ArrayBuffer> {
  if (typeof secret === 'string') return new TextEncoder().encode(secret)
  // Copied, so that whoever has them can wipe theirs.
  if (secret instanceof Uint8Array) return Uint8Array.from(secret)
  const hint = 'Is the variable set that it comes from?'
  throw new ConfigError('keys.secret', 'must be a text, or bytes.', hint)
}

/** PEM of any kind, wherever it begins, or what stands in it; a JWK or a set of them. */
function isKeyText(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes)
  if (text.includes('-----BEGIN') || isDer(decodeBase64(text.replace(/\s/g, '')))) return true
  return text.trimStart().startsWith('{') && (text.includes('"kty"') || text.includes('"keys"'))
}

const SEQUENCE = 0x30

/** A SEQUENCE that ends where the bytes end, and begins with a SEQUENCE or an INTEGER, as keys do. */
function isDer(bytes: Uint8Array = new Uint8Array()): boolean {
  const [tag, length = 0] = bytes
  if (tag !== SEQUENCE) return false
  const more = length < 0x80 ? 0 : length - 0x80
  const written = more === 0 ? [length] : [...bytes.subarray(2, 2 + more)]
  const content = written.reduce((sum, byte) => sum * 256 + byte, 0)
  const first = bytes[2 + more]
  return content === bytes.length - 2 - more && (first === SEQUENCE || first === 0x02)
}
