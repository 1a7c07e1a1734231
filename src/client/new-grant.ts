/**
 * From an answer of the token endpoint to what is kept of it.
 *
 * @module
 */

import { isPrintable } from '../protocol/jwt-claims.ts'
import { Secret } from '../vault/secret.ts'
import type { DpopSigner } from './dpop.ts'
import type { GrantKey, KeptGrant } from './kept-grant.ts'
import type { Party } from './party.ts'
import { endpointOf } from './server.ts'
import type { TokenAnswer } from './token-answer.ts'
import { malformed } from './transport.ts'

/** What the answer was to. */
export interface GrantOrigin {
  readonly party: Party
  readonly key: GrantKey
  /** The scopes that were asked for, which are those given if the server does not say. */
  readonly scopes: readonly string[]
  readonly dpop?: DpopSigner | undefined
  /** What was kept before, for what the answer leaves out. */
  readonly before?: KeptGrant | undefined
}

/** @throws {ClientError} `answer_malformed` if the tokens are for no request to an API. */
export function newGrant(answer: TokenAnswer, origin: GrantOrigin): KeptGrant {
  const { party, key, scopes, dpop, before } = origin
  const tokenEndpoint = endpointOf(party.server, 'token_endpoint')
  const { tokenType, expiresIn, idToken } = answer
  if (tokenType === 'N_A') throw malformed(tokenEndpoint, 'token_type N_A')
  const now = party.platform.now()
  const refreshToken =
    answer.refreshToken === undefined ? before?.refreshToken : new Secret(answer.refreshToken)
  const exported = tokenType === 'DPoP' ? dpop?.exported : undefined
  const label = [idToken?.email, idToken?.sub, before?.label].find(isPrintable)
  return {
    key,
    tokenEndpoint,
    tokenType,
    accessToken: new Secret(answer.accessToken),
    ...(expiresIn === undefined ? {} : { expiresAt: now + expiresIn * 1000 }),
    ...(refreshToken === undefined ? {} : { refreshToken }),
    scopes: answer.scopes ?? before?.scopes ?? scopes,
    ...(exported === undefined ? {} : { dpopKey: exported }),
    ...(label === undefined ? {} : { label }),
    givenAt: now,
  }
}
