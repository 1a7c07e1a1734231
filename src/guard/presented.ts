/**
 * The credentials of a request, before anyone has judged them: one, or none, or a request that is
 * refused because it has two.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2 | RFC 9110 §11.6.2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2 | RFC 6750 §2}
 * @module
 */

import { OAuthError } from '../errors.ts'
import type { GuardRequest } from './request.ts'

/** A place that a credential is sent in, other than the `Authorization` header. */
export interface Carrier {
  readonly in: 'header' | 'query'
  /** The name of the header, in lower case, or of the query parameter. */
  readonly name: string
}

/** What a request presents. */
export interface Presented {
  /** Where: the `Authorization` header, a header of its own, or the query. */
  readonly in: 'authorization' | Carrier['in']
  /** The scheme of `Authorization`, or the name of the carrier; in lower case. */
  readonly scheme: string
  readonly credentials: string
}

/** An auth-scheme. */
const SCHEME = /^[!#$%&'*+\-.^_`|~\w]+$/

/**
 * Makes the function that finds the credentials of a request in `Authorization` and the carriers.
 *
 * The function throws {@link OAuthError} `invalid_request` if they are malformed or more than one.
 */
export function credentialReader(
  carriers: readonly Carrier[],
): (request: GuardRequest) => Presented | undefined {
  const inHeaders = carriers.filter((carrier) => carrier.in === 'header')
  const inQuery = carriers.filter((carrier) => carrier.in === 'query')

  return (request) => {
    const header = request.headers.get('authorization') ?? ''
    let found = header === '' ? undefined : readAuthorization(header)
    for (const { name } of inHeaders) {
      const credentials = request.headers.get(name)
      if (credentials === null) continue
      found = only(found, { in: 'header', scheme: name, credentials })
    }
    // Looked for before it is parsed, because a URL costs more than the rest of a check.
    if (!request.url.includes('?')) return found
    const query = new URL(request.url).searchParams
    for (const { name } of inQuery) {
      for (const credentials of query.getAll(name)) {
        found = only(found, { in: 'query', scheme: name, credentials })
      }
    }
    // RFC 6750 §3.1: a request without a header has no credentials, whatever its query holds.
    if (found !== undefined && query.has('access_token')) {
      throw new OAuthError(
        'invalid_request',
        'Send the access token in the Authorization header only, never in the URL.',
      )
    }
    return found
  }
}

function only(before: Presented | undefined, found: Presented): Presented {
  if (before === undefined) return found
  throw new OAuthError('invalid_request', 'Send one credential with a request, in one place.')
}

/** Credentials are as long as a token, so no pattern goes over them. */
function readAuthorization(header: string): Presented {
  const end = header.indexOf(' ')
  const scheme = end === -1 ? header : header.slice(0, end)
  let start = scheme.length
  while (header[start] === ' ') start++
  // No scheme here stands alone, and no kind of credential should have to think of it.
  if (start === header.length || !SCHEME.test(scheme)) {
    throw new OAuthError('invalid_request', 'The Authorization header is malformed.')
  }
  return {
    in: 'authorization',
    scheme: scheme.toLowerCase(),
    credentials: header.slice(start),
  }
}
