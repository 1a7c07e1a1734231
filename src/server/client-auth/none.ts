/**
 * Public clients: they name themselves and prove nothing; PKCE binds what they get.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2.1 | RFC 6749 §3.2.1}
 * @module
 */

import type { ClientAuthMethod } from './client-auth.ts'

export const none: ClientAuthMethod = {
  name: 'none',
  uses: 'nothing',
  find(authorization, params) {
    const clientId = params.get('client_id')
    const proves = ['client_secret', 'client_assertion'].some((name) => params.has(name))
    return authorization !== null || proves || clientId === undefined ? undefined : { clientId }
  },
  fault: (_credentials, client) =>
    client?.secretHash === null ? undefined : 'it has a secret and sent none',
}
