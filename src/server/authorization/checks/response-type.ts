/** `code`, in the query, by parameters: every other way of asking or answering is left out. @module */

import { OAuthError } from '../../../errors.ts'
import type { AuthorizationCheck } from '../request.ts'

export const responseType: AuthorizationCheck = {
  name: 'response_type',
  see: 'https://www.rfc-editor.org/rfc/rfc6749#section-3.1.1',
  check({ params }) {
    if (params.has('request')) {
      throw new OAuthError('request_not_supported', 'Request objects are not supported here.')
    }
    if (params.has('request_uri')) {
      throw new OAuthError('request_uri_not_supported', 'request_uri is not supported here.')
    }
    const sent = params.get('response_type')
    if (sent === undefined) throw new OAuthError('invalid_request', 'response_type is missing.')
    if (sent !== 'code') {
      throw new OAuthError('unsupported_response_type', 'response_type must be code.')
    }
    const mode = params.get('response_mode')
    if (mode !== undefined && mode !== 'query') {
      throw new OAuthError('invalid_request', 'response_mode must be query, or left out.')
    }
    return {}
  },
}
