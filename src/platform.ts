/**
 * Time and chance, passed in so that tests can set them.
 *
 * Nothing in `src/` calls `Date.now()` or a random generator except {@link systemPlatform}.
 *
 * @module
 */

import { base64url } from 'jose'

/** What Warder needs of the machine that it must not reach for by itself. */
export interface Platform {
  /** The time, in milliseconds since the epoch. */
  now(): number
  /** Bytes from a cryptographically secure generator. */
  random(length: number): Uint8Array
}

/** The machine's own clock and generator. */
export const systemPlatform: Platform = {
  now: () => Date.now(),
  random: (length) => crypto.getRandomValues(new Uint8Array(length)),
}

/** A random URL-safe string of `bytes` bytes of entropy (256 bits unless told). */
export function randomToken(platform: Platform, bytes = 32): string {
  return base64url.encode(platform.random(bytes))
}
