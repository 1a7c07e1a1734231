/**
 * A sign-in as machines are told of it: everything but the tokens.
 *
 * @module
 */

import type { KeptGrant } from '../../client/kept-grant.ts'

const timeOf = (milliseconds: number | undefined): string | null =>
  milliseconds === undefined ? null : new Date(milliseconds).toISOString()

/** What is known of a sign-in. */
export const accountJson = (grant: KeptGrant) => ({
  issuer: grant.key.issuer,
  client_id: grant.key.clientId,
  resource: grant.key.resource,
  account: grant.key.account,
  label: grant.label ?? null,
  scopes: grant.scopes,
  token_type: grant.tokenType,
  expires_at: timeOf(grant.expiresAt),
  renewable: grant.refreshToken !== undefined,
  given_at: timeOf(grant.givenAt),
})
