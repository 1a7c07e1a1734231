/**
 * The few primitives under the vault: deriving keys, naming them, joining parts, comparing secrets.
 *
 * Uses `node:crypto`: HKDF and a constant-time comparison.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5869 | RFC 5869} (HKDF)
 * @module
 */

import { createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'

const NO_SALT = new Uint8Array(0)

/** What a key is derived for. */
export interface Derivation {
  /** Names the use; no two uses share one. */
  readonly info: string
  /** Bytes. */
  readonly length: number
  readonly salt?: Uint8Array
}

/** Derives a key from the root key ({@link https://www.rfc-editor.org/rfc/rfc5869#section-2 | §2}). */
export function derive(root: KeyObject, { info, length, salt = NO_SALT }: Derivation): Buffer {
  return Buffer.from(hkdfSync('sha256', root, salt, info, length))
}

/** Bytes of a key's name. */
export const KEY_ID_BYTES = 8

/** A key under the name that follows from it, so that no name can stand for another key. */
export interface NamedKey {
  /** {@link KEY_ID_BYTES} bytes in base64url. */
  readonly id: string
  readonly key: KeyObject
}

/** Names a key of 32 bytes. */
export function namedKey(bytes: Uint8Array): NamedKey {
  const key = createSecretKey(bytes)
  const id = derive(key, { info: 'warder/key-id/v1', length: KEY_ID_BYTES }).toString('base64url')
  return { id, key }
}

/** Joins parts so that no two lists of them give the same bytes. */
export function lengthPrefixed(parts: readonly (string | Uint8Array)[]): Buffer {
  const lengths = parts.map((part) => Buffer.byteLength(part))
  const joined = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0))
  let at = 0
  for (const [i, part] of parts.entries()) {
    at = joined.writeUInt32BE(lengths[i] ?? 0, at)
    at += typeof part === 'string' ? joined.write(part, at) : copyInto(joined, part, at)
  }
  return joined
}

function copyInto(joined: Buffer, part: Uint8Array, at: number): number {
  joined.set(part, at)
  return part.length
}

/** Constant-time equality; only the lengths, which are public, may show. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
