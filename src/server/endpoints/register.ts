/**
 * Dynamic client registration.
 *
 * Reading, changing and deleting a registration (RFC 7592) are left out: there is no registration
 * access token to steal, and a client that changed registers again.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591 | RFC 7591}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { parseClientMetadata } from '../../protocol/client-metadata.ts'
import { parseJson } from '../../protocol/json.ts'
import { readRequestBody } from '../../protocol/request-body.ts'
import { type Registered, registerDynamically } from '../clients/dynamic-registration.ts'
import type { ServerContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { checkRate } from '../rate.ts'
import { type EndpointMaker, endpointPath, endpointUrl } from './endpoint.ts'
import { JsonAnswer } from './json-answer.ts'

const PATH = '/register'

/** Metadata larger than this is no client's. */
const MAX_BYTES = 65_536

export const register: EndpointMaker = (context) => {
  const enabled = context.settings.registration.dynamic
  return {
    name: 'register',
    paths: enabled ? [endpointPath(context.issuer, PATH)] : [],
    methods: { POST: (exchange) => registerClient(exchange, context) },
    readers: 'programs',
    cors: true,
    ...(enabled ? { metadata: { registration_endpoint: endpointUrl(context.issuer, PATH) } } : {}),
  }
}

async function registerClient(exchange: Exchange, context: ServerContext): Promise<JsonAnswer> {
  // Before anything is read, and before what all who run the same software share is counted.
  await checkRate(context.limits.registrationSource, exchange.source)
  const metadata = parseClientMetadata(await readJson(exchange.request), {
    allowLocalhost: context.settings.registration.localhost,
  })
  const registered = await registerDynamically(metadata, exchange, context)
  return new JsonAnswer(describe(registered), 201)
}

async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/json(?:\s*;|\s*$)/i.test(type)) {
    throw new OAuthError('invalid_client_metadata', 'Send the metadata as application/json.')
  }
  const bytes = await readRequestBody(request, MAX_BYTES)
  if (bytes === undefined) {
    throw new OAuthError('invalid_client_metadata', 'The metadata is too large.', { status: 413 })
  }
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new OAuthError('invalid_client_metadata', 'The metadata is not valid JSON.', { cause })
  }
}

/** §3.2.1: the metadata as registered, which may be less than was asked for. */
function describe({ client, secret }: Registered) {
  return {
    client_id: client.id,
    client_id_issued_at: Math.floor(client.createdAt / 1000),
    ...(secret === null
      ? {}
      : { client_secret: secret.reveal('giving it to its client'), client_secret_expires_at: 0 }),
    ...client.metadata,
  }
}
