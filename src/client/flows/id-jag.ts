/**
 * Enterprise-managed authorization: the company's identity provider says in an assertion (ID-JAG) what
 * its user may have at another server, and that server gives tokens for it. The user signs in once.
 *
 * @see {@link https://www.ietf.org/archive/id/draft-ietf-oauth-identity-assertion-authz-grant-04.html | Identity Assertion Authorization Grant}
 * @see {@link https://github.com/modelcontextprotocol/ext-auth | MCP enterprise-managed authorization}
 * @module
 */

import { type ClientAuthentication, publicClient } from '../client-auth/index.ts'
import { ClientError } from '../errors.ts'
import { endpointOf, type TrustedServer } from '../server.ts'
import { requestTokens } from '../token-request.ts'
import { type Flow, type FlowVisit, partyAt, type TokenSource, wanted } from './flow.ts'
import { JWT_BEARER } from './jwt-bearer.ts'
import {
  exchangeParameters,
  TOKEN_EXCHANGE,
  type TokenKind,
  tokenTypeUri,
} from './token-exchange.ts'

/** The company's identity provider, and what the user has from it. */
export interface IdJagOptions {
  readonly identityProvider: {
    readonly issuer: string
    /** Who this client is there. */
    readonly clientId: string
    /** A public client unless told. */
    readonly clientAuth?: ClientAuthentication
  }
  /** The user's ID token, or refresh token, of the identity provider. */
  readonly subjectToken: TokenSource
  /** `id_token` unless told. */
  readonly subjectTokenType?: TokenKind
}

/** Exchanges what the identity provider gave for an assertion, and brings that. */
export function idJag(options: IdJagOptions): Flow {
  let known: string | undefined
  /** What the user has, and the client's secret, go to no other endpoint than the first time. */
  const check = (server: TrustedServer): void => {
    const endpoint = endpointOf(server, 'token_endpoint')
    known ??= endpoint
    if (endpoint === known) return
    throw new ClientError('server_changed', 'Make the client anew if that is right.', {
      detail: `${server.issuer} had ${known}, now has ${endpoint}`,
    })
  }
  return {
    grantType: JWT_BEARER,
    parameters: async (visit) => ({ assertion: await requestAssertion(options, visit, check) }),
  }
}

async function requestAssertion(
  options: IdJagOptions,
  visit: FlowVisit,
  check: (server: TrustedServer) => void,
): Promise<string> {
  const { identityProvider, subjectToken, subjectTokenType = 'id_token' } = options
  const { issuer, clientId, clientAuth = publicClient() } = identityProvider
  const server = await visit.findServer(issuer)
  check(server)
  const exchange = await exchangeParameters({
    ...{ subjectToken, subjectTokenType },
    requestedTokenType: 'id-jag',
    // The one who will read it is the server, known by its issuer.
    audience: visit.server.issuer,
  })
  const party = partyAt(visit, { server, clientId, authentication: clientAuth })
  const { accessToken, issuedTokenType } = await requestTokens(party, {
    grantType: TOKEN_EXCHANGE,
    parameters: { ...wanted(visit), ...exchange },
    purpose: 'user',
    rules: { tokenType: 'any' },
  })
  if (issuedTokenType !== tokenTypeUri('id-jag')) {
    throw new ClientError('answer_malformed', 'The identity provider gave no ID-JAG.', {
      detail: `issued_token_type ${issuedTokenType ?? 'missing'} of ${issuer}`,
    })
  }
  return accessToken
}
