/**
 * Public keys that anybody could sign for, or that cost too much to verify with.
 *
 * Judged by the members of the key, so that every platform refuses the same ones.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725#section-3.5 | RFC 8725 §3.5}
 * @module
 */

import { decodeBase64url } from '../base64url.ts'
import { coordinateBytes, type SignatureAlgorithm } from './algorithms.ts'
import { isWeakModulus } from './weak-modulus.ts'

/** The members of a public key that make it up. */
export type PublicMembers = Readonly<Record<string, string>>

/** Bits of an RSA modulus. The most bounds what verifying may cost. */
const LEAST_BITS = 2048
const MOST_BITS = 4096

/** The usual exponent, and the least ({@link https://doi.org/10.6028/NIST.FIPS.186-5 | FIPS 186-5 §5.1}). */
const LEAST_EXPONENT = 65_537

/** Bytes of an Ed25519 key. */
const ED25519_BYTES = 32

/**
 * The y coordinates, in hexadecimal as keys carry them, of the points of Ed25519 whose order is 1, 2, 4
 * or 8, then 0 and 1 once more as they are not to be written. A signature by one of them says nothing.
 */
const smallOrder: ReadonlySet<string> = new Set([
  ...['00', '01'].map((first) => first.padEnd(64, '0')),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ...['ec', 'ed', 'ee'].map((first) => `${first.padEnd(62, 'f')}7f`),
])

/** Whether a public key has the size that its algorithm asks for, and holds against those without its other half. */
export function isStrong({ n, e, x, y }: PublicMembers, algorithm: SignatureAlgorithm): boolean {
  switch (algorithm.name) {
    case 'HMAC':
      return false
    case 'ECDSA': {
      const size = coordinateBytes[algorithm.namedCurve]
      return bytesOf(x).length === size && bytesOf(y).length === size
    }
    case 'Ed25519':
      return isStrongPoint(bytesOf(x))
    default: {
      const modulus = withoutZeros(bytesOf(n))
      return isStrongRsa(bitsOf(modulus), withoutZeros(bytesOf(e))) && !isWeakModulus(modulus)
    }
  }
}

/**
 * Whether an RSA key that is imported already has the size, and an exponent that will do. Its modulus is
 * not looked at: such keys are read for each request.
 */
export function isStrongRsaKey({ algorithm }: CryptoKey): boolean {
  if (!('modulusLength' in algorithm) || !('publicExponent' in algorithm)) return false
  const { modulusLength, publicExponent } = algorithm
  return (
    typeof modulusLength === 'number' &&
    publicExponent instanceof Uint8Array &&
    isStrongRsa(modulusLength, withoutZeros(publicExponent))
  )
}

function isStrongRsa(bits: number, exponent: Uint8Array): boolean {
  if (bits < LEAST_BITS || bits > MOST_BITS || exponent.length > 4) return false
  const value = exponent.reduce((sum, byte) => sum * 256 + byte, 0)
  return value >= LEAST_EXPONENT && value % 2 === 1
}

/** The bits of a number, whose first byte is not zero. */
const bitsOf = (bytes: Uint8Array): number => bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24

function isStrongPoint(point: Uint8Array): boolean {
  if (point.length !== ED25519_BYTES) return false
  // The first bit of the last byte is the sign of x.
  const coordinate = point.map((byte, at) => (at === ED25519_BYTES - 1 ? byte & 0x7f : byte))
  const hex = Array.from(coordinate, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return !smallOrder.has(hex)
}

const bytesOf = (member = ''): Uint8Array => decodeBase64url(member) ?? new Uint8Array()

const withoutZeros = (bytes: Uint8Array): Uint8Array => {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? new Uint8Array() : bytes.subarray(first)
}
