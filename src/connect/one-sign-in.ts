/**
 * Of all processes that lack the same token, one asks the user. The others wait, and find what the user
 * gave.
 *
 * @module
 */

import type { SignInWay } from '../client/callback/ways.ts'
import type { GrantKey, GrantStore, KeptGrant } from '../client/kept-grant.ts'
import type { SignInNeed } from '../client/sign-in-need.ts'
import { hasScopes } from '../client/token-life.ts'
import type { Platform } from '../platform.ts'
import type { Timers } from '../timers.ts'

/** What asking once takes. */
export interface OneSignInOptions {
  /** Its patience must be that of a user who signs in. */
  readonly store: GrantStore
  readonly platform: Pick<Platform, 'now'>
  readonly timers: Timers
  /** Told when another process asks the user already. */
  readonly onWait: () => void
}

/** Longer than it takes to get a lock that nobody holds, in milliseconds. */
const NOTICED_MS = 1_000

/** Asks the user, unless another process has by then. */
export const oneSignIn =
  (way: SignInWay, { store, platform, timers, onWait }: OneSignInOptions): SignInWay =>
  async (need) => {
    const since = platform.now()
    const callOff = timers.after(NOTICED_MS, onWait)
    // Nothing is kept under this key: it is the lock that counts.
    await store.decide(askingKey(need), async () => {
      callOff()
      const kept = (await store.grants()).filter(({ key }) => isFor(key, need))
      if (kept.some((grant) => isEnough(grant, need, since))) return { leave: true }
      await way(need)
      return { leave: true }
    })
  }

const askingKey = ({ resource, account }: SignInNeed): GrantKey => ({
  ...{ issuer: '', clientId: 'sign-in', resource, account },
})

/** Whether a grant is for what is needed, or for its origin if that is what it calls itself. */
const isFor = (key: GrantKey, { resource, account }: SignInNeed): boolean =>
  key.account === account &&
  (key.resource === resource ||
    (URL.canParse(resource) &&
      [new URL(resource).origin, `${new URL(resource).origin}/`].includes(key.resource)))

/** Whether a grant is what was lacked. A dead one is not kept, so there was none before. */
const isEnough = (grant: KeptGrant, need: SignInNeed, since: number): boolean =>
  hasScopes(grant, need.scopes) &&
  (need.reason === 'sign_in_needed' || need.added.length > 0 || grant.givenAt >= since)
