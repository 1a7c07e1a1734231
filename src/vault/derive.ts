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
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}

/** Constant-time equality; only the lengths, which are public, may show. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
