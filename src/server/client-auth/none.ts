/**
 * Public clients: they name themselves and prove nothing; PKCE binds what they get.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2.1 | RFC 6749 §3.2.1}
 * @module
 */

import type { ClientAuthMethod } from './client-auth.ts'

export const none: ClientAuthMethod = {
  name: 'none',
  find(authorization, params) {
    const clientId = params.get('client_id')
    if (authorization !== null || clientId === undefined || params.has('client_secret'))
      return undefined
    return { clientId }
  },
  verify: (_credentials, client) => client !== undefined && client.secretHash === null,
}
