/**
 * Token introspection: a resource server asks whether a token is good.
 *
 * About an access token, whoever is registered with the token's resource by name may ask; that a
 * client may get tokens for every resource is not enough. About a refresh token, only the client that
 * holds it: at a resource server it is nothing. Whatever else is asked about is not active, and the
 * answer does not say why.
 *
 * Left out on purpose: signed answers (RFC 9701), which are for those who must prove later what they
 * were told.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662 | RFC 7662}
 * @module
 */

import { decidedBy } from '../../decisions.ts'
import { OAuthError } from '../../errors.ts'
import { eventMaker } from '../../events.ts'
import { readForm } from '../../protocol/parameters.ts'
import { formatScope } from '../../protocol/scope.ts'
import {
  assertionAlgorithms,
  authenticateConfidentialClient,
  confidentialAuthMethods,
} from '../client-auth/index.ts'
import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { checkRate } from '../rate.ts'
import {
  type OwnAccessToken,
  type OwnAccessTokens,
  ownAccessTokens,
} from '../tokens/own-access-token.ts'
import { findRefreshToken, type RefreshTokenContent } from '../tokens/refresh-token.ts'
import { isRevoked } from '../tokens/revocation.ts'
import { type EndpointMaker, endpointPath, endpointUrl } from './endpoint.ts'
import { JsonAnswer } from './json-answer.ts'

const PATH = '/introspect'

export const introspect: EndpointMaker = (context) => {
  const accessTokens = ownAccessTokens(context)
  return {
    name: 'introspect',
    paths: [endpointPath(context.issuer, PATH)],
    methods: { POST: (exchange) => answer(exchange, { ...context, accessTokens }) },
    readers: 'programs',
    // Who asks has a secret, and so is no page.
    cors: false,
    metadata: {
      introspection_endpoint: endpointUrl(context.issuer, PATH),
      introspection_endpoint_auth_methods_supported: confidentialAuthMethods,
      introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    },
  }
}

interface IntrospectionContext extends ServerContext {
  readonly accessTokens: OwnAccessTokens
}

async function answer(exchange: Exchange, context: IntrospectionContext): Promise<JsonAnswer> {
  await checkRate(context.limits.introspect, exchange.source)
  const params = await readForm(exchange.request)
  const client = await authenticateConfidentialClient(exchange, params, context)
  const sent = params.get('token')
  if (sent === undefined) throw new OAuthError('invalid_request', 'token is missing.')
  // §2.1: the hint may be wrong, so the form of the token decides.
  const refreshToken = findRefreshToken(sent, context.vault)
  const found =
    refreshToken === undefined
      ? await describeAccessToken(sent, client, exchange, context)
      : await describeRefreshToken(refreshToken, client, context)
  return new JsonAnswer(found ?? INACTIVE)
}

/** The whole answer about every token that is not active, and the same for each. */
const INACTIVE = JSON.stringify({ active: false })

/** What is known of an active token ({@link https://www.rfc-editor.org/rfc/rfc7662#section-2.2 | §2.2}), as JSON. */
const active = (known: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ active: true, ...known })

/** The answers about access tokens, which say the same for as long as they are active. */
const answers = new WeakMap<OwnAccessToken, string>()

function describe(token: OwnAccessToken): string {
  const known = answers.get(token) ?? active({ token_type: 'Bearer', ...token })
  answers.set(token, known)
  return known
}

async function describeAccessToken(
  sent: string,
  client: Client,
  exchange: Exchange,
  context: IntrospectionContext,
): Promise<string | undefined> {
  const { accessTokens, platform, store } = context
  const token = await accessTokens.find(sent)
  if (token === undefined || token.exp * 1000 <= platform.now()) return undefined
  if (client.resources?.includes(token.aud) !== true) {
    noteMisrouted(token, client, exchange, context)
    return undefined
  }
  return (await isRevoked(token, store)) ? undefined : describe(token)
}

/** Somebody sends tokens to a resource that are for another, or tries what they got elsewhere. */
function noteMisrouted(
  { aud, cid }: OwnAccessToken,
  client: Client,
  exchange: Exchange,
  context: ServerContext,
): void {
  const [resource] = client.resources ?? []
  const event = eventMaker(context.platform, cid ?? exchange.correlationId)
  context.onEvent(
    event('guard.refused', {
      clientId: client.id,
      ...(resource === undefined ? {} : { resource }),
      source: exchange.source,
      error: 'invalid_token',
      reason: `a token for ${aud}; ${client.id} is registered with ${client.resources?.join(' ') ?? 'no resource by name'}`,
      ...decidedBy('token.audience'),
    }),
  )
}

/** The live generation of a live family, for the client that it was given to. */
async function describeRefreshToken(
  { familyId, generation }: RefreshTokenContent,
  client: Client,
  { store, platform, issuer }: ServerContext,
): Promise<string | undefined> {
  const now = platform.now()
  const family = await store.find('families', {
    id: familyId,
    clientId: client.id,
    generation,
    revokedAt: null,
    expiresAt: { above: now },
    idleUntil: { above: now },
  })
  if (family === undefined) return undefined
  return active({
    client_id: family.clientId,
    sub: family.userId,
    ...(family.scopes.length === 0 ? {} : { scope: formatScope(family.scopes) }),
    aud: family.resource,
    iss: issuer,
    iat: Math.floor(family.rotatedAt / 1000),
    exp: Math.floor(Math.min(family.expiresAt, family.idleUntil) / 1000),
  })
}
