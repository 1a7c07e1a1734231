/**
 * GitHub: OAuth apps and GitHub Apps on behalf of a user.
 *
 * It answers errors with 200, and lists scopes with commas.
 *
 * @see {@link https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps | Authorizing OAuth apps}
 * @module
 */

import { renamedError, spacedScopes } from './answer-shapes.ts'
import type { Profile } from './profile.ts'

const LOGIN = 'https://github.com/login'

/** GitHub's own names for errors. */
const errors = {
  bad_verification_code: 'invalid_grant',
  bad_refresh_token: 'invalid_grant',
  incorrect_client_credentials: 'invalid_client',
  incorrect_device_code: 'invalid_grant',
}

/** github.com. */
export const github: Profile = {
  name: 'GitHub',
  issuer: `${LOGIN}/oauth`,
  metadata: {
    authorization_endpoint: `${LOGIN}/oauth/authorize`,
    token_endpoint: `${LOGIN}/oauth/access_token`,
    device_authorization_endpoint: `${LOGIN}/device/code`,
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
  },
  sendsResource: false,
  apiOrigins: ['https://api.github.com'],
  quirks: { readAnswer: (body) => spacedScopes(renamedError(body, errors)) },
}
