/**
 * Who the client is at a server that it has never met: its own document's URL where the server reads
 * such documents, otherwise a registration, kept by issuer.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 | RFC 7591 §3}
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/client-registration | MCP client registration} for the order
 * @module
 */

import { isObject } from '../protocol/json-rpc.ts'
import { matchRedirectUri } from '../protocol/redirect-uri.ts'
import { Secret } from '../vault/secret.ts'
import {
  type ClientAuthentication,
  clientSecret,
  clientSecretBasic,
  clientSecretPost,
  publicClient,
} from './client-auth/index.ts'
import { ClientError } from './errors.ts'
import { refusedBy } from './failure.ts'
import type { GrantKey, GrantStore, KeptRegistration } from './kept-grant.ts'
import { endpointOf, type TrustedServer } from './server.ts'
import { malformed, type Transport } from './transport.ts'

/** How a client introduces itself where it is not known. */
export interface RegistrationOptions {
  /** Its name, for the people who are asked. */
  readonly clientName: string
  /** The URL of its metadata document, used before anything is registered. */
  readonly clientIdUrl?: string
  /** `native` unless told: a program on a person's machine. */
  readonly applicationType?: 'native' | 'web'
  /** Grant types besides those of a browser sign-in, such as that of devices. */
  readonly grantTypes?: readonly string[]
  /** More members of its metadata, such as `client_uri` or `software_id`. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Who the client is at one server. */
export interface Identity {
  readonly clientId: string
  readonly authentication: ClientAuthentication
}

/** What introducing takes. */
export interface Introduction {
  readonly server: TrustedServer
  readonly store: GrantStore
  readonly transport: Transport
  readonly now: () => number
  readonly redirectUri: string | undefined
  readonly options: RegistrationOptions
  /** How the document's client authenticates; a public client unless told. */
  readonly authentication: ClientAuthentication | undefined
}

/**
 * Finds out who the client is, and registers it if it must: once, however many processes of its user
 * want to at the same moment. Of two registrations only the last would be kept.
 *
 * @throws {ClientError} `client_refused` if the server takes neither, `answer_malformed` if what it
 * registered is not what was asked for.
 */
export async function introduce(introduction: Introduction): Promise<Identity> {
  const { server, store, options } = introduction
  if (
    options.clientIdUrl !== undefined &&
    server.metadata.client_id_metadata_document_supported === true
  ) {
    const authentication = introduction.authentication ?? publicClient()
    return { clientId: options.clientIdUrl, authentication }
  }
  let registration = await findGood(introduction)
  if (registration !== undefined) return identityOf(registration)
  // Nothing is kept under this key: it is the lock that counts.
  await store.decide(registeringKey(server), async () => {
    registration = (await findGood(introduction)) ?? (await registerAnew(introduction))
    return { leave: true }
  })
  if (registration === undefined) throw new TypeError('A store that decides nothing is none.')
  return identityOf(registration)
}

const registeringKey = ({ issuer }: TrustedServer): GrantKey => ({
  ...{ issuer, clientId: 'registration', resource: '', account: '' },
})

/** What was registered before, if it can be used. */
async function findGood(introduction: Introduction): Promise<KeptRegistration | undefined> {
  const kept = await introduction.store.registration(introduction.server.issuer)
  return kept !== undefined && isStillGood(kept, introduction) ? kept : undefined
}

async function registerAnew(introduction: Introduction): Promise<KeptRegistration> {
  const registration = await register(introduction)
  await introduction.store.register(registration)
  return registration
}

function isStillGood(kept: KeptRegistration, { server, now, redirectUri }: Introduction): boolean {
  // A secret is for the endpoint it was given for; at another, the client is a stranger.
  const isSameServer =
    kept.tokenEndpoint === undefined || kept.tokenEndpoint === server.metadata.token_endpoint
  return (
    isSameServer &&
    (kept.expiresAt === undefined || kept.expiresAt > now()) &&
    (redirectUri === undefined ||
      matchRedirectUri(kept.redirectUris, redirectUri, { allowLocalhost: true }))
  )
}

/** A client as it was registered. */
export const identityOf = (kept: KeptRegistration): Identity => ({
  clientId: kept.clientId,
  authentication: authenticationOf(kept),
})

function authenticationOf({ clientSecret: secret, tokenEndpointAuthMethod }: KeptRegistration) {
  if (secret === undefined) return publicClient()
  switch (tokenEndpointAuthMethod) {
    case 'none':
      return publicClient()
    case 'client_secret_post':
      return clientSecretPost(secret)
    case 'client_secret_basic':
      return clientSecretBasic(secret)
    default:
      return clientSecret(secret)
  }
}

async function register(introduction: Introduction): Promise<KeptRegistration> {
  const { server, transport, redirectUri } = introduction
  const url = server.metadata.registration_endpoint
  if (url === undefined) {
    throw new ClientError(
      'client_refused',
      'It registers no clients by itself. Register one there, and pass its clientId.',
      { detail: `${server.issuer} has no registration_endpoint` },
    )
  }
  const redirectUris = redirectUri === undefined ? [] : [redirectUri]
  const answer = await transport.send('oauth:registration', url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify(metadataOf(introduction, redirectUris)),
  })
  if (answer.status !== 201 && answer.status !== 200) {
    const error = refusedBy(new URL(url).host, answer, 'machine')
    if (error.code === 'try_later') throw error
    throw new ClientError('client_refused', 'It did not register this client.', {
      detail: error.detail ?? '',
      serverCode: error.serverCode,
    })
  }
  return parseRegistration(answer.json, { introduction, url, redirectUris })
}

