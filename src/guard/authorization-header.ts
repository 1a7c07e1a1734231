/**
 * Where a request carries its credentials: the `Authorization` header and nowhere else.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2 | RFC 9110 §11.6.2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2 | RFC 6750 §2}
 * @module
 */

import { OAuthError } from '../errors.ts'

/** What an `Authorization` header says, before anyone has judged it. */
export interface Authorization {
  /** In lower case. */
  readonly scheme: string
  /** What follows the scheme. */
  readonly credentials: string
}

/** An auth-scheme, and after at least one space the rest. */
const AUTHORIZATION = /^([!#$%&'*+\-.^_`|~\w]+)(?: +([^ ].*))?$/

/**
 * Reads the credentials of a request; nothing if it has none.
 *
 * @throws {OAuthError} `invalid_request` if they are malformed, or are sent in the query as well.
 */
export function readAuthorization(request: Request): Authorization | undefined {
  const header = request.headers.get('authorization') ?? ''
  // RFC 6750 §3.1: a request without a header has no credentials, whatever its query holds.
  if (header === '') return undefined
  if (new URL(request.url).searchParams.has('access_token')) {
    throw new OAuthError(
      'invalid_request',
      'Send the access token in the Authorization header only, never in the URL.',
    )
  }
  const [, scheme, credentials = ''] = AUTHORIZATION.exec(header) ?? []
  if (scheme === undefined) {
    throw new OAuthError('invalid_request', 'The Authorization header is malformed.')
  }
  return { scheme: scheme.toLowerCase(), credentials }
}
