/** How long ago the user may have signed in, and what ties the ID token to this request. @module */

import { OAuthError } from '../../../errors.ts'
import type { AuthorizationCheck } from '../request.ts'

export const maxAge: AuthorizationCheck = {
  name: 'max_age',
  see: 'https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest',
  check({ params }) {
    const sent = params.get('max_age')
    if (sent !== undefined && !/^\d{1,9}$/.test(sent)) {
      throw new OAuthError('invalid_request', 'max_age must be a number of seconds.')
    }
    const nonce = params.get('nonce') ?? null
    if (nonce !== null && nonce.length > 512) {
      throw new OAuthError('invalid_request', 'nonce must not exceed 512 characters.')
    }
    return { maxAge: sent === undefined ? null : Number(sent), nonce }
  },
}
