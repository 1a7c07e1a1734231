/** Whether the client registered for this grant at all. @module */

import { OAuthError } from '../../../errors.ts'
import { mayUse } from '../../clients/client.ts'
import { type AuthorizationCheck, established } from '../request.ts'

export const grantType: AuthorizationCheck = {
  name: 'grant_type',
  see: 'https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1',
  check(draft) {
    if (mayUse(established(draft, 'client'), 'authorization_code')) return {}
    throw new OAuthError('unauthorized_client', 'This client may not ask for authorization codes.')
  },
}
