/**
 * Token revocation.
 *
 * A refresh token takes its whole family with it; an access token goes alone.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009 | RFC 7009}
 * @module
 */

import { errors, jwtVerify } from 'jose'
import { OAuthError } from '../../errors.ts'
import { readForm } from '../../protocol/parameters.ts'
import { authenticateClient, clientAuthMethods } from '../client-auth/index.ts'
import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'
import { continueFlow, type Exchange } from '../exchange.ts'
import { checkRate } from '../rate.ts'
import { findRefreshToken } from '../tokens/refresh-token.ts'
import { FURTHEST_BEHIND, revokeAccessToken, revokeFamilies } from '../tokens/revocation.ts'
import { signingAlgorithms } from '../tokens/sign-jwt.ts'
import { type EndpointMaker, endpointPath, endpointUrl } from './endpoint.ts'

const PATH = '/revoke'

export const revoke: EndpointMaker = (context) => ({
  name: 'revoke',
  paths: [endpointPath(context.issuer, PATH)],
  methods: { POST: (exchange) => revokeToken(exchange, context) },
  readers: 'programs',
  cors: true,
  metadata: {
    revocation_endpoint: endpointUrl(context.issuer, PATH),
    revocation_endpoint_auth_methods_supported: clientAuthMethods,
  },
})

async function revokeToken(exchange: Exchange, context: ServerContext): Promise<Response> {
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
  context: ServerContext,
): Promise<void> {
  const claims = await findClaims(sent, context)
  if (claims === undefined) return
  checkOwner(claims.clientId, client)
  const { event } = continueFlow(exchange, claims.correlationId ?? exchange.correlationId, context)
  await context.store.write(
    revokeAccessToken(claims.jti, claims.expiresAt, context.platform.now()),
    [event('token.revoked', { clientId: client.id, subject: claims.subject })],
  )
}

/** §2.1: a token of another client is refused, and stays valid. */
function checkOwner(owner: string, client: Client): void {
  if (owner === client.id) return
  throw new OAuthError('unauthorized_client', 'The token was issued to another client.', {
    detail: `issued to ${owner}, sent by ${client.id}`,
  })
}

interface Revocable {
  readonly jti: string
  readonly subject: string
  readonly clientId: string
  readonly correlationId: string | undefined
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** What a live access token of ours says, or undefined if it is none. */
async function findClaims(sent: string, context: ServerContext): Promise<Revocable | undefined> {
  try {
    const { payload } = await jwtVerify(
      sent,
      async ({ kid, alg }) => {
        const found = await context.keys.find({ kid, alg })
        if (found === undefined) throw new errors.JWKSNoMatchingKey()
        return found.key
      },
      {
        algorithms: [...signingAlgorithms],
        issuer: context.issuer,
        typ: 'at+jwt',
        // What some guard still takes can still be taken back.
        clockTolerance: FURTHEST_BEHIND / 1000,
        currentDate: new Date(context.platform.now()),
        requiredClaims: ['jti', 'exp', 'sub', 'client_id'],
      },
    )
    const { jti, sub, exp, client_id: clientId, cid } = payload
    if (jti === undefined || sub === undefined || exp === undefined) return undefined
    if (typeof clientId !== 'string') return undefined
    const correlationId = typeof cid === 'string' ? cid : undefined
    return { jti, subject: sub, clientId, correlationId, expiresAt: exp * 1000 }
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
