/**
 * Okta: each authorization server of an organization is an issuer of its own, and says for which API.
 *
 * @see {@link https://developer.okta.com/docs/concepts/auth-servers/ | Authorization servers}
 * @module
 */

import type { Profile } from './profile.ts'
import { issuerAt } from './tenant-address.ts'

/** One authorization server. @throws {ConfigError} unless the domain is one. */
export const okta = ({
  domain,
  authorizationServer = 'default',
}: {
  readonly domain: string
  /** Its id; `default` unless told, `org` for the organization's own. */
  readonly authorizationServer?: string
}): Profile => ({
  name: 'Okta',
  issuer: issuerAt(
    domain,
    authorizationServer === 'org' ? '' : `/oauth2/${encodeURIComponent(authorizationServer)}`,
  ),
})
