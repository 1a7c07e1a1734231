/**
 * Whom a client speaks to, and as whom: the server of a resource or an issuer, and the client's name
 * there.
 *
 * A secret goes to the token endpoint it was first used at, and to no other. If a server's metadata
 * moves that, whoever runs the client has to say that it may.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/client-registration | MCP client registration} on binding to the authorization server
 * @module
 */

import type { Platform } from '../platform.ts'
import { type ClientAuthentication, publicClient } from './client-auth/index.ts'
import type { Discovery } from './discovery/discovery.ts'
import {
  discoverResource,
  type ResourceChallenge,
  type TrustedResource,
} from './discovery/protected-resource.ts'
import { ClientError } from './errors.ts'
import type { Flow } from './flows/flow.ts'
import type { GrantStore, KeptGrant } from './kept-grant.ts'
import type { Party, TokenQuirks } from './party.ts'
import { type Identity, identityOf, introduce, type RegistrationOptions } from './registration.ts'
import { endpointOf, type TrustedServer } from './server.ts'
import type { Transport } from './transport.ts'

/** What connecting needs. */
export interface ConnectionOptions {
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  readonly clientAuth: ClientAuthentication | undefined
  /** How tokens are had without a user. */
  readonly flow?: Pick<Flow, 'sendsSecret'> | undefined
  readonly registration: RegistrationOptions | undefined
  readonly redirectUri: string | undefined
  /** Whether a resource that says nothing of itself is taken to be its own authorization server. */
  readonly allowUndescribedResource: boolean
  readonly quirks: TokenQuirks | undefined
  readonly store: GrantStore
  readonly discovery: Discovery
  readonly transport: Transport
  readonly platform: Platform
}

/** A party, and what the resource said of itself, if it was asked. */
export interface Connection {
  readonly party: Party
  /** The resource indicator, byte for byte; empty if there is none. */
  readonly resource: string
  readonly described: TrustedResource | undefined
}

/** What a resource said of itself; nothing if it says nothing, or was not asked. */
export interface Description {
  readonly said: TrustedResource | undefined
}

/** What may differ from one connection to the next. */
export interface ConnectionWish {
  readonly challenge?: ResourceChallenge | undefined
  /** What is known of the resource already, so that it is not asked again. */
  readonly description?: Description | undefined
  readonly redirectUri?: string | undefined
  /** Takes a server whose token endpoint has moved. */
  readonly approveServerChange?: boolean | undefined
}

/** Makes connections. */
export interface Connections {
  /** Asks a resource about itself. @throws {ClientError} if what it says cannot be trusted. */
  describe(resource: string, challenge: ResourceChallenge | undefined): Promise<Description>
  /** To whoever gives tokens for a resource. @throws {ClientError} if that cannot be found or trusted. */
  to(resource: string, wish?: ConnectionWish): Promise<Connection>
  /**
   * To whoever gave a grant, as the client it was given to.
   *
   * @param approved - A token endpoint that the user has agreed to.
   */
  of(key: Pick<KeptGrant['key'], 'issuer' | 'clientId'>, approved?: string): Promise<Party>
  /** Those that this client has registered with whoever gives tokens for a resource. */
  redirectUris(resource: string, description: Description): Promise<readonly string[]>
}

