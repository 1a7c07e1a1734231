/**
 * Hands out tokens that are good, without waiting as long as there is one, and has them renewed ahead
 * of their end.
 *
 * @module
 */

import { ClientError } from './errors.ts'
import { type GrantKey, grantId, type KeptGrant } from './kept-grant.ts'
import { createRenewals, type RenewalOptions } from './renewals.ts'
import { isGood, isPassing, isSignInNeeded, type TokenNeed, timesOf } from './token-life.ts'

/** The tokens of one client, by a name that the client looks them up with. */
export interface TokenManager {
  /** A token that is good now; nothing if one has to be waited for. */
  live(name: string): KeptGrant | undefined
  /** @throws {ClientError} if there is none, and none can be had. */
  obtain(name: string, key: GrantKey, need: TokenNeed): Promise<KeptGrant>
  /** Keeps what a user just gave. */
  keep(grant: KeptGrant): Promise<void>
  /** Forgets a grant, and gives what was kept at last: a renewal that is under way ends first. */
  forget(key: GrantKey): Promise<KeptGrant | undefined>
}

interface Live {
  readonly grant: KeptGrant
  readonly renewAt: number
  readonly staleAt: number
}

/** Makes the manager of one client. */
export function createTokenManager(options: RenewalOptions): TokenManager {
  const { store, platform } = options
  const lives = new Map<string, Live>()
  const renewals = createRenewals(options)

  const hold = (name: string, grant: KeptGrant) => lives.set(name, { grant, ...timesOf(grant) })
  const drop = (key: GrantKey): void => {
    const id = grantId(key)
    for (const [name, { grant }] of lives) if (grantId(grant.key) === id) lives.delete(name)
  }

  function renewAhead(name: string, key: GrantKey): void {
    if (renewals.isBusy(key)) return
    renewals.run(key, {}, true).then(
      (grant) => hold(name, grant),
      // Nobody waits for it: whoever needs the token once it has ended is told.
      (error) => {
        if (isSignInNeeded(error)) return drop(key)
        // What does not pass by itself is not tried again before it must be.
        const live = lives.get(name)
        if (live !== undefined && !isPassing(error))
          lives.set(name, { ...live, renewAt: live.staleAt })
      },
    )
  }

  return {
    live(name) {
      const live = lives.get(name)
      if (live === undefined) return undefined
      const now = platform.now()
      if (now >= live.staleAt) return undefined
      if (now >= live.renewAt) renewAhead(name, live.grant.key)
      return live.grant
    },

    async obtain(name, key, need) {
      // The renewal that is under way may have been started before the token was refused.
      for (let attempt = 0; attempt < 3; attempt += 1) {
        try {
          const grant = await renewals.run(key, need, false)
          hold(name, grant)
          if (isGood(grant, need)) return grant
        } catch (error) {
          if (isSignInNeeded(error)) drop(key)
          const last = lives.get(name)?.grant
          const isAlive = platform.now() < (last?.expiresAt ?? Number.POSITIVE_INFINITY)
          if (isPassing(error) && last !== undefined && isAlive && isGood(last, need)) return last
          throw error
        }
      }
      throw new ClientError('scope_needed', 'Sign in again and allow it.', {
        scopes: need.scopes,
        detail: `wanted ${need.scopes?.join(' ') ?? 'another token than the refused one'}`,
      })
    },

    async keep(grant) {
      await store.decide(grant.key, async () => ({ keep: grant }))
      renewals.reset(grant.key)
      drop(grant.key)
    },

    async forget(key) {
      drop(key)
      let last: KeptGrant | undefined
      await store.decide(key, async (kept) => {
        last = kept
        return { forget: true }
      })
      // A renewal that ended meanwhile has brought another token.
      drop(key)
      return last
    },
  }
}
