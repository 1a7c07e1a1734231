/**
 * The parts of a client, put together.
 *
 * @module
 */

import { systemPlatform } from '../platform.ts'
import { systemTimers, waitingTimers } from '../timers.ts'
import type { ClientOptions } from './client-options.ts'
import { createConnections } from './connections.ts'
import { createDiscovery } from './discovery/discovery.ts'
import { createDpopKeys } from './dpop-keys.ts'
import { createGrantKeys } from './grant-keys.ts'
import { memoryGrantStore } from './grants/memory.ts'
import { DEFAULT_ACCOUNT } from './kept-grant.ts'
import { renewGrant } from './renew-grant.ts'
import { parseServerMetadata } from './server.ts'
import type { SignInContext } from './sign-in.ts'
import { createTokenManager } from './token-manager.ts'
import { tracer } from './trace.ts'
import { createTransport } from './transport.ts'

/** Puts them together. */
export function assemble(options: ClientOptions) {
  const { platform = systemPlatform, timers = systemTimers, profile, resource } = options
  const { clientAuth, registration, redirectUri, flow, legacy = {}, dpop = 'off' } = options
  const issuer = options.issuer ?? profile?.issuer
  const fetch = options.fetch ?? globalThis.fetch
  const tell = tracer(options.trace)
  const store = options.store ?? memoryGrantStore()
  const { timeoutMs } = options
  const transport = createTransport({
    ...{ fetch, timers, tell },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  const { metadata } = profile ?? {}
  const known =
    profile === undefined || metadata === undefined
      ? []
      : [parseServerMetadata({ ...metadata, issuer: profile.issuer }, profile.issuer)]
  const discovery = createDiscovery(transport, platform, known)
  // A client that sends no name still has grants, which are found by one.
  const isUnnamed = clientAuth !== undefined && registration === undefined
  const clientId = options.clientId ?? (isUnnamed ? 'unnamed' : undefined)
  const quirks = {
    separator: profile?.scopeSeparator ?? ' ',
    sendsResource: profile?.sendsResource ?? true,
  }
  const connections = createConnections({
    ...{ issuer, clientId, clientAuth, flow, registration, redirectUri, store },
    ...{ discovery, transport, platform, quirks: profile?.quirks },
    allowUndescribedResource: legacy.undescribedResource === true,
  })
  const dpopKeys = createDpopKeys(platform, dpop, options.store !== undefined)
  const scopes = options.scope
  const tokens = createTokenManager({
    ...{ store, platform, tell },
    renew: (key, kept, need) =>
      renewGrant(
        { connections, discovery, store, dpopKeys, flow, quirks, scopes: scopes ?? [] },
        { key, kept, need },
      ),
  })
  const keys = createGrantKeys({
    ...{ store, connections, issuer, clientId, clientIdUrl: registration?.clientIdUrl },
    isMachine: flow !== undefined,
  })
  const signIn: SignInContext = {
    ...{ connections, dpopKeys, platform, scopes, redirectUri, quirks },
    // A program that only waits for its user must not end meanwhile.
    timers: options.timers ?? waitingTimers,
    resource: resource ?? '',
    account: options.account ?? DEFAULT_ACCOUNT,
    offline: options.offline ?? true,
    requestKey: options.requestKey,
    parameters: profile?.parameters ?? {},
    allowUnadvertisedPkce: legacy.pkceNotAdvertised ?? profile?.pkceNotAdvertised ?? false,
    spent: new Map<string, number>(),
    async keep(grant) {
      await tokens.keep(grant)
      for (const former of await keys.former(grant.key)) await tokens.forget(former)
      keys.reset()
    },
  }
  const origins = [resource, ...(options.apiOrigins ?? []), ...(profile?.apiOrigins ?? [])]
  const api = {
    ...{ fetch, dpopKeys, tell },
    origins: origins.flatMap((url) => (url === undefined ? [] : [new URL(url).origin])),
  }
  return { tokens, keys, signIn, connections, api, store }
}
