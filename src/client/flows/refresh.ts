/**
 * Refreshing: new tokens for a grant that was given, from the endpoint that gave it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 | RFC 6749 §6}
 * @module
 */

import type { DpopSigner } from '../dpop.ts'
import { ClientError } from '../errors.ts'
import type { KeptGrant } from '../kept-grant.ts'
import type { Party } from '../party.ts'
import { endpointOf } from '../server.ts'
import type { TokenAnswer } from '../token-answer.ts'
import { requestTokens } from '../token-request.ts'
import { type ScopeQuirks, wanted } from './flow.ts'

/** How a grant is renewed. */
export interface RefreshOptions {
  readonly dpop?: DpopSigner | undefined
  readonly quirks?: ScopeQuirks | undefined
}

/**
 * Uses a refresh token.
 *
 * No scope is sent: the server knows what was given, and might take it for less.
 *
 * @throws {ClientError} `server_changed` if the server has another token endpoint now, before anything
 * is sent; `sign_in_needed` if there is no refresh token, or it is dead.
 */
export async function refresh(
  party: Party,
  kept: KeptGrant,
  { dpop, quirks }: RefreshOptions = {},
): Promise<TokenAnswer> {
  checkStillThere(party, kept)
  if (kept.refreshToken === undefined) {
    throw new ClientError('sign_in_needed', 'It ended, and cannot be renewed. Sign in again.')
  }
  return requestTokens(party, {
    grantType: 'refresh_token',
    parameters: {
      ...wanted({ resource: kept.key.resource, scopes: [] }, quirks),
      refresh_token: kept.refreshToken.reveal('refreshing'),
    },
    purpose: 'user',
    dpop,
    rules: { tokenType: kept.tokenType },
  })
}

/**
 * Holds a grant to where it came from.
 *
 * @throws {ClientError} `server_changed`
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.4 | RFC 9700 §4.4}
 */
export function checkStillThere({ server }: Pick<Party, 'server'>, kept: KeptGrant): void {
  const endpoint = endpointOf(server, 'token_endpoint')
  if (server.issuer === kept.key.issuer && endpoint === kept.tokenEndpoint) return
  throw new ClientError('server_changed', 'If that is right, sign in again to trust it.', {
    detail: `${kept.key.issuer} had ${kept.tokenEndpoint}; ${server.issuer} has ${endpoint}`,
  })
}
