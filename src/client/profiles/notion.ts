/**
 * Notion: token requests are JSON with Basic authentication, and what a connection may do is not said in
 * scopes.
 *
 * @see {@link https://developers.notion.com/docs/authorization | Authorization}
 * @module
 */

import type { Profile } from './profile.ts'

/** Notion workspaces. */
export const notion: Profile = {
  name: 'Notion',
  issuer: 'https://api.notion.com',
  metadata: {
    authorization_endpoint: 'https://api.notion.com/v1/oauth/authorize',
    token_endpoint: 'https://api.notion.com/v1/oauth/token',
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  },
  pkceNotAdvertised: true,
  sendsResource: false,
  parameters: { owner: 'user' },
  apiOrigins: ['https://api.notion.com'],
  quirks: { sendsJson: true },
}
