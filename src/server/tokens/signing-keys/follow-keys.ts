/**
 * Follows the keys in the background, so that all processes agree within seconds.
 *
 * @module
 */

import { systemTimers, type Timers } from '../../../timers.ts'
import type { SigningKeys } from './signing-keys.ts'

/** What following needs, and who hears of failures. */
export interface FollowOptions {
  /** The machine's own unless told. */
  readonly timers?: Timers
  /** Told of the first of several failures in a row; keys that are loaded go on meanwhile. */
  onError(error: unknown): void
}

/** How far a process may be behind the others while the store is there, in milliseconds. */
export const FOLLOW_EVERY = 5_000

/**
 * Follows the keys until stopped.
 *
 * @returns What stops it.
 */
export function followKeys(
  keys: Pick<SigningKeys, 'follow'>,
  { timers = systemTimers, onError }: FollowOptions,
): () => void {
  let stopped = false
  let failing = false

  const follow = async () => {
    try {
      await keys.follow()
      failing = false
    } catch (error) {
      if (!stopped && !failing) onError(error)
      failing = true
    }
    if (!stopped) cancel = schedule()
  }
  const schedule = () => timers.after(FOLLOW_EVERY, follow)

  let cancel = schedule()
  return () => {
    stopped = true
    cancel()
  }
}
