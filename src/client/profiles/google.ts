/**
 * Google: without `access_type=offline` it gives no refresh token, and only one to each approval.
 *
 * @see {@link https://developers.google.com/identity/protocols/oauth2/web-server | OAuth 2.0 for web server applications}
 * @module
 */

import type { Profile } from './profile.ts'

/** Google accounts. */
export const google: Profile = {
  name: 'Google',
  issuer: 'https://accounts.google.com',
  sendsResource: false,
  parameters: { access_type: 'offline', prompt: 'consent' },
  apiOrigins: ['https://www.googleapis.com', 'https://openidconnect.googleapis.com'],
}
