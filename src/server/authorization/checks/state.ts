/** What the client wants back, untouched. First of the checks whose errors carry it. @module */

import { OAuthError } from '../../../errors.ts'
import { type AuthorizationCheck, single } from '../request.ts'

/** Longer than any client's, shorter than what breaks a redirect. */
const MAX_LENGTH = 4096

export const state: AuthorizationCheck = {
  name: 'state',
  see: 'https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1',
  check({ params }) {
    const sent = single(params, 'state') ?? null
    if (sent !== null && sent.length > MAX_LENGTH) {
      throw new OAuthError('invalid_request', `state must not exceed ${MAX_LENGTH} characters.`)
    }
    return { state: sent }
  },
}
