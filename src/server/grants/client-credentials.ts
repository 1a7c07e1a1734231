/**
 * Client credentials: a confidential client asks for itself.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.4 | RFC 6749 §4.4}
 * @module
 */

import { parseScope } from '../../protocol/scope.ts'
import { selectResource } from '../authorization/resources.ts'
import { grantableScopes, narrowScopes } from '../authorization/scopes.ts'
import type { Authorization, Grant, GrantRequest } from './grant.ts'

export const clientCredentials: Grant = {
  grantType: 'client_credentials',
  clients: 'confidential',
  authorize,
}

async function authorize({
  client,
  params,
  exchange,
  context,
}: GrantRequest): Promise<Authorization> {
  const resource = selectResource(params.all('resource'), client, context.resources)
  const requested = parseScope(params.get('scope'))
  // A role belongs to a person; a client acting for itself holds none.
  const grantable = grantableScopes(resource, client, { roles: [], identity: false })
  return {
    // A namespace of its own: no client can be taken for a user (RFC 9700 §4.15).
    subject: `client:${client.id}`,
    scopes: narrowScopes(requested.length === 0 ? resource.baseline : requested, grantable),
    resource: resource.resource,
    correlationId: exchange.correlationId,
    // §4.4.3: no refresh token, the client can simply ask again.
    changes: [],
    events: [],
  }
}
