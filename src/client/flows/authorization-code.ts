/**
 * Authorization Code Grant, up to the moment when the user is sent away: the request, and what its
 * answer will be held against.
 *
 * PKCE and `state` always, `nonce` where OpenID is asked for, `resource`, and the request signed and pushed
 * where the server takes it so.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1 | RFC 9700 §2.1.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9126 | RFC 9126}
 * @module
 */

import * as oauth from 'oauth4webapi'
import { randomToken } from '../../platform.ts'
import { codeChallenge } from '../../protocol/pkce.ts'
import type { PrivateKeyJwtOptions } from '../client-auth/index.ts'
import { ClientError } from '../errors.ts'
import { refusedBy } from '../failure.ts'
import { fromLibrary, libraryClient, libraryFetch, plainHttp } from '../library.ts'
import { checkOpenableUrl } from '../outward-url.ts'
import type { Party } from '../party.ts'
import { endpointOf } from '../server.ts'
import { signedRequest } from './signed-request.ts'

/**
 * What must be kept until the user comes back, in the user's session or the process that waits. It is
 * plain JSON, good for one answer, and secret: it has the code verifier.
 */
export interface PendingAuthorization {
  readonly version: 1
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly clientId: string
  readonly redirectUri: string
  readonly state: string
  readonly codeVerifier: string
  /** Only where an ID token is expected. */
  readonly nonce?: string
  readonly maxAge?: number
  readonly resource: string
  readonly account: string
  readonly scopes: readonly string[]
  /** In milliseconds since the epoch. */
  readonly startedAt: number
}

/** What is asked for. */
export interface AuthorizationRequest {
  readonly redirectUri: string
  readonly resource: string
  readonly account: string
  readonly scopes: readonly string[]
  /** `scope` and `resource` as the provider wants them. */
  readonly wanted: Readonly<Record<string, string>>
  /** Others, such as `prompt` or `login_hint`. They replace none of ours. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Takes servers that do not say that they support PKCE. It is used all the same. */
  readonly allowUnadvertisedPkce?: boolean
  /** What the request is signed with, where the server reads signed ones. */
  readonly requestKey?: PrivateKeyJwtOptions | undefined
}

/** Where to send the user, and what to keep meanwhile. */
export interface BegunAuthorization {
  /** To be opened in the user's browser, as one argument and never through a shell. */
  readonly url: string
  readonly pending: PendingAuthorization
}

/**
 * Begins an authorization.
 *
 * @throws {ClientError} `metadata_refused` if the server has no such endpoint or no S256.
 */
export async function beginAuthorization(
  party: Party,
  request: AuthorizationRequest,
): Promise<BegunAuthorization> {
  const { server, clientId, platform } = party
  checkPkce(party, request.allowUnadvertisedPkce === true)
  const endpoint = endpointOf(server, 'authorization_endpoint')
  const [state, codeVerifier] = [randomToken(platform), randomToken(platform)]
  const { redirectUri, resource, account, scopes } = request
  const maxAge = Number(request.parameters?.max_age ?? Number.NaN)
  const pending: PendingAuthorization = {
    version: 1,
    issuer: server.issuer,
    tokenEndpoint: endpointOf(server, 'token_endpoint'),
    ...{ clientId, redirectUri, state, codeVerifier, resource, account, scopes },
    ...(scopes.includes('openid') ? { nonce: randomToken(platform) } : {}),
    ...(Number.isNaN(maxAge) ? {} : { maxAge }),
    startedAt: platform.now(),
  }
  const parameters = {
    ...request.parameters,
    ...request.wanted,
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge: await codeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...(pending.nonce === undefined ? {} : { nonce: pending.nonce }),
  }
  const sent = await pushed(party, await signedRequest(party, parameters, request.requestKey))
  const url = new URL(endpoint)
  for (const [name, value] of Object.entries(sent)) url.searchParams.set(name, value)
  return { url: checkOpenableUrl(url.href), pending }
}

/** @throws {ClientError} `metadata_refused` unless the server says that it supports S256. */
export function checkPkce({ server }: Pick<Party, 'server'>, mayBeSilent: boolean): void {
  const methods = server.metadata.code_challenge_methods_supported
  if (methods === undefined && mayBeSilent) return
  if (methods?.includes('S256') === true) return
  throw new ClientError('metadata_refused', 'It does not say that it supports PKCE with S256.', {
    detail: `code_challenge_methods_supported of ${server.issuer}: ${methods?.join(' ') ?? 'missing'}`,
  })
}

/** Pushes the request, if the server takes it so; then only its name goes through the browser. */
async function pushed(
  party: Party,
  parameters: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const { server, authentication, transport, clientId } = party
  const endpoint = server.metadata.pushed_authorization_request_endpoint
  if (endpoint === undefined) return parameters
  const client = libraryClient(party)
  const response = await oauth.pushedAuthorizationRequest(
    server.metadata,
    client,
    authentication.apply,
    { ...parameters },
    { ...plainHttp(server), [oauth.customFetch]: libraryFetch(transport, 'oauth:authorization') },
  )
  if (response.status !== 201) {
    const { status, headers } = response
    const json = await response.json().catch(() => undefined)
    throw refusedBy(new URL(endpoint).host, { status, headers, json }, 'user')
  }
  const { request_uri } = await oauth
    .processPushedAuthorizationResponse(server.metadata, client, response)
    .catch((cause) => {
      throw fromLibrary(cause, endpoint)
    })
  return { client_id: clientId, request_uri }
}
