/**
 * Who is calling, what they may do, and how they proved who they are.
 *
 * @module
 */

import type { VerifiedClaims } from '../protocol/jwt-claims.ts'
import type { Permissions } from './permissions.ts'

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
  /** What the token is bound to (RFC 7800). */
  readonly cnf?: Readonly<Record<string, unknown>>
  /** When the user last proved who they are, in seconds since the epoch. */
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
}

/** How a caller proved who they are. */
export interface Proof {
  /** The kind of credential, such as `jwt` or `api_key`. */
  readonly kind: string
  /** Which key signed or verified it, where that is known. */
  readonly keyId?: string
  /** What the credential is bound to, so that whoever steals it has nothing. */
  readonly binding?: 'dpop' | 'mtls'
  /** When the user last proved who they are, in milliseconds since the epoch. */
  readonly authTime?: number
  /** The authentication context class (`acr`). */
  readonly acr?: string
  /** The authentication methods (`amr`). */
  readonly amr?: readonly string[]
}

/** A caller that was let in. */
export interface Principal {
  /** Who (`sub`): a user, a service, or the client itself. */
  readonly subject: string
  /** By means of which client (`client_id`); the id of the key where the credential is a key. */
  readonly clientId: string
  readonly issuer: string
  readonly resource: string
  /** What they may do, with everything that the scope hierarchy includes. */
  readonly scopes: ReadonlySet<string>
  readonly roles: readonly string[]
  /** What their roles let them do, by the `permissions` of the guard. */
  readonly permissions: Permissions
  /** What names the credential in a log (`jti`, the id of a key); never the credential. */
  readonly credentialId: string
  /** The refresh token family, if the token belongs to one. */
  readonly familyId?: string
  /** Ties the authorization, the token and this request together. */
  readonly correlationId: string
  /** Milliseconds since the epoch; nothing if the credential does not end by itself. */
  readonly expiresAt?: number
  readonly proof: Proof
  /** Everything that the credential says, as its issuer wrote it. */
  readonly claims: Readonly<Record<string, unknown>>
}
