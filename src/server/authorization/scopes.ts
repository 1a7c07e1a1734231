/**
 * Which of the scopes asked for can be granted.
 *
 * Asking for too much is not an error: the answer says what was granted (RFC 6749 §3.3).
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 | RFC 6749 §3.3}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { ProtectedResource, ScopeDescription } from '../../protocol/protected-resource.ts'
import { type Client, mayUse, scopeLimit } from '../clients/client.ts'

/** Scopes of the server itself, beside those of the resource. */
export const identityScopes: readonly ScopeDescription[] = [
  { scope: 'openid', description: 'know which account you signed in with', risk: 'read' },
  {
    scope: 'offline_access',
    description: 'stay connected while you are away',
    risk: 'offline',
  },
]

/** Who would be granting. */
export interface Granter {
  readonly roles: readonly string[]
  /** Whether there is a person whose identity could be told. */
  readonly identity: boolean
}

/** The scopes that can be granted to a client at a resource. */
export function grantableScopes(
  resource: ProtectedResource,
  client: Client,
  granter: Granter,
): readonly string[] {
  const limit = scopeLimit(client)
  const identity = identityScopes.filter(
    ({ scope }) => scope !== 'offline_access' || mayUse(client, 'refresh_token'),
  )
  return [...resource.scopes, ...(granter.identity ? identity : [])]
    .filter(
      ({ roles }) => roles === undefined || roles.some((role) => granter.roles.includes(role)),
    )
    .map(({ scope }) => scope)
    .filter((scope) => limit === null || limit.has(scope))
}

/**
 * What remains of a request.
 *
 * @throws {OAuthError} `invalid_scope` if something was asked for and nothing of it remains.
 */
export function narrowScopes(
  requested: readonly string[],
  grantable: readonly string[],
): readonly string[] {
  const granted = requested.filter((scope) => grantable.includes(scope))
  if (requested.length > 0 && granted.length === 0) {
    throw new OAuthError('invalid_scope', 'Nothing of what the app asks for can be granted here.', {
      detail: `asked for ${requested.join(' ')}; could grant ${grantable.join(' ')}`,
    })
  }
  return granted
}

/** The words for scopes, in the order given. */
export function describeScopes(
  scopes: readonly string[],
  resource: ProtectedResource,
): readonly ScopeDescription[] {
  const described = [...resource.scopes, ...identityScopes]
  return scopes.flatMap((scope) => described.find((each) => each.scope === scope) ?? [])
}
