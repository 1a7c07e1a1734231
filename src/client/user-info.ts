/**
 * Asking who a user is, and believing it only of the user who signed in.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse | OpenID Connect Core §5.3.2, §5.3.4}
 * @module
 */

import * as oauth from 'oauth4webapi'
import { type ApiContext, apiRequest } from './api-request.ts'
import { ClientError } from './errors.ts'
import { refusedBy } from './failure.ts'
import { checkStillThere } from './flows/refresh.ts'
import type { KeptGrant } from './kept-grant.ts'
import { isEmpty, libraryClient, libraryFetch, plainHttp } from './library.ts'
import type { Party } from './party.ts'

/**
 * Gets the claims of a user.
 *
 * @param subject - The `sub` of the ID token that the user signed in with.
 * @throws {ClientError} `server_changed` before the token leaves, if the server is another than the one that
 * gave it; `response_mismatch` if the answer is about another, or not signed by the server
 * though it is signed.
 */
export async function userInfo(
  party: Party,
  grant: KeptGrant,
  { subject, context }: { readonly subject: string; readonly context: ApiContext },
): Promise<oauth.UserInfoResponse> {
  const { server, transport } = party
  checkStillThere(party, grant)
  const url = server.metadata.userinfo_endpoint
  if (url === undefined) {
    throw new ClientError('metadata_refused', 'It has no userinfo_endpoint.')
  }
  const bounded: typeof globalThis.fetch = async (_, init = {}) => {
    const { status, headers, text } = await transport.send('oauth:request', url, init)
    return new Response(isEmpty(status) ? null : text, { status, headers: contentOf(headers) })
  }
  const request = apiRequest({ ...context, fetch: bounded, origins: [new URL(url).origin] }, url, {
    headers: { accept: 'application/json, application/jwt' },
  })
  const response = await request.send(grant)
  if (response.status !== 200) {
    const { status, headers } = response
    throw refusedBy(new URL(url).host, { status, headers, json: undefined }, 'user')
  }
  const isSigned = /^application\/jwt\b/i.test(response.headers.get('content-type') ?? '')
  try {
    const client = libraryClient(party)
    const as = server.metadata
    const claims = await oauth.processUserInfoResponse(as, client, subject, response)
    if (isSigned) {
      const fetch = libraryFetch(transport, 'oauth:request')
      const options = { ...plainHttp(server), [oauth.customFetch]: fetch }
      await oauth.validateApplicationLevelSignature(as, response, options)
    }
    return claims
  } catch (cause) {
    if (cause instanceof ClientError) throw cause
    throw new ClientError('response_mismatch', 'What it says of the user cannot be trusted.', {
      detail: cause instanceof Error ? cause.message : 'invalid',
    })
  }
}

/** The body has been decoded. */
function contentOf(headers: Headers): Headers {
  const kept = new Headers(headers)
  for (const name of ['content-encoding', 'content-length']) kept.delete(name)
  return kept
}
