/**
 * How often a user is asked the same: a server that is never content must not send people round in
 * circles.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization} on retry limits
 * @module
 */

import type { Platform } from '../platform.ts'

const MOST = 2
const WINDOW_MS = 600_000

/** Counts what users are asked. */
export interface SignInAttempts {
  /** Whether it may be asked once more; if so, it counts. */
  take(question: string): boolean
}

/** Makes the memory of one client. */
export function createSignInAttempts(platform: Platform): SignInAttempts {
  const asked = new Map<string, readonly number[]>()
  return {
    take(question) {
      const since = platform.now() - WINDOW_MS
      for (const [old, times] of asked) if (times.every((time) => time <= since)) asked.delete(old)
      const times = (asked.get(question) ?? []).filter((time) => time > since)
      if (times.length >= MOST) return false
      asked.set(question, [...times, platform.now()])
      return true
    },
  }
}
