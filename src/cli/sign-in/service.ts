/**
 * The client for an address that a user names: of an API, of an MCP server, or of an authorization
 * server itself.
 *
 * @module
 */

import type { SignInWay } from '../../client/callback/ways.ts'
import { type Client, createClient } from '../../client/client.ts'
import { clientSecret } from '../../client/client-auth/client-secret.ts'
import type { ClientOptions } from '../../client/client-options.ts'
import { discoverServer } from '../../client/discovery/authorization-server.ts'
import {
  discoverResource,
  type TrustedResource,
} from '../../client/discovery/protected-resource.ts'
import { ClientError } from '../../client/errors.ts'
import { clientCredentials } from '../../client/flows/client-credentials.ts'
import { keptKeys } from '../../client/grant-keys.ts'
import type { GrantStore, KeptGrant } from '../../client/kept-grant.ts'
import { type Trace, tracer } from '../../client/trace.ts'
import { createTransport, type Fetch, type Transport } from '../../client/transport.ts'
import { DEVICE_GRANT_TYPE } from '../../protocol/client-metadata.ts'
import { systemTimers } from '../../timers.ts'
import type { Secret } from '../../vault/secret.ts'
import { CLIENT_NAME } from './asking.ts'

/** Which service, and who asks. */
export interface ServiceOptions {
  readonly url: string
  readonly account: string
  readonly store: GrantStore
  readonly fetch: Fetch
  readonly trace: Trace | undefined
  readonly ask?: SignInWay | undefined
  readonly scope?: readonly string[] | undefined
  /** The client's name at the server, if it is known there. */
  readonly clientId?: string | undefined
  readonly clientSecret?: Secret<string> | undefined
  /** Where the client describes itself, for servers that read such documents. */
  readonly clientIdUrl?: string | undefined
  /** Whether the user types a code in on another machine. */
  readonly isDevice?: boolean | undefined
  /** What a client that registers says of itself besides. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** The authorization server, if it is not to be found out. */
  readonly issuer?: string | undefined
  /** What tokens are asked for, if not for the address itself. */
  readonly indicator?: string | undefined
  /** Whether the server is told what tokens are for. */
  readonly sendsResource?: boolean | undefined
  /** Asks for tokens as the client itself, without a user. */
  readonly isMachine?: boolean | undefined
  /** Where to ask for them, if the server publishes nothing. */
  readonly tokenEndpoint?: string | undefined
}

/** A client for a server that messages are sent to. */
export async function serverClient(options: ServiceOptions): Promise<Client> {
  const { url } = options
  if (!needsIssuer(options)) {
    return createClient({
      ...commonOptions(options),
      resource: url,
      legacy: { undescribedResource: true },
    })
  }
  const found = (await knownIssuer(options)) ?? issuerOf(url, await describe(options))
  return issuerClient(options, found, resourceOf(options, found))
}

/** A client for whatever is at an address: it is looked at to find out, once. */
export async function serviceClient(options: ServiceOptions): Promise<Client> {
  const { url, indicator } = options
  const known = needsIssuer(options) ? await knownIssuer(options) : undefined
  if (known !== undefined) return issuerClient(options, known, resourceOf(options, known))
  const described = await describe(options)
  if (described === undefined && (await isIssuer(options))) {
    return issuerClient(options, { issuer: url }, indicator)
  }
  const found = issuerOf(url, described)
  return issuerClient(options, found, resourceOf(options, found))
}

/** What tokens are asked for. */
const resourceOf = ({ indicator, url }: ServiceOptions, { resource = url }: FoundIssuer): string =>
  indicator ?? resource

/** A client for what was kept, as the client it was given to. */
export async function keptClient(
  { key }: KeptGrant,
  options: Pick<
    ServiceOptions,
    'store' | 'fetch' | 'trace' | 'clientSecret' | 'sendsResource' | 'tokenEndpoint'
  >,
): Promise<Client> {
  const { issuer, clientId, resource, account } = key
  const { store, fetch, trace, clientSecret: secret } = options
  // Who registered may have been given a secret, which is kept with the registration.
  const isRegistered = (await store.registration(issuer))?.clientId === clientId
  return createClient({
    ...{ store, fetch, account },
    ...providerOf(options, issuer),
    ...(trace === undefined ? {} : { trace }),
    ...(isRegistered ? { registration: { clientName: CLIENT_NAME } } : { clientId }),
    ...(resource === '' ? {} : { resource }),
    ...(secret === undefined ? {} : { clientAuth: clientSecret(secret) }),
  })
}

