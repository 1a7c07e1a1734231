/**
 * Keyed hashes for what is only compared, and sealing for what must be read again.
 *
 * A keyed hash, and not a plain one, so that a leaked database cannot be checked against guesses.
 *
 * Uses `node:crypto`: its hashes are synchronous and its keys cannot be printed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc2104 | RFC 2104} (HMAC)
 * @module
 */

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { type Platform, systemPlatform } from '../platform.ts'
import { derive, equal, lengthPrefixed } from './derive.ts'
import { createSealing, type Sealing } from './sealing.ts'
import type { Secret } from './secret.ts'

/** What a keyed hash is for. Hashes of one purpose are never those of another. */
export type Purpose =
  | 'authorization_code'
  | 'refresh_token'
  | 'client_secret'
  | 'session'
  | 'interaction'
  | 'csrf'
  | 'device'
  | 'consent'
  | 'throttle'
  | 'password'
  | 'request_state'

/** Keyed hashes and sealing, under one key-encryption key. */
export interface Vault extends Sealing {
  /** The keyed hash of the parts, in base64url. Two lists of parts never run into each other. */
  hash(purpose: Purpose, ...parts: readonly string[]): string
  /** Whether `expected` is the hash of the parts, in constant time. */
  matches(purpose: Purpose, expected: string, ...parts: readonly string[]): boolean
}

/**
 * Makes the vault of a key-encryption key.
 *
 * @param platform - Where salts and nonces come from.
 */
export function createVault(
  kek: Secret<Uint8Array>,
  platform: Pick<Platform, 'random'> = systemPlatform,
): Vault {
  const root = createSecretKey(kek.reveal('deriving the keys of the vault'))
  const hashKeys = new Map<Purpose, KeyObject>()

  const hashKey = (purpose: Purpose): KeyObject => {
    const known = hashKeys.get(purpose)
    if (known !== undefined) return known
    const made = createSecretKey(derive(root, { info: `warder/mac/v1/${purpose}`, length: 32 }))
    hashKeys.set(purpose, made)
    return made
  }
  const digest = (purpose: Purpose, parts: readonly string[]): Buffer =>
    createHmac('sha256', hashKey(purpose)).update(lengthPrefixed(parts)).digest()

  return {
    hash: (purpose, ...parts) => digest(purpose, parts).toString('base64url'),
    // The text is compared, not what it decodes to: base64url has several spellings of one value.
    matches: (purpose, expected, ...parts) =>
      equal(Buffer.from(expected), Buffer.from(digest(purpose, parts).toString('base64url'))),
    ...createSealing(root, platform),
  }
}