/** Makes the connections of one client. */
export function createConnections(options: ConnectionOptions): Connections {
  const { store, discovery, transport, platform, quirks } = options
  /** Where a configured secret goes, by issuer. */
  const endpoints = new Map<string, string>()

  async function checkEndpoint(server: TrustedServer, clientId: string, mayMove: boolean) {
    const endpoint = endpointOf(server, 'token_endpoint')
    const known = endpoints.get(server.issuer) ?? (await keptEndpoint(store, server, clientId))
    if (known !== undefined && known !== endpoint && !mayMove) {
      discovery.forget(server.issuer)
      throw new ClientError('server_changed', 'Approve the change if it is right.', {
        detail: `${server.issuer} had ${known}, now has ${endpoint}`,
      })
    }
    endpoints.set(server.issuer, endpoint)
  }

  const configured = async (server: TrustedServer, clientId: string, mayMove: boolean) => {
    const authentication = options.clientAuth ?? publicClient()
    if (authentication.sendsSecret || options.flow?.sendsSecret === true)
      await checkEndpoint(server, clientId, mayMove)
    return { clientId, authentication }
  }

  async function identify(server: TrustedServer, wish: ConnectionWish): Promise<Identity> {
    if (options.clientId !== undefined) {
      return configured(server, options.clientId, wish.approveServerChange === true)
    }
    if (options.registration === undefined) {
      throw new ClientError('client_refused', 'Pass its clientId, or how it registers.')
    }
    return introduce({
      ...{ server, store, transport, redirectUri: wish.redirectUri ?? options.redirectUri },
      now: () => platform.now(),
      options: options.registration,
      authentication: options.clientAuth,
    })
  }

  const party = (server: TrustedServer, identity: Identity): Party => ({
    ...{ server, transport, platform, quirks },
    ...identity,
  })

  const issuerOf = (resource: string, described: TrustedResource | undefined): string =>
    options.issuer ?? described?.authorizationServers[0] ?? new URL(resource).origin

  const ask = async (resource: string, challenge: ResourceChallenge | undefined) => ({
    said: await describe(options, resource, challenge),
  })

  return {
    describe: ask,
    async to(resource, wish = {}) {
      const { said: described } = wish.description ?? (await ask(resource, wish.challenge))
      const issuer = issuerOf(resource, described)
      const server = await discovery.server(issuer)
      return {
        party: party(server, await identify(server, wish)),
        resource: described?.resource ?? resource,
        described,
      }
    },
    async redirectUris(resource, { said }) {
      if (options.registration === undefined) return []
      const issuer = issuerOf(resource, said)
      return (await store.registration(issuer))?.redirectUris ?? []
    },
    async of({ issuer, clientId }, approved) {
      const server = await discovery.server(issuer)
      const mayMove = approved !== undefined && server.metadata.token_endpoint === approved
      if (options.clientId === clientId)
        return party(server, await configured(server, clientId, mayMove))
      if (options.registration?.clientIdUrl === clientId) {
        return party(server, { clientId, authentication: options.clientAuth ?? publicClient() })
      }
      const kept = await store.registration(issuer)
      if (kept?.clientId === clientId) return party(server, registeredAt(server, kept))
      // A public client needs nothing but its name.
      return party(server, { clientId, authentication: publicClient() })
    },
  }
}

/** @throws {ClientError} `server_changed` if the secret was given for another endpoint. */
function registeredAt(server: TrustedServer, kept: Parameters<typeof identityOf>[0]): Identity {
  const endpoint = endpointOf(server, 'token_endpoint')
  if (kept.tokenEndpoint === undefined || kept.tokenEndpoint === endpoint) return identityOf(kept)
  throw new ClientError('server_changed', 'If that is right, sign in again to trust it.', {
    detail: `${kept.issuer} had ${kept.tokenEndpoint}, now has ${endpoint}`,
  })
}

async function keptEndpoint(store: GrantStore, { issuer }: TrustedServer, clientId: string) {
  const ours = (await store.grants()).filter(
    ({ key }) => key.issuer === issuer && key.clientId === clientId,
  )
  const [latest] = ours.sort((one, other) => other.givenAt - one.givenAt)
  return latest?.tokenEndpoint
}

/** Asks a resource about itself, unless the server was named and nothing has to be found. */
async function describe(
  { issuer, transport, allowUndescribedResource }: ConnectionOptions,
  resource: string,
  challenge: ResourceChallenge | undefined,
): Promise<TrustedResource | undefined> {
  if (issuer !== undefined || resource === '') return undefined
  const described = await discoverResource(resource, transport, challenge)
  if (described !== undefined || allowUndescribedResource) return described
  throw new ClientError('metadata_refused', 'It does not say who gives tokens for it.', {
    detail: `${resource} has no resource metadata`,
  })
}
