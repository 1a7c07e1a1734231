/** No parameter twice, but for `resource`. @module */

import { type AuthorizationCheck, single } from '../request.ts'

export const singleParameters: AuthorizationCheck = {
  name: 'single parameters',
  see: 'https://www.rfc-editor.org/rfc/rfc6749#section-3.1',
  check({ params }) {
    for (const name of params.names()) if (name !== 'resource') single(params, name)
    return {}
  },
}
