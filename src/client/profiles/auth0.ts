/**
 * Auth0: its issuer ends with a slash, and an API is named by `audience`.
 *
 * @see {@link https://auth0.com/docs/get-started/authentication-and-authorization-flow/authorization-code-flow-with-pkce | Authorization code flow with PKCE}
 * @module
 */

import type { Profile } from './profile.ts'
import { issuerAt } from './tenant-address.ts'

/** One tenant. @throws {ConfigError} unless the domain is one. */
export const auth0 = ({
  domain,
  audience,
}: {
  readonly domain: string
  /** The identifier of the API; without it, tokens are for the user's profile alone. */
  readonly audience?: string
}): Profile => ({
  name: 'Auth0',
  issuer: issuerAt(domain, '/'),
  sendsResource: false,
  ...(audience === undefined ? {} : { parameters: { audience } }),
})
