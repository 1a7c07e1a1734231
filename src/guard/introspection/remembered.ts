/**
 * What was found out about tokens, for a little while: by their digest, so that nothing in memory
 * lets anybody in.
 *
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { freezeDeep } from '../../freeze.ts'
import { createBoundedMemory } from '../../limits/bounded-memory.ts'
import type { Identity } from '../credentials/credential.ts'

/** How long what is known counts. */
export interface RememberedOptions {
  /** How many tokens at most; 0 remembers nothing. */
  readonly entries: number
  /** How long a good token is not asked about again, in milliseconds. */
  readonly ttl: number
  /** The same for one that was refused. */
  readonly refusedTtl: number
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number
}

/** Asks about each token once at a time, and not again while it is known. */
export interface Remembered {
  /**
   * The identity behind a token; at once if it is known.
   *
   * @throws {OAuthError} as whoever was asked; an outage is not remembered.
   */
  find(digest: string, ask: () => Promise<Identity>): Identity | Promise<Identity>
}

interface Known {
  readonly found: Identity | OAuthError
  readonly since: number
  readonly until: number
}

/** Remembers tokens for one kind of credentials. */
export function remembered({ entries, ttl, refusedTtl, now }: RememberedOptions): Remembered {
  const memory = createBoundedMemory<Known>(entries)
  const asking = new Map<string, Promise<Identity>>()

  const remember = (digest: string, found: Identity | OAuthError, until: number) => {
    if (entries > 0) memory.set(digest, { found, since: now(), until })
  }

  const askOnce = async (digest: string, ask: () => Promise<Identity>): Promise<Identity> => {
    try {
      const identity = freezeDeep(await ask())
      remember(digest, identity, Math.min(identity.expiresAt ?? Infinity, now() + ttl))
      return identity
    } catch (error) {
      const isRefusal = error instanceof OAuthError && error.code === 'invalid_token'
      if (isRefusal) remember(digest, error, now() + refusedTtl)
      throw error
    } finally {
      asking.delete(digest)
    }
  }

  return {
    find(digest, ask) {
      const known = memory.get(digest)
      const at = now()
      // Worded so that a clock that was set back makes it ask again.
      if (known !== undefined && known.since <= at && at < known.until) {
        if (known.found instanceof OAuthError) throw known.found
        return known.found
      }
      const underWay = asking.get(digest) ?? askOnce(digest, ask)
      asking.set(digest, underWay)
      return underWay
    },
  }
}
