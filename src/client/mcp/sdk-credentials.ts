/**
 * What the SDK is given of a client and its tokens, and what is kept of what it brings.
 *
 * The SDK never has a client's secret: it is put into a request here, and only into one to the token
 * endpoint that it is for. Nor has it a refresh token, unless it is about to use it where that came from.
 *
 * @module
 */

import { matchRedirectUri } from '../../protocol/redirect-uri.ts'
import { Secret } from '../../vault/secret.ts'
import type { Connections } from '../connections.ts'
import { ClientError } from '../errors.ts'
import { createGrantKeys, type GrantKeys } from '../grant-keys.ts'
import type { GrantStore, KeptGrant } from '../kept-grant.ts'
import { libraryClient } from '../library.ts'
import { newGrant } from '../new-grant.ts'
import { secretEnd } from '../registration.ts'
import { endpointOf, type TrustedServer } from '../server.ts'
import { secondsOf } from '../token-answer.ts'
import { isSignInNeeded } from '../token-life.ts'
import { malformed } from '../transport.ts'
import { accountOf, fixedClientId, type OAuthClientProviderOptions } from './provider-options.ts'
import type { SdkServer } from './sdk-server.ts'
import type { SdkClientInformation, SdkTokens } from './sdk-types.ts'

/** What is needed for it. */
export interface SdkCredentialsOptions {
  readonly options: OAuthClientProviderOptions
  readonly store: GrantStore
  readonly connections: Connections
  readonly now: () => number
}

/** Credentials of one client. */
export interface SdkCredentialStore {
  /** Who the client is at a server; nothing if it has to be registered. */
  client(server: TrustedServer): Promise<string | undefined>
  register(server: TrustedServer, information: SdkClientInformation): Promise<void>
  unregister(server: TrustedServer): Promise<void>
  /** Puts the client's proof into a request. @throws {ClientError} `server_changed` if it is not for there. */
  authenticate(server: TrustedServer, request: TokenRequestParts): Promise<void>
  /** @param at - Whose refresh token is wanted too. */
  tokens(at: TrustedServer | undefined): Promise<SdkTokens | undefined>
  save(at: SdkServer, tokens: SdkTokens): Promise<void>
  /** Forgets what the SDK was given last, unless another process has renewed it since. */
  forget(): Promise<void>
}

/** A token request that the SDK is about to send. */
export interface TokenRequestParts {
  readonly headers: Headers
  readonly params: URLSearchParams
  readonly url: string | URL
}

/** Headers carry them, so they are visible ASCII. */
const VISIBLE = /^[\x21-\x7e]{1,65536}$/

/** Makes the credentials of one client. */
export function sdkCredentials(context: SdkCredentialsOptions): SdkCredentialStore {
  const { options, store, connections } = context
  const { clientId, clientIdUrl, server: resource } = options
  const named = { issuer: undefined, clientId: fixedClientId(options), clientIdUrl }
  const keys = createGrantKeys({ store, connections, ...named, isMachine: false })
  const wanted = { resource, account: accountOf(options) }
  let lastGiven: KeptGrant | undefined

  async function client(server: TrustedServer): Promise<string | undefined> {
    const fixed = fixedClientId(options)
    if (fixed !== undefined) return fixed
    const readsDocuments = server.metadata.client_id_metadata_document_supported === true
    if (clientIdUrl !== undefined && readsDocuments) return clientIdUrl
    return registered(context, server)
  }

  return {
    client,
    async register(server, { client_id: id, client_secret: secret, ...rest }) {
      if (id === clientIdUrl || id === clientId) return
      if (!VISIBLE.test(id)) throw malformed(server.issuer, 'client_id is no plain text')
      const { token_endpoint_auth_method: method, client_secret_expires_at: end } = rest
      await store.register({
        issuer: server.issuer,
        clientId: id,
        ...(secret === undefined ? {} : { clientSecret: new Secret(secret) }),
        tokenEndpointAuthMethod: method ?? (secret === undefined ? 'none' : 'auto'),
        redirectUris: options.redirectUri === undefined ? [] : [options.redirectUri],
        tokenEndpoint: endpointOf(server, 'token_endpoint'),
        ...secretEnd(end),
      })
    },
    unregister: ({ issuer }) => store.unregister(issuer),
    async authenticate(server, { headers, params, url }) {
      const endpoint = endpointOf(server, 'token_endpoint')
      const id = await client(server)
      if (id === undefined || new URL(url).href !== new URL(endpoint).href) {
        throw new ClientError('server_changed', 'Start the sign-in again.', {
          detail: `${server.issuer} has ${endpoint}`,
        })
      }
      const party = await connections.of({ issuer: server.issuer, clientId: id })
      const library = libraryClient(party)
      await party.authentication.apply(server.metadata, library, params, headers)
    },
    async tokens(at) {
      const now = context.now()
      // Asked for with each request, when nothing is doubted. Otherwise what is kept now counts.
      if (at === undefined && lastGiven !== undefined && now < endOf(lastGiven)) {
        return written(lastGiven, { now, withRefreshToken: false })
      }
      const grant = await found(keys, store, wanted)
      if (grant === undefined || (at !== undefined && grant.key.issuer !== at.issuer)) {
        return undefined
      }
      lastGiven = grant
      const isThere = at?.metadata.token_endpoint === grant.tokenEndpoint
      return written(grant, { now, withRefreshToken: isThere })
    },
    async save({ server, resource: said }, tokens) {
      const clientId = await client(server)
      if (clientId === undefined) throw new ClientError('client_refused', 'Start again.')
      const party = await connections.of({ issuer: server.issuer, clientId })
      const key = { issuer: server.issuer, clientId, resource: said, account: wanted.account }
      const scopes = options.scope ?? []
      lastGiven = await store.decide(key, async (before) => ({
        keep: newGrant(answerOf(tokens, server), { party, key, scopes, before }),
      }))
    },
    async forget() {
      if (lastGiven === undefined) return
      const { key, accessToken } = lastGiven
      lastGiven = undefined
      const given = accessToken.reveal('comparing')
      await store.decide(key, async (kept) =>
        kept?.accessToken.reveal('comparing') === given ? { forget: true } : { leave: true },
      )
    },
  }
}

