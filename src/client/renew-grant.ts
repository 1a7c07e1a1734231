/**
 * What renewing a grant takes: its refresh token, or the flow of a client that needs nobody.
 *
 * @module
 */

import type { Connections } from './connections.ts'
import type { Discovery } from './discovery/discovery.ts'
import type { DpopKeys } from './dpop-keys.ts'
import { ClientError } from './errors.ts'
import { type ScopeQuirks, wanted } from './flows/flow.ts'
import { type Flow, refresh } from './flows/index.ts'
import type { GrantKey, GrantStore, KeptGrant } from './kept-grant.ts'
import { newGrant } from './new-grant.ts'
import type { Party } from './party.ts'
import { hasScopes, type TokenNeed } from './token-life.ts'
import { requestTokens } from './token-request.ts'

/** What is needed for it. */
export interface GrantRenewal {
  readonly connections: Connections
  readonly discovery: Discovery
  readonly store: GrantStore
  readonly dpopKeys: DpopKeys
  readonly flow: Flow | undefined
  /** The scopes that the client asks for by itself. */
  readonly scopes: readonly string[]
  readonly quirks: ScopeQuirks
}

/**
 * Gets new tokens.
 *
 * @throws {ClientError} `sign_in_needed` if what is kept is dead, `scope_needed` if it is not enough.
 */
export async function renewGrant(
  renewal: GrantRenewal,
  { key, kept, need }: { key: GrantKey; kept: KeptGrant | undefined; need: TokenNeed },
): Promise<KeptGrant> {
  const { connections, flow } = renewal
  if (flow !== undefined) {
    const scopes = union(kept?.scopes, renewal.scopes, need.scopes)
    return runFlow(renewal, flow, { key, scopes, party: await connections.of(key) })
  }
  if (kept === undefined) throw new ClientError('sign_in_needed', 'Sign in.')
  if (!hasScopes(kept, need.scopes)) {
    throw new ClientError('scope_needed', 'Sign in again and allow it.', {
      scopes: union(kept.scopes, need.scopes),
      detail: `has ${kept.scopes.join(' ')}, needed ${need.scopes?.join(' ')}`,
    })
  }
  if (kept.refreshToken === undefined) {
    throw new ClientError('sign_in_needed', 'It ended, and cannot be renewed. Sign in again.')
  }
  return refreshGrant(renewal, kept)
}

async function refreshGrant(
  { connections, dpopKeys, quirks, store }: GrantRenewal,
  kept: KeptGrant,
): Promise<KeptGrant> {
  const { key } = kept
  const party = await connections.of(key)
  const dpop = await dpopKeys.of(kept)
  try {
    const answer = await refresh(party, kept, { dpop, quirks })
    return newGrant(answer, { party, key, scopes: kept.scopes, dpop, before: kept })
  } catch (error) {
    if (error instanceof ClientError && error.serverCode === 'invalid_client') {
      await forgetClient(store, party)
    }
    throw error
  }
}

/** The client is dead, not the grant: it is registered anew when it is next needed. */
async function forgetClient(store: GrantStore, { server, clientId }: Party): Promise<void> {
  const kept = await store.registration(server.issuer)
  if (kept?.clientId === clientId) await store.unregister(server.issuer)
}

async function runFlow(
  { discovery, dpopKeys, quirks }: GrantRenewal,
  flow: Flow,
  { key, scopes, party }: { key: GrantKey; scopes: readonly string[]; party: Party },
): Promise<KeptGrant> {
  const { server, clientId, transport, platform } = party
  const { resource } = key
  const visit = { server, clientId, resource, scopes, transport, platform }
  const own = await flow.parameters({ ...visit, findServer: (issuer) => discovery.server(issuer) })
  const { dpop, tokenType } = await dpopKeys.forNew(server)
  const answer = await requestTokens(party, {
    grantType: flow.grantType,
    parameters: { ...wanted({ resource, scopes }, quirks), ...own },
    purpose: 'machine',
    dpop,
    rules: { tokenType },
  })
  if (dpop !== undefined) dpopKeys.bind(key, dpop)
  return newGrant(answer, { party, key, scopes, dpop })
}

/** All scopes of several lists, each once. */
export const union = (...lists: readonly (readonly string[] | undefined)[]): readonly string[] => [
  ...new Set(lists.flatMap((list) => list ?? [])),
]
