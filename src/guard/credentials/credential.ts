/**
 * What a kind of credential is to the guard: data, and one function.
 *
 * @module
 */

import type { EventSink } from '../../events.ts'
import type { RateRule } from '../../limits/rate-limiter.ts'
import type { Platform } from '../../platform.ts'
import type { Carrier, Presented } from '../presented.ts'
import type { Visit } from '../request.ts'

/** Whoever a good credential stands for, and how it proves that. */
export interface Identity {
  /** Who (`sub`): a user, a service or the owner of a key. */
  readonly subject: string
  /** By means of which client; the id of the key where the credential is a key. */
  readonly clientId: string
  /** Who vouches for it. */
  readonly issuer: string
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  /** What names this one credential in a log: `jti`, the id of a key. Never the credential. */
  readonly credentialId: string
  /** The refresh token family that a token belongs to (`sid`). */
  readonly familyId?: string
  /** Ties a token to the authorization that it came from. */
  readonly correlationId?: string
  /** Milliseconds since the epoch; nothing if it does not end by itself. */
  readonly expiresAt?: number
  /** When the user last proved who they are, in milliseconds since the epoch (`auth_time`). */
  readonly authTime?: number
  /** The authentication context class (`acr`). */
  readonly acr?: string
  /** The authentication methods (`amr`). */
  readonly amr?: readonly string[]
  /** The key or certificate without which the credential is worth nothing (`cnf`, RFC 7800). */
  readonly confirmation?: Readonly<Record<string, unknown>>
  /** Which key signed or verified it, where that is known. */
  readonly keyId?: string
  /** How often the client may ask; instead of what the guard allows every client. */
  readonly rate?: RateRule
  /** Everything that it says, as its issuer wrote it; empty if it says nothing. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** What a guard tells the kinds of credentials that it accepts. */
export interface CredentialContext {
  /** The resource that is guarded, byte for byte. */
  readonly resource: string
  readonly platform: Platform
  readonly onEvent: EventSink
}

/** Judges the credentials of one kind. */
export interface Credential {
  /** The authentication scheme that its challenges name. */
  readonly scheme: string
  /** Parameters of its challenges, besides those of every challenge. */
  readonly challenge?: Readonly<Record<string, string>>
  readonly carriers?: readonly Carrier[]
  /** The issuers whose tokens it takes, for the resource metadata. */
  readonly issuers?: readonly string[]
  /**
   * Nothing means “none of mine”; a bad one of its own is never passed on to another kind.
   *
   * @throws {OAuthError} “mine, and bad”.
   */
  verify(presented: Presented, visit: Visit): Promise<Identity | undefined> | Identity | undefined
  /**
   * The same of a credential that was good before, for a request that is held open. Told where `verify`
   * uses something up that is good once; elsewhere `verify` is asked again.
   *
   * @throws {OAuthError} “mine, and bad”.
   */
  recheck?(presented: Presented, visit: Visit): Promise<Identity | undefined> | Identity | undefined
}

/** A kind of credential that a guard accepts, with what it was told; made by `jwt(…)` and its like. */
export interface CredentialKind {
  /** As principals and events name it. */
  readonly name: string
  /** @throws {ConfigError} if the settings are unsafe for this kind. */
  create(context: CredentialContext): Credential
}
