/**
 * What a server does besides answering.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import { followKeys } from '../server/index.ts'
import { type Store, startSweeper } from '../store/index.ts'

/** What a server keeps fresh. */
export interface Kept {
  readonly store: Store
  readonly platform: Platform
  readonly keys: { follow(): Promise<void> }
  readonly vault: { refresh(): Promise<void> }
  onWarning(warning: string): void
}

/** Rows of a table that are swept before the next has its turn, and how often, in milliseconds. */
const SWEPT = { limit: 1_000, everyMs: 60_000 }

/** Sweeps the store and follows the keys. @returns What stops it. */
export function keepUp({ store, platform, keys, vault, onWarning }: Kept): () => void {
  const failed = (what: string) => (error: unknown) => onWarning(`${what} failed: ${String(error)}`)
  const onError = failed('Sweeping the store')
  const stopSweeper = startSweeper(store, platform, { ...SWEPT, onError })
  const follow = async () => {
    await Promise.all([vault.refresh(), keys.follow()])
  }
  const stopFollowing = followKeys({ follow }, { onError: failed('Following the keys') })
  return () => {
    stopSweeper()
    stopFollowing()
  }
}
