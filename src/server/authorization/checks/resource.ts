/** What the token will be for. @module */

import { type AuthorizationCheck, established } from '../request.ts'
import { selectResource } from '../resources.ts'

export const resource: AuthorizationCheck = {
  name: 'resource',
  see: 'https://www.rfc-editor.org/rfc/rfc8707#section-2.1',
  check(draft) {
    const client = established(draft, 'client')
    return {
      resource: selectResource(draft.params.all('resource'), client, draft.context.resources),
    }
  },
}
