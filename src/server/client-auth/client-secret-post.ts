/**
 * The client's id and secret in the request body.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 | RFC 6749 §2.3.1}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { ClientAuthMethod } from './client-auth.ts'
import { secretFault } from './secret.ts'

export const clientSecretPost: ClientAuthMethod = {
  name: 'client_secret_post',
  uses: 'client_secret',
  find(_authorization, params) {
    const secret = params.get('client_secret')
    if (secret === undefined) return undefined
    const clientId = params.get('client_id')
    if (clientId === undefined) {
      throw new OAuthError('invalid_request', 'client_secret was sent without client_id.')
    }
    return { clientId, proof: secret }
  },
  fault: secretFault,
}
