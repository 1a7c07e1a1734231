/** How the user is to be asked. @module */

import { OAuthError } from '../../../errors.ts'
import type { AuthorizationCheck } from '../request.ts'

/** `select_account` is answered by the consent page, which lets the user switch. */
const PROMPTS: readonly string[] = ['none', 'login', 'consent', 'select_account']

export const prompt: AuthorizationCheck = {
  name: 'prompt',
  see: 'https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest',
  check({ params }) {
    const sent = (params.get('prompt') ?? '').split(' ').filter((value) => value !== '')
    if (sent.some((value) => !PROMPTS.includes(value))) {
      throw new OAuthError('invalid_request', `prompt must be of: ${PROMPTS.join(', ')}.`)
    }
    if (sent.includes('none') && sent.length > 1) {
      throw new OAuthError('invalid_request', 'prompt=none cannot be joined with another value.')
    }
    return { prompt: sent, loginHint: params.get('login_hint')?.slice(0, 254) ?? null }
  },
}