function metadataOf({ server, options }: Introduction, redirectUris: readonly string[]) {
  const { clientName, applicationType = 'native', grantTypes = [], metadata } = options
  const methods = server.metadata.token_endpoint_auth_methods_supported ?? ['none']
  const known = ['none', 'client_secret_basic', 'client_secret_post']
  return {
    ...metadata,
    client_name: clientName,
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', 'refresh_token', ...grantTypes],
    response_types: ['code'],
    application_type: applicationType,
    token_endpoint_auth_method: known.find((method) => methods.includes(method)) ?? 'none',
  }
}

/** The last second that a date can be. */
const LAST_SECOND = 8_640_000_000_000

/** When a secret ends, if it does: what is no time could be neither kept nor compared. */
export const secretEnd = (end: unknown): { readonly expiresAt?: number } =>
  typeof end === 'number' && end > 0 && end <= LAST_SECOND ? { expiresAt: end * 1000 } : {}

/** Visible characters, and for secrets spaces; what else there is would not survive a header. */
const CLIENT_ID = /^[\x21-\x7e]{1,2048}$/
const CLIENT_SECRET = /^[\x20-\x7e]{1,2048}$/

function parseRegistration(
  json: unknown,
  {
    introduction: { server },
    url,
    redirectUris,
  }: { introduction: Introduction; url: string; redirectUris: readonly string[] },
): KeptRegistration {
  if (!isObject(json)) throw malformed(url, 'not a JSON object')
  const { client_id: clientId, client_secret: secret, redirect_uris: said = redirectUris } = json
  const { client_secret_expires_at: end, token_endpoint_auth_method: method } = json
  if (typeof clientId !== 'string' || !CLIENT_ID.test(clientId)) {
    throw malformed(url, 'client_id is missing or no plain text')
  }
  if (secret !== undefined && (typeof secret !== 'string' || !CLIENT_SECRET.test(secret))) {
    throw malformed(url, 'client_secret is no plain text')
  }
  if (!Array.isArray(said) || !redirectUris.every((uri) => said.includes(uri))) {
    throw malformed(url, 'redirect_uris are not those that were asked for')
  }
  return {
    issuer: server.issuer,
    clientId,
    ...(secret === undefined ? {} : { clientSecret: new Secret(secret) }),
    // RFC 7591 §3.2.1: a secret without a method is sent as the server's metadata wants it.
    tokenEndpointAuthMethod:
      typeof method === 'string' ? method : secret === undefined ? 'none' : 'auto',
    redirectUris,
    tokenEndpoint: endpointOf(server, 'token_endpoint'),
    ...secretEnd(end),
  }
}