function issuerClient(
  options: ServiceOptions,
  found: FoundIssuer,
  resource: string | undefined,
): Client {
  const common = commonOptions(options)
  return createClient({
    ...common,
    ...providerOf(options, found.issuer),
    ...(resource === undefined ? {} : { resource }),
    apiOrigins: [new URL(options.url).origin],
    ...(common.scope === undefined && found.scope !== undefined ? { scope: found.scope } : {}),
  })
}

const describe = (options: ServiceOptions): Promise<TrustedResource | undefined> =>
  discoverResource(options.url, transportOf(options))

/** Whether there is an authorization server at the address. */
async function isIssuer(options: ServiceOptions): Promise<boolean> {
  try {
    await discoverServer(options.url, transportOf(options))
    return true
  } catch (error) {
    if (error instanceof ClientError && error.code === 'metadata_refused') return false
    throw error
  }
}

function commonOptions(options: ServiceOptions): ClientOptions {
  const { store, fetch, account, trace, scope, clientId, clientIdUrl, metadata } = options
  return {
    ...{ store, fetch, account },
    ...(trace === undefined ? {} : { trace }),
    ...(options.ask === undefined ? {} : { onSignInNeeded: options.ask }),
    ...(scope === undefined || scope.length === 0 ? {} : { scope }),
    ...(options.isMachine === true ? { flow: clientCredentials() } : {}),
    ...(options.clientSecret === undefined
      ? {}
      : { clientAuth: clientSecret(options.clientSecret) }),
    ...(clientId === undefined
      ? {
          // Whoever registers must say where a browser comes back to, even if none will.
          redirectUri: 'http://127.0.0.1/oauth/callback',
          registration: {
            clientName: CLIENT_NAME,
            ...(options.isDevice === true ? { grantTypes: [DEVICE_GRANT_TYPE] } : {}),
            ...(clientIdUrl === undefined ? {} : { clientIdUrl }),
            ...(metadata === undefined ? {} : { metadata }),
          },
        }
      : { clientId }),
  }
}

/** Whether the client cannot be made before it is known who gives the tokens. */
const needsIssuer = (options: ServiceOptions): boolean =>
  options.clientSecret !== undefined ||
  options.issuer !== undefined ||
  options.indicator !== undefined ||
  options.tokenEndpoint !== undefined ||
  options.sendsResource === false

interface FoundIssuer {
  readonly issuer: string
  /** What the address calls itself. */
  readonly resource?: string | undefined
  readonly scope?: readonly string[] | undefined
}

/**
 * Who gives tokens for an address, as far as that is known here. Who has given one is asked again, whatever
 * the address says by now: otherwise it could have a secret sent to whom it likes.
 */
async function knownIssuer(options: ServiceOptions): Promise<FoundIssuer | undefined> {
  const { url, issuer, tokenEndpoint, indicator, account } = options
  if (issuer !== undefined) return { issuer }
  if (tokenEndpoint !== undefined) return { issuer: new URL(tokenEndpoint).origin }
  const { store, clientId, clientIdUrl } = options
  const wanted = { resource: indicator ?? url, account }
  const [key] = await keptKeys({ store, clientId, clientIdUrl }, wanted)
  const kept = key === undefined ? undefined : await store.grant(key)
  if (kept === undefined) return undefined
  return { issuer: kept.key.issuer, resource: kept.key.resource, scope: kept.scopes }
}

/** What the address says of it; without a word, it is its own authorization server. */
const issuerOf = (url: string, described: TrustedResource | undefined): FoundIssuer => ({
  issuer: described?.authorizationServers[0] ?? new URL(url).origin,
  resource: described?.resource,
  scope: described?.challengedScopes ?? described?.scopesSupported,
})

function providerOf(
  { tokenEndpoint, sendsResource }: Pick<ServiceOptions, 'tokenEndpoint' | 'sendsResource'>,
  issuer: string,
) {
  if (tokenEndpoint === undefined && sendsResource !== false) return { issuer }
  return {
    profile: {
      ...{ name: issuer, issuer },
      ...(sendsResource === undefined ? {} : { sendsResource }),
      ...(tokenEndpoint === undefined ? {} : { metadata: { token_endpoint: tokenEndpoint } }),
    },
  }
}

const transportOf = ({ fetch, trace }: ServiceOptions): Transport =>
  createTransport({ fetch, timers: systemTimers, tell: tracer(trace) })
