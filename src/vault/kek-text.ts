/**
 * A key-encryption key as people keep it: 32 random bytes in base64.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { Secret } from './secret.ts'

/** What to do about a key that is not there, or is none. */
export const HOW_TO_MAKE_ONE = 'Make one with: openssl rand -base64 32'

/** Where a key was found. */
export interface KekOrigin {
  /** The setting that named the place. */
  readonly setting: string
  /** The place, as the operator knows it. */
  readonly where: string
  readonly onUse?: ((what: string, reason: string) => void) | undefined
}

/** 32 bytes in base64 or base64url, with or without padding. */
const KEK = /^[A-Za-z0-9+/_-]{43}=?$/

/**
 * Reads a key.
 *
 * @throws {ConfigError} if it is malformed or not random; the text is not repeated.
 */
export function parseKek(text: string, { setting, where, onUse }: KekOrigin): Secret<Uint8Array> {
  const trimmed = text.trim()
  if (!KEK.test(trimmed)) {
    throw new ConfigError(setting, `${where} does not hold 32 bytes in base64.`, HOW_TO_MAKE_ONE)
  }
  const bytes = new Uint8Array(Buffer.from(trimmed, 'base64'))
  // 32 random bytes never have so few different ones; a typed or repeated filler does.
  if (new Set(bytes).size < 12) {
    throw new ConfigError(setting, `${where} holds a key that is not random.`, HOW_TO_MAKE_ONE)
  }
  return new Secret(bytes, (reason) => onUse?.(where, reason))
}
