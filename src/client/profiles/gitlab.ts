/**
 * GitLab: its own issuer, here or on premises. Refresh tokens come without being asked for.
 *
 * @see {@link https://docs.gitlab.com/api/oauth2/ | OAuth 2.0 identity provider API}
 * @module
 */

import type { Profile } from './profile.ts'
import { issuerBelow } from './tenant-address.ts'

/** gitlab.com, or an installation. @throws {ClientError} unless the base is an address to ask. */
export const gitlab = ({
  base = 'https://gitlab.com',
}: {
  readonly base?: string
} = {}): Profile => ({
  name: 'GitLab',
  issuer: issuerBelow(base, ''),
  sendsResource: false,
  apiOrigins: [base],
})
