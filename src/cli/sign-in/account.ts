/**
 * A sign-in as people and machines are told of it: everything but the tokens.
 *
 * @module
 */

import type { KeptGrant } from '../../client/kept-grant.ts'
import { visible } from '../output.ts'

const timeOf = (milliseconds: number | undefined): string | null =>
  milliseconds === undefined ? null : new Date(milliseconds).toISOString()

/** For people: where somebody signed in, and as whom. */
export const signedInAs = (url: string, { label }: KeptGrant): string =>
  `Signed in at ${new URL(url).host}${label === undefined ? '' : ` as ${visible(label)}`}.`

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
