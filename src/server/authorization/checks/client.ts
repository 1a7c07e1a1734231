/** Who asks. Without a known client, nothing it says can be trusted. @module */

import { OAuthError } from '../../../errors.ts'
import { unknownClient } from '../../clients/client.ts'
import { type AuthorizationCheck, single } from '../request.ts'

export const client: AuthorizationCheck = {
  name: 'client',
  see: 'https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1',
  async check({ params, context }) {
    const clientId = single(params, 'client_id')
    if (clientId === undefined) throw new OAuthError('invalid_request', 'client_id is missing.')
    const found = await context.clients.find(clientId)
    if (found !== undefined) return { client: found }
    throw new OAuthError(
      'invalid_client',
      'This application is not registered here. Remove and add the connection in it, so that it registers anew.',
      { status: 400, detail: unknownClient(clientId) },
    )
  },
}
