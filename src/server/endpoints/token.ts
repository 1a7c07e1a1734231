/**
 * The token endpoint: the phases that every grant shares, in their order.
 *
 * Parse, limit, authenticate, check everything without writing, one conditional write, sign, answer.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 | RFC 6749 §3.2}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { readForm } from '../../protocol/parameters.ts'
import { formatScope } from '../../protocol/scope.ts'
import { assertionAlgorithms, authenticateClient, clientAuthMethods } from '../client-auth/index.ts'
import { type Client, mayUse } from '../clients/client.ts'
import { noteUse } from '../clients/dynamic-registration.ts'
import type { ServerContext } from '../context.ts'
import { continueFlow, type Exchange } from '../exchange.ts'
import type { Authorization, Grant } from '../grants/grant.ts'
import { grants } from '../grants/index.ts'
import { checkRate } from '../rate.ts'
import { recordRefusal } from '../refusal-record.ts'
import { issueAccessToken } from '../tokens/access-token.ts'
import { issueIdToken } from '../tokens/id-token.ts'
import { formatRefreshToken } from '../tokens/refresh-token.ts'
import { type EndpointMaker, endpointPath, endpointUrl } from './endpoint.ts'
import { JsonAnswer } from './json-answer.ts'

const PATH = '/token'

export const token: EndpointMaker = (context) => ({
  name: 'token',
  paths: [endpointPath(context.issuer, PATH)],
  methods: { POST: (exchange) => exchangeGrant(exchange, context) },
  readers: 'programs',
  cors: true,
  metadata: {
    token_endpoint: endpointUrl(context.issuer, PATH),
    grant_types_supported: offeredGrants(context).map(({ grantType }) => grantType),
    token_endpoint_auth_methods_supported: clientAuthMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  },
})

const offeredGrants = ({ settings }: ServerContext): readonly Grant[] =>
  grants.filter((grant) => grant.isOffered?.(settings) ?? true)

async function exchangeGrant(exchange: Exchange, context: ServerContext): Promise<JsonAnswer> {
  await checkRate(context.limits.token, exchange.source)
  const params = await readForm(exchange.request, { repeatable: ['resource'] })
  const grant = selectGrant(params.get('grant_type'), offeredGrants(context))
  const client = await authenticateClient(exchange, params, context)
  try {
    checkAllowed(grant, client)
    const request = { client, params, exchange, context }
    const authorization = await commit(await grant.authorize(request), client, context)
    return answer(grant, client, authorization, exchange, context)
  } catch (error) {
    if (error instanceof OAuthError) {
      const fields = { clientId: client.id, grantType: grant.grantType }
      recordRefusal(error, { type: 'token.refused', fields }, { exchange, context })
    }
    throw error
  }
}

function selectGrant(grantType: string | undefined, offered: readonly Grant[]): Grant {
  if (grantType === undefined) throw new OAuthError('invalid_request', 'grant_type is missing.')
  const grant = offered.find((each) => each.grantType === grantType)
  if (grant !== undefined) return grant
  const known = offered.map((each) => each.grantType).join(', ')
  throw new OAuthError('unsupported_grant_type', `grant_type must be one of: ${known}.`)
}

/** RFC 6749 §5.2 `unauthorized_client`; §4.4: client credentials are for confidential clients only. */
function checkAllowed(grant: Grant, client: Client): void {
  const isPublic = client.metadata.token_endpoint_auth_method === 'none'
  if (!mayUse(client, grant.grantType) || (grant.clients === 'confidential' && isPublic)) {
    throw new OAuthError('unauthorized_client', `This client may not use ${grant.grantType}.`, {
      detail: `${client.id} is registered for ${client.metadata.grant_types.join(' ')}`,
    })
  }
}

/** Whoever lost twice is two generations late, and refused; a third loss is the store's own. */
const MAX_WRITES = 3

/**
 * The one write, with the client's use in it. Whoever loses it decides again, from what the winner
 * left.
 *
 * @throws {OAuthError} `temporarily_unavailable` if no decision could be written.
 */
async function commit(
  first: Authorization,
  client: Client,
  context: ServerContext,
): Promise<Authorization> {
  let authorization = first
  for (let writes = 0; writes < MAX_WRITES; writes++) {
    const { changes, events, lost } = authorization
    if (changes.length === 0) return authorization
    const all = [...changes, ...noteUse(client, context)]
    if (await context.store.write(all, events)) return authorization
    if (lost === undefined) break
    authorization = await lost()
  }
  throw new OAuthError('temporarily_unavailable', 'The grant changed meanwhile. Try again.')
}

function answer(
  grant: Grant,
  client: Client,
  authorization: Authorization,
  exchange: Exchange,
  context: ServerContext,
): JsonAnswer {
  const { subject, scopes, refreshToken, idToken, resource, correlationId } = authorization
  const clientId = client.id
  const accessToken = issueAccessToken({ ...authorization, clientId }, context)
  const { event } = continueFlow(exchange, correlationId, context)
  context.onEvent(
    event('token.issued', {
      grantType: grant.grantType,
      clientId,
      subject,
      resource,
      scope: formatScope(scopes),
    }),
  )
  const body = {
    access_token: accessToken.token,
    token_type: 'Bearer',
    expires_in: accessToken.expiresIn,
    // RFC 6749 §3.3: a scope has at least one name.
    ...(scopes.length === 0 ? {} : { scope: formatScope(scopes) }),
    ...(refreshToken === undefined
      ? {}
      : { refresh_token: formatRefreshToken(refreshToken, context.vault) }),
    ...(idToken === undefined
      ? {}
      : { id_token: issueIdToken({ subject, clientId, ...idToken }, context) }),
  }
  return new JsonAnswer(body)
}
