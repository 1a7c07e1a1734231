/**
 * Discovery with a memory: what servers say of themselves is asked for once in a while, and by one
 * request however many want to know.
 *
 * @module
 */

import type { Platform } from '../../platform.ts'
import type { TrustedServer } from '../server.ts'
import type { Transport } from '../transport.ts'
import { discoverServer } from './authorization-server.ts'

/** How long metadata counts, in milliseconds. */
const KEPT_MS = 600_000

/** More servers than one client meets. */
const MOST_SERVERS = 100

/** Finds servers. */
export interface Discovery {
  /** @throws {ClientError} as {@link discoverServer} does. */
  server(issuer: string): Promise<TrustedServer>
  /** The next one to ask looks again. */
  forget(issuer: string): void
}

/** Makes the memory of one client. */
export function createDiscovery(
  transport: Transport,
  platform: Platform,
  known: readonly TrustedServer[] = [],
): Discovery {
  const pinned = new Map(known.map((server) => [server.issuer, Promise.resolve(server)]))
  const found = new Map<string, { readonly server: Promise<TrustedServer>; readonly at: number }>()

  return {
    server(issuer) {
      const fixed = pinned.get(issuer)
      if (fixed !== undefined) return fixed
      const kept = found.get(issuer)
      // Neither too old, nor of a time that is to come: then the clock was set back.
      const age = platform.now() - (kept?.at ?? 0)
      if (kept !== undefined && age >= 0 && age < KEPT_MS) return kept.server
      const server = discoverServer(issuer, transport)
      if (found.size >= MOST_SERVERS) found.clear()
      found.set(issuer, { server, at: platform.now() })
      // A failure is not remembered: the next one may have more luck.
      server.catch(() => found.delete(issuer))
      return server
    },
    forget: (issuer) => void found.delete(issuer),
  }
}
