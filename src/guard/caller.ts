/**
 * The principals that guards make: they remember the request that they were let in with.
 *
 * @module
 */

import type { Attempt } from './attempt.ts'
import type { Identity } from './credentials/credential.ts'
import type { Permissions } from './permissions.ts'
import type { Principal, Proof } from './principal.ts'

/** What follows from an identity. */
export interface Powers {
  readonly scopes: ReadonlySet<string>
  readonly permissions: Permissions
  readonly proof: Proof
}

/** Where and how a caller was let in. */
export interface Admission {
  /** What the principals of one guard have in common, and no others. */
  readonly guard: object
  readonly resource: string
  readonly correlationId: string
  readonly attempt: Attempt
}

/** A principal whose admission cannot be made up, and shows in no log. */
export class Caller implements Principal {
  readonly subject: string
  readonly clientId: string
  readonly issuer: string
  readonly resource: string
  readonly scopes: ReadonlySet<string>
  readonly roles: readonly string[]
  readonly permissions: Permissions
  readonly credentialId: string
  readonly familyId?: string
  readonly correlationId: string
  readonly expiresAt?: number
  readonly proof: Proof
  readonly claims: Readonly<Record<string, unknown>>
  readonly #admission: Admission

  constructor(identity: Identity, powers: Powers, admission: Admission) {
    this.subject = identity.subject
    this.clientId = identity.clientId
    this.issuer = identity.issuer
    this.resource = admission.resource
    // Nothing freezes a set, and the next request with these powers must not have what is added to it.
    this.scopes = new Set(powers.scopes)
    this.roles = identity.roles
    this.permissions = powers.permissions
    this.credentialId = identity.credentialId
    if (identity.familyId !== undefined) this.familyId = identity.familyId
    this.correlationId = admission.correlationId
    if (identity.expiresAt !== undefined) this.expiresAt = identity.expiresAt
    this.proof = powers.proof
    this.claims = identity.claims
    this.#admission = admission
  }

  /** The request that a guard let a principal in with; nothing if it did not. */
  static findAttempt(principal: unknown, guard: object): Attempt | undefined {
    if (typeof principal !== 'object' || principal === null) return undefined
    if (!(#admission in principal) || principal.#admission.guard !== guard) return undefined
    return principal.#admission.attempt
  }
}
