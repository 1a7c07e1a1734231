/**
 * OAuth in front of any MCP server, unchanged: each mount is a server behind a guard and a policy.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { eventMaker } from '../events.ts'
import { newCorrelationId, systemPlatform } from '../platform.ts'
import { memoryStore } from '../store/memory.ts'
import { observedStore } from '../store/observed.ts'
import { systemTimers } from '../timers.ts'
import { createVault, Secret } from '../vault/index.ts'
import { Mount } from './mount.ts'
import type { GatewayContext, GatewayOptions, MountOptions } from './options.ts'
import { createUpstream } from './upstreams/index.ts'
import type { Connection } from './visit.ts'

/** Guards MCP servers. */
export interface Gateway {
  /** Answers what is for a mount or its metadata; nothing for everything else. Never throws. */
  fetch(request: Request, connection?: Connection): Promise<Response | undefined>
  /** Ends streams that only listen, and has those who listen come again. Calls go on to their end. */
  drain(): void
  /** Ends all sessions, and every process that was started. */
  close(): Promise<void>
}

/**
 * Makes a gateway.
 *
 * @throws {ConfigError} if two mounts are at the same place.
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 */
export function createGateway(options: GatewayOptions): Gateway {
  const context = contextOf(options)
  const mounts = new Map<string, Mount>()
  for (const mount of options.mounts) {
    const made = createMount(mount, options, context)
    if (mounts.has(made.path)) {
      throw new ConfigError(`mcp.${mount.name}`, 'is mounted where another server is.')
    }
    mounts.set(made.path, made)
  }

  return {
    async fetch(request, connection = {}) {
      // The path is compared whole, and never passed on: no two readings of it can differ.
      const mount = mounts.get(new URL(request.url).pathname)
      if (mount !== undefined) return await mount.answer(request, connection)
      for (const other of mounts.values()) {
        const metadata = other.metadata(request)
        if (metadata !== undefined) return metadata
      }
      return undefined
    },
    drain() {
      for (const mount of mounts.values()) mount.drain()
    },
    async close() {
      await Promise.all([...mounts.values()].map((mount) => mount.close()))
    },
  }
}

function contextOf(options: GatewayOptions): GatewayContext {
  const { mounts, allowedOrigins = [] } = options
  const own = mounts.map(({ resource }) => new URL(resource).origin)
  const { platform = systemPlatform, onEvent = () => {} } = options
  return {
    platform,
    vault: options.vault ?? createVault(new Secret(platform.random(32))),
    store: options.store ?? observedStore(memoryStore(), onEvent),
    timers: options.timers ?? systemTimers,
    allowedOrigins: new Set([...allowedOrigins, ...own]),
    findEmail: options.findEmail ?? (async () => undefined),
    elicitationLink: options.elicitationLink,
    onEvent,
  }
}

function createMount(
  options: MountOptions,
  { guardFor, trace = (_, call) => call({}) }: GatewayOptions,
  context: GatewayContext,
): Mount {
  const { platform, timers, onEvent } = context
  const { name, resource, limits } = options
  const upstream = createUpstream(options.upstream, {
    name,
    limits,
    platform,
    timers,
    trace,
    report: (type, fields) => {
      const make = eventMaker(platform, newCorrelationId(platform))
      onEvent(make(type, { server: name, resource, ...fields }))
    },
  })
  return new Mount({ options, guard: guardFor(options), upstream, context })
}
