/**
 * Linear: scopes with commas, and back as text or as a list.
 *
 * @see {@link https://linear.app/developers/oauth-2-0-authentication | OAuth 2.0 authentication}
 * @module
 */

import { spacedScopes } from './answer-shapes.ts'
import type { Profile } from './profile.ts'

/** Linear workspaces. */
export const linear: Profile = {
  name: 'Linear',
  issuer: 'https://linear.app',
  metadata: {
    authorization_endpoint: 'https://linear.app/oauth/authorize',
    token_endpoint: 'https://api.linear.app/oauth/token',
    revocation_endpoint: 'https://api.linear.app/oauth/revoke',
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  },
  scopeSeparator: ',',
  sendsResource: false,
  apiOrigins: ['https://api.linear.app'],
  quirks: { readAnswer: spacedScopes },
}
