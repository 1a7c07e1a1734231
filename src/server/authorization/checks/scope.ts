/** What is asked for, narrowed to what this client could ever be granted there. @module */

import { parseScope } from '../../../protocol/scope.ts'
import { type AuthorizationCheck, established } from '../request.ts'
import { grantableScopes, narrowScopes } from '../scopes.ts'

export const scope: AuthorizationCheck = {
  name: 'scope',
  see: 'https://www.rfc-editor.org/rfc/rfc6749#section-3.3',
  check(draft) {
    const resource = established(draft, 'resource')
    // Who the user is, and so which roles count, is known only after sign-in.
    const everyRole = resource.scopes.flatMap(({ roles }) => roles ?? [])
    const grantable = grantableScopes(resource, established(draft, 'client'), {
      roles: everyRole,
      identity: true,
    })
    const requested = parseScope(draft.params.get('scope'))
    const asked = requested.length === 0 ? resource.baseline : requested
    return { scopes: narrowScopes(asked, grantable) }
  },
}
