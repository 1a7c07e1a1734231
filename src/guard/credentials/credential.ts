/**
 * What a kind of credential is to the guard: data, and one function that never sees the request.
 *
 * @module
 */

import type { JwtHeader, VerificationKey } from '../../protocol/jwt.ts'
import type { Authorization } from '../authorization-header.ts'
import type { AccessTokenClaims } from '../principal.ts'

/** What kinds are made from. */
export interface CredentialSettings {
  readonly issuer: string
  /** The resource that is guarded. */
  readonly resource: string
  readonly algorithms: readonly string[]
  /** Seconds. */
  readonly clockTolerance: number
  /** The issuer's keys. */
  readonly keys: (header: JwtHeader) => Promise<VerificationKey | undefined>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * Judges credentials. Nothing means “none of mine”; a bad one of its own is never passed on.
 *
 * @throws {OAuthError} “mine, and bad”.
 */
export type Verifier = (authorization: Authorization) => Promise<AccessTokenClaims | undefined>

/** A kind of credential that the guard takes. */
export interface CredentialKind {
  readonly name: string
  /** @throws {ConfigError} if the settings are unsafe for this kind. */
  create(settings: CredentialSettings): Verifier
}
