/**
 * Atlassian: apps name their API by `audience`, and get refresh tokens with `offline_access`.
 *
 * @see {@link https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/ | OAuth 2.0 (3LO) apps}
 * @module
 */

import type { Profile } from './profile.ts'

/** Jira, Confluence and the others in the cloud. */
export const atlassian: Profile = {
  name: 'Atlassian',
  issuer: 'https://auth.atlassian.com',
  metadata: {
    authorization_endpoint: 'https://auth.atlassian.com/authorize',
    token_endpoint: 'https://auth.atlassian.com/oauth/token',
    token_endpoint_auth_methods_supported: ['client_secret_post'],
    scopes_supported: ['offline_access'],
  },
  pkceNotAdvertised: true,
  sendsResource: false,
  parameters: { audience: 'api.atlassian.com', prompt: 'consent' },
  apiOrigins: ['https://api.atlassian.com'],
}
