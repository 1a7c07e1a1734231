/**
 * A replay cache in the store: one row for each thing presented, and the insert decides. It knows
 * what it knew before a restart, and every process on the store knows the same.
 *
 * @module
 */

import type { Platform } from '../../platform.ts'
import { insert, type Store } from '../../store/store.ts'
import { LimitsUnavailable } from '../errors.ts'
import { findKnownSince, type KnownSince, replaceKnownSince } from './known-since.ts'
import { CLOCKS_APART, claimKey, type ReplayCache } from './replay-cache.ts'

/** What it works with. */
export interface StoreReplayContext {
  readonly store: Store
  readonly platform: Pick<Platform, 'now'>
}

const PLACE = 'store'

/** Makes a replay cache that is as durable as the store. */
export function storeReplays({ store, platform }: StoreReplayContext): ReplayCache {
  let known: KnownSince | undefined

  /** Once: from then on only a change of settings, and so a restart, keeps claims elsewhere. */
  const knownSince = async (): Promise<KnownSince> => {
    for (let tries = 0; tries < 5; tries++) {
      const before = await findKnownSince(store)
      if (before?.place === PLACE) return before
      // Nothing before: nothing was ever claimed, so there is nothing that could be repeated.
      const at = before === undefined ? 0 : Math.max(platform.now(), before.at + 1)
      const after = { place: PLACE, at }
      if (await replaceKnownSince(store, before, after)) return after
    }
    throw new LimitsUnavailable({ detail: 'others keep changing where claims are kept' })
  }

  return {
    async claim(presented) {
      known ??= await knownSince()
      const { issuedAt, expiresAt } = presented
      if (issuedAt <= known.at || expiresAt <= platform.now()) return false
      const id = await claimKey(presented)
      return store.write([insert('replays', { id, expiresAt: expiresAt + CLOCKS_APART })])
    },
  }
}
