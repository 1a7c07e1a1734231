/**
 * A replay cache in this process: for one process that keeps nothing, such as a guard by itself.
 *
 * @module
 */

import type { Platform } from '../../platform.ts'
import { LimitsUnavailable } from '../errors.ts'
import { CLOCKS_APART, claimKey, type ReplayCache } from './replay-cache.ts'

/** How a cache in memory is bounded. */
export interface MemoryReplayOptions {
  readonly platform: Pick<Platform, 'now'>
  /** How much is remembered at most. Beyond it nothing is let in: forgetting would let replays in. */
  readonly maxEntries?: number
  /** Since when it knows everything, in milliseconds: now, unless nothing was there before. */
  readonly knowsSince?: number
}

/** Makes a replay cache that forgets everything with the process. */
export function memoryReplays(options: MemoryReplayOptions): ReplayCache {
  const { platform, maxEntries = 100_000, knowsSince = platform.now() } = options
  /** When each may be forgotten, in the order they came. */
  const forgetAt = new Map<string, number>()
  /** Mostly they expire in the order they came, so it is enough to look at the oldest. */
  const forget = (most: number) => {
    const now = platform.now()
    let looked = 0
    for (const [key, at] of forgetAt) {
      if (looked++ >= most) return
      if (at <= now) forgetAt.delete(key)
    }
  }
  return {
    async claim(presented) {
      const { issuedAt, expiresAt } = presented
      const key = await claimKey(presented)
      // Two may go for each that comes, so that what is over does not pile up.
      forget(forgetAt.size < maxEntries ? 2 : 100)
      if (issuedAt < knowsSince || expiresAt <= platform.now() || forgetAt.has(key)) return false
      if (forgetAt.size >= maxEntries) {
        throw new LimitsUnavailable({ detail: `${maxEntries} proofs are remembered already` })
      }
      forgetAt.set(key, expiresAt + CLOCKS_APART)
      return true
    },
  }
}
