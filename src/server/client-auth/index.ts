/**
 * Authenticating the client of a token-style request, by exactly its registered method.
 *
 * One more method is one more file and one more line in the list below.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 | RFC 6749 §2.3}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import type { ClientAuthMethod, Credentials } from './client-auth.ts'
import { clientSecretBasic } from './client-secret-basic.ts'
import { clientSecretPost } from './client-secret-post.ts'
import { none } from './none.ts'

const methods: readonly ClientAuthMethod[] = [clientSecretBasic, clientSecretPost, none]

/** For `token_endpoint_auth_methods_supported`. */
export const clientAuthMethods: readonly string[] = methods.map(({ name }) => name)

/**
 * The client that made a request.
 *
 * @throws {OAuthError} `invalid_request` if it used no method or two, `invalid_client` if it is not
 * who it says or used another method than it registered.
 */
export async function authenticateClient(
  exchange: Exchange,
  params: Parameters,
  context: ServerContext,
): Promise<Client> {
  const { method, credentials } = select(exchange, params)
  const throttleKey = `${credentials.clientId}\n${exchange.source}`
  const usedBasic = method.name === 'client_secret_basic'
  const client = await context.clients.find(credentials.clientId)
  // Verified before the registered method is compared: the work is the same whichever is wrong.
  const proven = method.verify(credentials, client, context.vault)
  const registered = client?.metadata.token_endpoint_auth_method
  if (client !== undefined && proven && registered === method.name) return client
  const { allowed, retryAfterSeconds } = context.limits.clientFailures.take(throttleKey)
  const detail =
    client === undefined
      ? `no client ${credentials.clientId}`
      : `registered for ${registered}, used ${method.name}, secret ${proven ? 'right' : 'wrong'}`
  throw new OAuthError('invalid_client', 'Client authentication failed.', {
    detail,
    ...(allowed ? {} : { status: 429 }),
    headers: {
      ...(usedBasic
        ? { 'www-authenticate': `Basic realm="${context.issuer}", charset="UTF-8"` }
        : {}),
      ...(allowed ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
  })
}

function select(
  { request }: Exchange,
  params: Parameters,
): { method: ClientAuthMethod; credentials: Credentials } {
  const authorization = request.headers.get('authorization')
  const found = methods.flatMap((method) => {
    const credentials = method.find(authorization, params)
    return credentials === undefined ? [] : [{ method, credentials }]
  })
  const [first, second] = found
  if (first === undefined) {
    throw new OAuthError('invalid_client', 'The request names no client. Send client_id.', {
      detail: 'no client authentication',
    })
  }
  // RFC 6749 §2.3: MUST NOT use more than one method in each request.
  if (second !== undefined) {
    throw new OAuthError('invalid_request', 'Authenticate the client in one way, not in two.')
  }
  return first
}
