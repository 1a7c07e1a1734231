/**
 * Who is calling, and what their access token said.
 *
 * @module
 */

import type { VerifiedClaims } from '../protocol/jwt-claims.ts'

/**
 * The claims of an access token whose signature and content were checked.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-2.2 | RFC 9068 §2.2}
 */
export type AccessTokenClaims = VerifiedClaims & {
  readonly client_id: string
  /** Space-separated, as on the wire. */
  readonly scope?: string
  readonly roles?: readonly string[]
  /** The refresh token family that the token belongs to. */
  readonly sid?: string
  /** Ties the token to the authorization that it came from. */
  readonly cid?: string
}

/** A caller that was let in. */
export interface Principal {
  /** Who (`sub`): a user, or the client itself. */
  readonly subject: string
  /** By means of which client (`client_id`). */
  readonly clientId: string
  readonly issuer: string
  readonly resource: string
  /** What they may do, with everything that the scope hierarchy includes. */
  readonly scopes: ReadonlySet<string>
  readonly roles: readonly string[]
  /** The token's own id (`jti`). */
  readonly tokenId: string
  /** The refresh token family, if the token belongs to one. */
  readonly familyId?: string
  /** Ties the authorization, the token and this request together. */
  readonly correlationId: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  readonly claims: AccessTokenClaims
}
