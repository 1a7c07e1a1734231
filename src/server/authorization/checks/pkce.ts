/** S256, from every client: OAuth 2.1 leaves no exception. @module */

import { OAuthError } from '../../../errors.ts'
import { isCodeChallenge } from '../../../protocol/pkce.ts'
import type { AuthorizationCheck } from '../request.ts'

export const pkce: AuthorizationCheck = {
  name: 'code_challenge',
  see: 'https://www.rfc-editor.org/rfc/rfc7636#section-4.4.1',
  check({ params }) {
    const challenge = params.get('code_challenge')
    if (challenge === undefined) {
      throw new OAuthError('invalid_request', 'code_challenge is missing: PKCE is required.')
    }
    // §4.3: an absent method means plain, which protects nothing.
    if (params.get('code_challenge_method') !== 'S256') {
      throw new OAuthError('invalid_request', 'code_challenge_method must be S256.')
    }
    if (!isCodeChallenge(challenge)) {
      throw new OAuthError('invalid_request', 'code_challenge must be 43 base64url characters.')
    }
    return { codeChallenge: challenge }
  },
}
