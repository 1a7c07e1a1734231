/**
 * Which resource a token is for: always one, always known.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 | RFC 8707 §2}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { ProtectedResource } from '../../protocol/protected-resource.ts'
import { findResource, parseResource } from '../../protocol/resource.ts'
import type { Client } from '../clients/client.ts'

/**
 * The resource a request asks for; the only one there is, if it names none.
 *
 * @throws {OAuthError} `invalid_target` if it is unknown, not for this client, several, or unclear.
 */
export function selectResource(
  requested: readonly string[],
  client: Client,
  known: readonly ProtectedResource[],
): ProtectedResource {
  const open = known.filter(({ resource }) => client.resources?.includes(resource) ?? true)
  const [first, second] = requested
  if (second !== undefined) {
    throw new OAuthError('invalid_target', 'Ask for one resource at a time: a token is for one.')
  }
  const [only, another] = open
  if (first === undefined) {
    if (only !== undefined && another === undefined) return only
    throw new OAuthError('invalid_target', 'Say which resource the token is for: send resource.')
  }
  const spelling = findResource(
    open.map(({ resource }) => resource),
    parseResource(first),
  )
  const found = open.find(({ resource }) => resource === spelling)
  if (found !== undefined) return found
  throw new OAuthError('invalid_target', 'This server issues no tokens for that resource.', {
    detail: `asked for ${first}; open to ${client.id}: ${open.map((each) => each.resource).join(' ')}`,
  })
}

/**
 * Refuses a token request for another resource than was authorised; naming none is fine.
 *
 * @throws {OAuthError} `invalid_target`
 */
export function checkSameResource(requested: readonly string[], authorized: string): void {
  for (const each of requested) {
    if (findResource([authorized], parseResource(each)) === undefined) {
      throw new OAuthError('invalid_target', 'That resource was not part of the authorization.', {
        detail: `asked for ${each}, authorised for ${authorized}`,
      })
    }
  }
}
