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
import { type Client, unknownClient } from '../clients/client.ts'
import { HostAway } from '../clients/host-away.ts'
import type { ServerContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { checkAllowed } from '../rate.ts'
import { recordRefusal } from '../refusal-record.ts'
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
 * @throws {OAuthError} `invalid_request` if it used two methods, `invalid_client` if it used none, is
 * not who it says or used another method than it registered, `temporarily_unavailable` (429) if too
 * many failed before.
 */
export async function authenticateClient(
  exchange: Exchange,
  params: Parameters,
  context: ServerContext,
): Promise<Client> {
  const selected = select(exchange, params, context)
  const client = await findClient(selected.credentials.clientId, context)
  const isProven = await prove(selected, client, exchange, context)
  if (isProven && client !== undefined) return client
  return refuse(selected, client, exchange, context)
}

async function findClient(id: string, { clients }: ServerContext): Promise<Client | undefined> {
  try {
    return await clients.findKnown(id)
  } catch (error) {
    if (!(error instanceof HostAway)) throw error
    // Programs throw away what they have at `invalid_client`, and nothing says that they should.
    throw new OAuthError('temporarily_unavailable', error.message, {
      detail: error.detail ?? error.code,
      cause: error,
    })
  }
}

function refuse(
  { method, credentials }: Selected,
  client: Client | undefined,
  exchange: Exchange,
  context: ServerContext,
): never {
  const registered = client?.metadata.token_endpoint_auth_method
  const detail =
    client === undefined
      ? unknownClient(credentials.clientId)
      : `registered for ${registered}, used ${method.name}`
  const error = new OAuthError('invalid_client', 'Client authentication failed.', {
    detail,
    headers: challenge(exchange, context),
  })
  // What stands for no client may be anything, also a secret in the wrong field.
  const fields = client === undefined ? {} : { clientId: client.id }
  recordRefusal(error, { type: 'token.refused', fields }, { exchange, context })
  throw error
}

/** RFC 6749 §5.2: a client that used the Authorization header is told which scheme it can use there. */
function challenge({ request }: Exchange, { issuer }: ServerContext): Record<string, string> {
  if (!request.headers.has('authorization')) return {}
  return { 'www-authenticate': `Basic realm="${issuer}", charset="UTF-8"` }
}

interface Selected {
  readonly method: ClientAuthMethod
  readonly credentials: Credentials
}

/**
 * Whether a client is who it says, by the method it registered.
 *
 * An attempt that could be a guess is paid for before it is looked at, and paid back if it was
 * none: past the budget, even the right secret is refused. Nothing awaits in between, so that
 * good requests at the same moment do not spend each other's budget.
 *
 * @throws {OAuthError} `temporarily_unavailable` (429) past the budget of the client and source.
 */
async function prove(
  { method, credentials }: Selected,
  client: Client | undefined,
  exchange: Exchange,
  { limits, vault }: ServerContext,
): Promise<boolean> {
  const isRight = () => {
    // Verified before the registered method is compared: the work is the same whichever is wrong.
    const verified = method.verify(credentials, client, vault)
    return verified && client?.metadata.token_endpoint_auth_method === method.name
  }
  if (credentials.secret === undefined) return isRight()
  // A hash, because whoever guesses chooses how long the id is.
  const key = `${vault.hash('throttle', credentials.clientId)}\n${exchange.source}`
  const attempt = await limits.clientFailures.attempt(key, isRight)
  checkAllowed(attempt)
  return attempt.succeeded
}

function select(exchange: Exchange, params: Parameters, context: ServerContext): Selected {
  const authorization = exchange.request.headers.get('authorization')
  const found = methods.flatMap((method) => {
    const credentials = method.find(authorization, params)
    return credentials === undefined ? [] : [{ method, credentials }]
  })
  const [first, second] = found
  const isBasic = found.some(({ method }) => method === clientSecretBasic)
  const isForeign = (authorization !== null && !isBasic) || params.has('client_assertion')
  // RFC 6749 §2.3: MUST NOT use more than one method in each request.
  if (second !== undefined || (first !== undefined && isForeign)) {
    throw new OAuthError('invalid_request', 'Authenticate the client in one way, not in two.')
  }
  if (first !== undefined) return first
  throw new OAuthError(
    'invalid_client',
    isForeign
      ? `Authenticate the client by one of: ${clientAuthMethods.join(', ')}.`
      : 'The request names no client. Send client_id.',
    { detail: 'no client authentication', headers: challenge(exchange, context) },
  )
}
