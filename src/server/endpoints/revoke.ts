/**
 * Token revocation.
 *
 * A refresh token takes its whole family with it; an access token goes alone.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009 | RFC 7009}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { readForm } from '../../protocol/parameters.ts'
import { assertionAlgorithms, authenticateClient, clientAuthMethods } from '../client-auth/index.ts'
import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'
import { continueFlow, type Exchange } from '../exchange.ts'
import { checkRate } from '../rate.ts'
import { type OwnAccessTokens, ownAccessTokens } from '../tokens/own-access-token.ts'
import { findRefreshToken } from '../tokens/refresh-token.ts'
import { FURTHEST_BEHIND, revokeAccessToken, revokeFamilies } from '../tokens/revocation.ts'
import { type EndpointMaker, endpointPath, endpointUrl } from './endpoint.ts'

const PATH = '/revoke'

export const revoke: EndpointMaker = (context) => {
  const accessTokens = ownAccessTokens(context)
  return {
    name: 'revoke',
    paths: [endpointPath(context.issuer, PATH)],
    methods: { POST: (exchange) => revokeToken(exchange, { ...context, accessTokens }) },
    readers: 'programs',
    cors: true,
    metadata: {
      revocation_endpoint: endpointUrl(context.issuer, PATH),
      revocation_endpoint_auth_methods_supported: clientAuthMethods,
      revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    },
  }
}

interface RevocationContext extends ServerContext {
  readonly accessTokens: OwnAccessTokens
}

async function revokeToken(exchange: Exchange, context: RevocationContext): Promise<Response> {
  await checkRate(context.limits.token, exchange.source)
  const params = await readForm(exchange.request)
  const sent = params.get('token')
  const client = await authenticateClient(exchange, params, context)
  if (sent === undefined) throw new OAuthError('invalid_request', 'token is missing.')
  // §2.1: the hint may be wrong, so the form of the token decides.
  if (!(await revokeRefreshToken(sent, client, exchange, context))) {
    await revokeJwt(sent, client, exchange, context)
  }
  // §2.2: unknown tokens are answered the same, for there is nothing left to revoke.
  return new Response(null, { headers: { 'cache-control': 'no-store' } })
}

/** Answers whether it was a refresh token. */
async function revokeRefreshToken(
  sent: string,
  client: Client,
  exchange: Exchange,
  context: ServerContext,
): Promise<boolean> {
  const content = findRefreshToken(sent, context.vault)
  if (content === undefined) return false
  const family = await context.store.find('families', { id: content.familyId })
  if (family === undefined) return true
  checkOwner(family.clientId, client)
  const { event } = continueFlow(exchange, family.correlationId, context)
  await context.store.write(
    [revokeFamilies({ id: family.id }, 'revoked by client', context.platform.now())],
    [event('token.revoked', { clientId: client.id, subject: family.userId, familyId: family.id })],
  )
  return true
}

async function revokeJwt(
  sent: string,
  client: Client,
  exchange: Exchange,
  context: RevocationContext,
): Promise<void> {
  const { platform, store, accessTokens } = context
  const token = await accessTokens.find(sent)
  // What some guard still takes can still be taken back.
  if (token === undefined || token.exp * 1000 + FURTHEST_BEHIND <= platform.now()) return
  checkOwner(token.client_id, client)
  const { event } = continueFlow(exchange, token.cid ?? exchange.correlationId, context)
  await store.write(revokeAccessToken(token.jti, token.exp * 1000, platform.now()), [
    event('token.revoked', { clientId: client.id, subject: token.sub }),
  ])
}

/** §2.1: a token of another client is refused, and stays valid. */
function checkOwner(owner: string, client: Client): void {
  if (owner === client.id) return
  throw new OAuthError('unauthorized_client', 'The token was issued to another client.', {
    detail: `issued to ${owner}, sent by ${client.id}`,
  })
}
