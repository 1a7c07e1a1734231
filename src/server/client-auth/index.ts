/**
 * Authenticating the client of a token-style request, by exactly its registered method.
 *
 * One more method is one more file and one more line in the list below.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 | RFC 6749 §2.3}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { clientSigningAlgorithms } from '../../protocol/client-signing.ts'
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
import { privateKeyJwt } from './private-key-jwt.ts'

const methods: readonly ClientAuthMethod[] = [
  clientSecretBasic,
  clientSecretPost,
  privateKeyJwt,
  none,
]

/** For `token_endpoint_auth_methods_supported`. */
export const clientAuthMethods: readonly string[] = methods.map(({ name }) => name)

/** The methods of clients that prove who they are. */
export const confidentialAuthMethods: readonly string[] = methods
  .filter(({ uses }) => uses !== 'nothing')
  .map(({ name }) => name)

/** For `token_endpoint_auth_signing_alg_values_supported`. */
export const assertionAlgorithms = clientSigningAlgorithms

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
  const fault = await findFault(selected, client, exchange, context)
  if (client === undefined) {
    return refuse(unknownClient(selected.credentials.clientId), client, exchange, context)
  }
  return fault === undefined ? client : refuse(fault, client, exchange, context)
}

/**
 * The client that made a request, unless it is one that proves nothing.
 *
 * @throws {OAuthError} as {@link authenticateClient} does, and `invalid_client` if it is public.
 */
export async function authenticateConfidentialClient(
  exchange: Exchange,
  params: Parameters,
  context: ServerContext,
): Promise<Client> {
  const client = await authenticateClient(exchange, params, context)
  if (client.metadata.token_endpoint_auth_method !== 'none') return client
  return refuse('a public client, which proves nothing', client, exchange, context)
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
  detail: string,
  client: Client | undefined,
  exchange: Exchange,
  context: ServerContext,
): never {
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
 * What speaks against a client's being who it says, by the method it registered. Of a client that
 * is unknown nothing needs to be said.
 *
 * An attempt that could be a guess is paid for before it is looked at, and paid back if it was
 * none: past the budget, even the right secret is refused. Nothing awaits in between, so that
 * good requests at the same moment do not spend each other's budget.
 *
 * @throws {OAuthError} `temporarily_unavailable` (429) past the budget of the client and source.
 */
async function findFault(
  { method, credentials }: Selected,
  client: Client | undefined,
  exchange: Exchange,
  context: ServerContext,
): Promise<string | undefined> {
  const { limits, vault } = context
  if (method.uses === 'client_assertion') {
    if (client === undefined) return undefined
    return mismatch(method, client) ?? method.fault(credentials, client, context)
  }
  // Verified before the registered method is compared: the work is the same whichever is wrong.
  const look = () => {
    const fault = method.fault(credentials, client, context)
    return mismatch(method, client) ?? fault
  }
  if (credentials.proof === undefined) return look()
  // A hash of what stands for no client: whoever guesses chooses how long that is, and what it says.
  const name = client?.id ?? vault.hash('throttle', credentials.clientId)
  const key = `${name}\n${exchange.source}`
  let fault: string | undefined
  const attempt = await limits.clientFailures.attempt(key, () => {
    fault = look()
    return fault === undefined
  })
  checkAllowed(attempt)
  return fault
}

function mismatch({ name }: ClientAuthMethod, client: Client | undefined): string | undefined {
  const registered = client?.metadata.token_endpoint_auth_method
  return registered === name ? undefined : `registered for ${registered}, used ${name}`
}

function select(exchange: Exchange, params: Parameters, context: ServerContext): Selected {
  const authorization = exchange.request.headers.get('authorization')
  const found = methods.flatMap((method) => {
    const credentials = method.find(authorization, params)
    return credentials === undefined ? [] : [{ method, credentials }]
  })
  const [first, second] = found
  const used = found.map(({ method }) => method.uses)
  const isForeign =
    (authorization !== null && !used.includes('authorization')) ||
    (params.has('client_assertion') && !used.includes('client_assertion'))
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
