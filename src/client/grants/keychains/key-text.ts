/**
 * The key of a directory as text.
 *
 * @module
 */

import { Secret } from '../../../vault/secret.ts'

/** 32 bytes in base64url. */
const KEY = /^[A-Za-z0-9_-]{43}$/

/** A key as it is kept. */
export const writeKey = (key: Secret<Uint8Array>): string =>
  Buffer.from(key.reveal('keeping the key of the sign-ins')).toString('base64url')

/** A key as it was kept; nothing if the text is none. */
export function findKey(text: string): Secret<Uint8Array> | undefined {
  const trimmed = text.trim()
  return KEY.test(trimmed) ? new Secret(Buffer.from(trimmed, 'base64url')) : undefined
}
