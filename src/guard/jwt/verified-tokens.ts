/**
 * Tokens that were verified a moment ago, by their digest, so that nothing in memory lets anybody in.
 *
 * What is kept says that a signature was good and what the token said, nothing else: whoever takes a
 * token from here still asks whether its key is good and whether it was revoked. It is kept for
 * seconds, never beyond its `exp`, and for one guard only, whose rules it met.
 *
 * @module
 */

import { createBoundedMemory } from '../../limits/bounded-memory.ts'
import { checkNumber } from '../number-option.ts'

/** How much is kept. */
export interface TokenCacheOptions {
  /** How many tokens; 5000 unless told. */
  readonly entries?: number
  /** How many bytes of memory they may take, roughly; 16 MiB unless told. */
  readonly bytes?: number
  /** For how long, in seconds; 30 unless told. */
  readonly maxAge?: number
}

/** Keeps what is known of tokens. */
export interface VerifiedTokens<T> {
  /** Whether a token may have come before. Those that come once are not worth their digest. */
  mayKnow(token: string): boolean
  /** From now on, it came before. */
  meet(token: string): void
  find(digest: string): T | undefined
  keep(
    digest: string,
    value: T,
    token: { readonly length: number; readonly expiresAt: number },
  ): void
  drop(digest: string): void
  clear(): void
}

interface Entry<T> {
  readonly value: T
  readonly from: number
  readonly until: number
  readonly bytes: number
}

/** What an entry takes besides the text of its token: the claims, the identity, the digest. */
const OVERHEAD = 2_048

/** Characters of a token come back as claims, of two bytes at worst. */
const BYTES_PER_CHARACTER = 2

/**
 * The end of a signature, of which whoever has it can make nothing. Engines copy what is so short;
 * anything longer would keep the whole token in memory.
 */
const endOf = (token: string) => token.slice(-12)

const DEFAULTS = { entries: 5_000, bytes: 16_777_216, maxAge: 30 }

/**
 * Checks what is told of a memory of tokens.
 *
 * @throws {ConfigError} if an option is out of bounds.
 */
export function checkTokenCache(options: TokenCacheOptions): void {
  const { entries, bytes, maxAge } = { ...DEFAULTS, ...options }
  checkNumber('cache.entries', entries, { least: 1, most: 1_000_000 })
  checkNumber('cache.bytes', bytes, { least: 65_536, most: 1_073_741_824 })
  checkNumber('cache.maxAge', maxAge, { least: 1, most: 300 })
}

/** Makes a memory of tokens. */
export function verifiedTokens<T>(
  options: TokenCacheOptions,
  now: () => number,
): VerifiedTokens<T> {
  const { entries, bytes, maxAge } = { ...DEFAULTS, ...options }
  // In the order in which they came, which is nearly that in which they go.
  const known = new Map<string, Entry<T>>()
  // Those that come once are many, and must not drive out the others.
  const met = createBoundedMemory<true>(4 * entries)
  let taken = 0

  const drop = (digest: string) => {
    taken -= known.get(digest)?.bytes ?? 0
    known.delete(digest)
  }

  return {
    mayKnow: (token) => met.get(endOf(token)) === true,
    meet: (token) => met.set(endOf(token), true),
    find(digest) {
      const entry = known.get(digest)
      if (entry === undefined) return undefined
      const time = now()
      // A clock that was set back must not stretch a life.
      if (time >= entry.from && time < entry.until) return entry.value
      drop(digest)
      return undefined
    },
    keep(digest, value, { length, expiresAt }) {
      drop(digest)
      const from = now()
      const until = Math.min(expiresAt, from + maxAge * 1000)
      if (until <= from) return
      const entry = { value, from, until, bytes: OVERHEAD + length * BYTES_PER_CHARACTER }
      known.set(digest, entry)
      taken += entry.bytes
      for (const oldest of known.keys()) {
        if (known.size <= entries && taken <= bytes) break
        drop(oldest)
      }
    },
    drop,
    clear() {
      known.clear()
      taken = 0
    },
  }
}
