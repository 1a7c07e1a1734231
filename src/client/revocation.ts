/**
 * Telling the server that a grant is over.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 | RFC 7009 §2}
 * @module
 */

import * as oauth from 'oauth4webapi'
import { refusedBy } from './failure.ts'
import { checkStillThere } from './flows/refresh.ts'
import type { KeptGrant } from './kept-grant.ts'
import { libraryClient, libraryFetch, plainHttp } from './library.ts'
import type { Party } from './party.ts'

/**
 * Revokes a grant: its refresh token, which takes the access tokens with it, or else its access token.
 *
 * @returns Whether the server takes revocations.
 * @throws {ClientError} `server_changed` before anything is sent to another server; or if it could not
 * be done.
 */
export async function revoke(party: Party, kept: KeptGrant): Promise<boolean> {
  const { server, authentication, transport } = party
  checkStillThere(party, kept)
  const url = server.metadata.revocation_endpoint
  if (url === undefined) return false
  const [token, hint] =
    kept.refreshToken === undefined
      ? [kept.accessToken, 'access_token']
      : [kept.refreshToken, 'refresh_token']
  const { status, headers } = await oauth.revocationRequest(
    server.metadata,
    libraryClient(party),
    authentication.apply,
    token.reveal('revocation'),
    {
      ...plainHttp(server),
      [oauth.customFetch]: libraryFetch(transport, 'oauth:token'),
      additionalParameters: { token_type_hint: hint },
    },
  )
  if (status === 200) return true
  throw refusedBy(new URL(url).host, { status, headers, json: undefined }, 'machine')
}
