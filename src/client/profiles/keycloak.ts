/**
 * Keycloak: a realm is an issuer. Audiences come from mappers of the client, not from `resource`.
 *
 * @see {@link https://www.keycloak.org/securing-apps/oidc-layers | Securing applications with OpenID Connect}
 * @module
 */

import type { Profile } from './profile.ts'
import { issuerBelow } from './tenant-address.ts'

/** One realm. @throws {ClientError} unless the base is an address to ask. */
export const keycloak = ({
  base,
  realm,
}: {
  /** Where Keycloak is, such as `https://id.example.com`. */
  readonly base: string
  readonly realm: string
}): Profile => ({
  name: 'Keycloak',
  issuer: issuerBelow(base, `/realms/${encodeURIComponent(realm)}`),
  sendsResource: false,
})
