/**
 * Resource indicators: which API a token is for.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8707 | RFC 8707}
 * @module
 */

import { OAuthError } from '../errors.ts'

const MAX_LENGTH = 2048

/** An http(s) URI of the characters of RFC 3986: no user name, no fragment, whole encodings. */
const RESOURCE =
  /^https?:\/\/[a-z0-9\-._~:[\]]+(?:[/?](?:[a-z0-9\-._~:/?@!$&'()*+,;=[\]]|%[0-9a-f]{2})*)?$/i

/** Scheme and authority, then the rest. */
const AUTHORITY_AND_REST = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)(.*)$/is

/**
 * Checks a `resource` parameter and gives it back byte for byte.
 *
 * @throws {OAuthError} `invalid_target` unless it is an absolute http(s) URI without a fragment.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 | RFC 8707 §2}
 */
export function parseResource(value: string): string {
  if (value.length > MAX_LENGTH || !RESOURCE.test(value) || !URL.canParse(value)) {
    throw new OAuthError(
      'invalid_target',
      'resource must be an absolute http or https URI without a fragment.',
    )
  }
  return value
}

/**
 * The known resource that a request means, in the known spelling.
 *
 * Clients write the scheme and host in upper case, or add or drop one slash at the end of the path;
 * nothing else is forgiven.
 */
export function findResource(known: readonly string[], requested: string): string | undefined {
  if (known.includes(requested)) return requested
  const wanted = comparable(requested)
  return known.find((resource) => comparable(resource) === wanted)
}

function comparable(resource: string): string {
  const [, authority = '', rest = resource] = AUTHORITY_AND_REST.exec(resource) ?? []
  const hasQuery = rest.includes('?')
  return authority.toLowerCase() + (hasQuery ? rest : rest.replace(/\/$/, ''))
}