const endOf = ({ expiresAt = Number.POSITIVE_INFINITY }: KeptGrant): number => expiresAt

async function registered(
  { store, options, now }: SdkCredentialsOptions,
  server: TrustedServer,
): Promise<string | undefined> {
  const kept = await store.registration(server.issuer)
  if (kept === undefined || (kept.expiresAt ?? Number.POSITIVE_INFINITY) <= now()) return undefined
  const isSame =
    (kept.tokenEndpoint ?? server.metadata.token_endpoint) === server.metadata.token_endpoint
  const { redirectUri = '' } = options
  const isHere = matchRedirectUri(kept.redirectUris, redirectUri, { allowLocalhost: true })
  return isSame && isHere ? kept.clientId : undefined
}

async function found(
  keys: GrantKeys,
  store: GrantStore,
  wanted: { readonly resource: string; readonly account: string },
): Promise<KeptGrant | undefined> {
  keys.reset()
  const key = await keys.of(wanted).catch((error: unknown) => {
    if (isSignInNeeded(error)) return undefined
    throw error
  })
  return key === undefined ? undefined : store.grant(key)
}

function written(
  grant: KeptGrant,
  { now, withRefreshToken }: { readonly now: number; readonly withRefreshToken: boolean },
): SdkTokens {
  const { expiresAt, refreshToken } = grant
  return {
    access_token: grant.accessToken.reveal('a token for the MCP server'),
    token_type: grant.tokenType,
    scope: grant.scopes.join(' '),
    issuer: grant.key.issuer,
    ...(expiresAt === undefined
      ? {}
      : { expires_in: Math.max(0, Math.floor((expiresAt - now) / 1000)) }),
    ...(withRefreshToken && refreshToken !== undefined
      ? { refresh_token: refreshToken.reveal('refreshing, where it came from') }
      : {}),
  }
}

/** Tokens that the SDK has got. @throws {ClientError} `answer_malformed` */
function answerOf(tokens: SdkTokens, { issuer }: TrustedServer) {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in } = tokens
  if (tokens.token_type.toLowerCase() !== 'bearer') {
    throw malformed(issuer, 'token_type is not Bearer')
  }
  for (const token of [accessToken, refreshToken ?? 'none']) {
    if (!VISIBLE.test(token)) throw malformed(issuer, 'a token that no header can carry')
  }
  return {
    ...{ accessToken, refreshToken, idToken: undefined, issuedTokenType: undefined },
    expiresIn: secondsOf(expires_in, issuer),
    tokenType: 'Bearer' as const,
    scopes: tokens.scope === undefined ? undefined : tokens.scope.split(' ').filter(Boolean),
  }
}
