/**
 * How often the same is tried: a server that is never content must not send people round in circles, nor
 * programs.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization} on retry limits
 * @module
 */

import type { Platform } from '../platform.ts'

/** How often, and within which time. */
export interface AttemptLimit {
  readonly most: number
  readonly windowMs: number
}

/** Counts attempts. */
export interface Attempts {
  /** Whether it may be tried once more; if so, it counts. */
  take(what: string): boolean
}

/** Makes the memory of one client. */
export function createAttempts(platform: Platform, { most, windowMs }: AttemptLimit): Attempts {
  const taken = new Map<string, readonly number[]>()
  return {
    take(what) {
      const now = platform.now()
      // Nothing that counts is to come: then the clock was set back.
      const counts = (time: number) => time > now - windowMs && time <= now
      for (const [old, times] of taken) if (!times.some(counts)) taken.delete(old)
      const times = (taken.get(what) ?? []).filter(counts)
      if (times.length >= most) return false
      taken.set(what, [...times, now])
      return true
    },
  }
}
