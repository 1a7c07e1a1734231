/**
 * Keyed hashes, for what is only compared.
 *
 * Keyed, and not plain, so that a leaked database cannot be checked against guesses.
 *
 * The key never changes. Everything that was hashed would have to be asked for again: client secrets
 * and passwords for good, and a refresh token is nothing but its hash, so every grant would end unless
 * both keys were tried for as long as the oldest lives. Nothing calls for that: it is a key-encryption
 * key that people handle, and changing that one leaves this one as it is.
 *
 * Uses `node:crypto`: its hashes are synchronous and its keys cannot be printed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc2104 | RFC 2104} (HMAC)
 * @module
 */

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { derive, equal, lengthPrefixed } from './derive.ts'

/** What a keyed hash is for. Hashes of one purpose are never those of another. */
export type Purpose =
  | 'authorization_code'
  | 'refresh_token'
  | 'device_code'
  | 'user_code'
  | 'client_secret'
  | 'api_key'
  | 'session'
  | 'interaction'
  | 'csrf'
  | 'device'
  | 'consent'
  | 'throttle'
  | 'password'
  | 'request_state'
  | 'canary'
  | 'audit'

/** Hashing and comparing. */
export interface KeyedHashes {
  /** The keyed hash of the parts, in base64url. Two lists of parts never run into each other. */
  hash(purpose: Purpose, ...parts: readonly string[]): string
  /** Whether `expected` is the hash of the parts, in constant time. */
  matches(purpose: Purpose, expected: string, ...parts: readonly string[]): boolean
}

/** The hashes of a key: each purpose has a key of its own, derived from it. */
export function keyedHashes(root: KeyObject): KeyedHashes {
  const keys = new Map<Purpose, KeyObject>()
  const keyOf = (purpose: Purpose): KeyObject => {
    const known = keys.get(purpose)
    if (known !== undefined) return known
    const made = createSecretKey(derive(root, { info: `warder/mac/v1/${purpose}`, length: 32 }))
    keys.set(purpose, made)
    return made
  }
  const hash: KeyedHashes['hash'] = (purpose, ...parts) =>
    createHmac('sha256', keyOf(purpose)).update(lengthPrefixed(parts)).digest('base64url')

  return {
    hash,
    // The text is compared, not what it decodes to: base64url has several spellings of one value.
    matches: (purpose, expected, ...parts) =>
      equal(Buffer.from(expected), Buffer.from(hash(purpose, ...parts))),
  }
}
