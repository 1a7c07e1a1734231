/**
 * The throttle: whoever keeps failing waits longer and longer, and never for ever.
 *
 * An attempt is counted before it is made and in a write of its own, so that neither a hundred
 * attempts at once nor one that is cut short is free.
 *
 * @see {@link https://pages.nist.gov/800-63-4/sp800-63b.html#throttle | NIST SP 800-63B-4, rate limiting}
 * @module
 */

import type { Platform } from '../platform.ts'
import { insert, removeAll, type Store, update } from '../store/store.ts'
import type { Throttle as ThrottleRow } from '../store/tables.ts'
import type { ThrottleSettings } from './settings.ts'

/** What a throttle answers an attempt. */
export type Admission =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly retryAfterSeconds: number }

/** Slows down whoever keeps failing. */
export interface Throttle {
  /** Counts an attempt before it is made, and says whether it may be. */
  admit(key: string): Promise<Admission>
  /** Forgets the failures of a key, because an attempt succeeded. */
  succeed(key: string): Promise<void>
}

/** What a throttle works with. */
export interface ThrottleContext {
  readonly store: Store
  /** Keys are kept as keyed hashes: what people type as a user name may be their password. */
  readonly vault: { hash(purpose: 'throttle', ...parts: readonly string[]): string }
  readonly platform: Pick<Platform, 'now'>
  readonly settings: ThrottleSettings
}

/** Makes a throttle that counts in the store. */
export function createThrottle(context: ThrottleContext): Throttle {
  const { store, vault, platform, settings } = context

  /** One look and one conditional write; undefined if another attempt came in between. */
  const tryOnce = async (id: string): Promise<Admission | undefined> => {
    const now = platform.now()
    const seen = await store.find('throttles', { id })
    if (seen !== undefined && seen.blockedUntil > now) return refusal(seen.blockedUntil - now)
    const next = counted(seen, now, settings)
    const change =
      seen === undefined
        ? insert('throttles', { id, ...next })
        : update('throttles', { id, attempts: seen.attempts, expiresAt: seen.expiresAt }, next)
    return (await store.write([change])) ? { admitted: true } : undefined
  }

  return {
    async admit(key) {
      const id = vault.hash('throttle', key)
      // Each lost race was won by an attempt that is now counted, so a few tries settle it.
      for (let tries = 0; tries < settings.free + 5; tries++) {
        const admission = await tryOnce(id)
        if (admission !== undefined) return admission
      }
      return refusal(1000)
    },
    async succeed(key) {
      await store.write([removeAll('throttles', { id: vault.hash('throttle', key) })])
    },
  }
}

const refusal = (milliseconds: number): Admission => ({
  admitted: false,
  retryAfterSeconds: Math.ceil(milliseconds / 1000),
})

/** The row after one more attempt; one that is forgotten counts from the start. */
function counted(
  seen: ThrottleRow | undefined,
  now: number,
  settings: ThrottleSettings,
): Omit<ThrottleRow, 'id'> {
  const before = seen === undefined || seen.expiresAt <= now ? 0 : seen.attempts
  const attempts = before + 1
  const blockedUntil = now + waitAfter(attempts, settings) * 1000
  return { attempts, blockedUntil, expiresAt: blockedUntil + settings.forgetAfter * 1000 }
}

/** Seconds to wait after so many failures: 1, 2, 4 … up to the longest, then the ceiling's. */
function waitAfter(failures: number, settings: ThrottleSettings): number {
  if (failures < settings.free) return 0
  if (failures >= settings.ceiling) return settings.ceilingWait
  return Math.min(2 ** (failures - settings.free), settings.longestWait)
}
