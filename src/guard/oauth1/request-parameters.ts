/**
 * What a signature covers besides the header: the query, and a body that is a form. The body comes
 * from whoever has read it; a guard never reads one by itself.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3.1 | RFC 5849 §3.4.1.3.1}
 * @see {@link https://datatracker.ietf.org/doc/html/draft-eaton-oauth-bodyhash-00 | OAuth Request Body Hash}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { bodyHash } from '../../protocol/oauth1/body-hash.ts'
import type { Parameter } from '../../protocol/oauth1/parameters.ts'
import { parsePairs } from '../../protocol/parameters.ts'
import type { Visit } from '../request.ts'
import { refuseAbsence, refuseParameter } from './problem.ts'
import type { ProtocolParameters } from './protocol-parameters.ts'

/** What a form of an API may need; signing sorts all of it. */
const MOST = { maxLength: 1_048_576, maxParameters: 1_000 }

/** What is known of the body of a request. */
export interface SignedBody {
  /** The parameters of a form; none if it is not one. */
  readonly parameters: readonly Parameter[]
  /** Whether it is the body that `oauth_body_hash` says, if that says anything. */
  readonly isAsHashed: boolean
}

/**
 * Reads the query.
 *
 * @throws {OAuthError} `invalid_request` if it is malformed, or has protocol parameters.
 */
export const queryParameters = (query: string): readonly Parameter[] =>
  withoutProtocolParameters(parsePairs(query, MOST))

/**
 * Reads the body as far as the signature covers it.
 *
 * @throws {OAuthError} `invalid_request` if it is covered and not at hand, a malformed form or one
 * that has protocol parameters; or if a hash is missing, or is sent with a form.
 */
export async function signedBody(
  visit: Visit,
  sent: ProtocolParameters,
  hashIsRequired: boolean,
): Promise<SignedBody> {
  const isForm = mayBeForm(visit.request.headers.get('content-type'))
  if (isForm) {
    // §4.1.1 of the draft: the parameters of a form are signed themselves.
    if (sent.bodyHash !== undefined) refuseParameter('oauth_body_hash must not come with a form.')
    const text = decode(await bodyOf(visit))
    return { parameters: withoutProtocolParameters(parsePairs(text, MOST)), isAsHashed: true }
  }
  if (sent.bodyHash === undefined) {
    if (hashIsRequired && (await bodyOf(visit)).length > 0) refuseAbsence(['oauth_body_hash'])
    return { parameters: [], isAsHashed: true }
  }
  // Whoever is to be let in signed this hash; there is nothing secret in it.
  const isAsHashed = (await bodyHash(sent.method, await bodyOf(visit))) === sent.bodyHash
  return { parameters: [], isAsHashed }
}

/** Whether anybody could take the body for a form, two content types in one header included. */
const mayBeForm = (contentType: string | null): boolean =>
  /x-www-form-urlencoded/i.test(contentType ?? '')

async function bodyOf({ request, connection }: Visit): Promise<Uint8Array<ArrayBuffer>> {
  if (connection.body !== undefined) return new Uint8Array(await connection.body())
  if (request.headers.get('content-length') === '0') return new Uint8Array()
  throw new OAuthError(
    'invalid_request',
    'The signature of a body cannot be checked here. Send parameters in the query, and no form.',
    { detail: 'the guard was not given the body: hand it to guard.check as connection.body' },
  )
}

/** {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.5 | RFC 5849 §3.5}: all in one place, and here that is the header. */
function withoutProtocolParameters(parameters: readonly Parameter[]): readonly Parameter[] {
  if (parameters.some(([name]) => name.startsWith('oauth_'))) {
    refuseParameter('Send all parameters that begin with oauth_ in the Authorization header only.')
  }
  return parameters
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new OAuthError('invalid_request', 'The form is not UTF-8.', { cause })
  }
}
