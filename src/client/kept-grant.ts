/**
 * What a client keeps of an authorization, and where it keeps it: the contract of grant stores.
 *
 * A grant is kept with the issuer and the token endpoint that gave it, and is of no use anywhere else.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-2.1 | RFC 9700 §2.1}
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization} on binding to the authorization server
 * @module
 */

import type { JWK } from 'jose'
import type { Secret } from '../vault/secret.ts'

/** Which grant: no two of these are ever mixed. */
export interface GrantKey {
  /** The authorization server, byte for byte as its metadata says. */
  readonly issuer: string
  readonly clientId: string
  /** The resource indicator that the tokens are for; empty if none was asked for. */
  readonly resource: string
  /** Which of several accounts at the same service; `default` unless told. */
  readonly account: string
}

/** An authorization that was given, and its live tokens. */
export interface KeptGrant {
  readonly key: GrantKey
  /** Where its tokens came from; they are sent to no other endpoint. */
  readonly tokenEndpoint: string
  readonly tokenType: 'Bearer' | 'DPoP'
  readonly accessToken: Secret<string>
  /** Milliseconds since the epoch; nothing if the server did not say. */
  readonly expiresAt?: number
  readonly refreshToken?: Secret<string>
  /** The scopes of the access token. */
  readonly scopes: readonly string[]
  /** The private key that the tokens are bound to. */
  readonly dpopKey?: Secret<JWK>
  /** Who it is, for people to recognise: an email address or `sub`. Never used to decide anything. */
  readonly label?: string
  /** When the tokens were given, in milliseconds since the epoch. */
  readonly givenAt: number
}

/** A client that was registered at an authorization server, with the secret it was given. */
export interface KeptRegistration {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: Secret<string>
  /** `none`, `client_secret_basic`, `client_secret_post` or `private_key_jwt`. */
  readonly tokenEndpointAuthMethod: string
  readonly redirectUris: readonly string[]
  /** Where its secret is sent, and nowhere else. */
  readonly tokenEndpoint?: string
  /** When the secret ends, in milliseconds since the epoch. */
  readonly expiresAt?: number
}

/** What a decision about a grant came to. */
export type GrantDecision =
  | { readonly keep: KeptGrant }
  /** Nothing changes. */
  | { readonly leave: true }
  | { readonly forget: true }

/**
 * Keeps grants and registrations, for this process or for all processes of a user.
 *
 * Every verb rejects with a `ClientError` `store_unusable` if what is kept cannot be read or written;
 * what was kept is then still there.
 */
export interface GrantStore {
  grant(key: GrantKey): Promise<KeptGrant | undefined>
  grants(): Promise<readonly KeptGrant[]>
  /**
   * Decides about one grant while nobody else can, in whatever process, and keeps what was decided
   * before it resolves. `decide` gets what is kept now, which another process may just have renewed.
   * Whoever is killed in the middle of it holds up nobody: the next one decides from what was kept.
   *
   * @returns What is kept afterwards.
   * @throws what `decide` throws; then nothing changes.
   */
  decide(
    key: GrantKey,
    decide: (kept: KeptGrant | undefined) => Promise<GrantDecision>,
  ): Promise<KeptGrant | undefined>
  registration(issuer: string): Promise<KeptRegistration | undefined>
  register(registration: KeptRegistration): Promise<void>
  /** Forgets a registration, and nothing that was granted to it. */
  unregister(issuer: string): Promise<void>
  close(): Promise<void>
}

/** The account that is meant when none is named. */
export const DEFAULT_ACCOUNT = 'default'

/** One text for a key: parts cannot run into each other. */
export const grantId = ({ issuer, clientId, resource, account }: GrantKey): string =>
  JSON.stringify([issuer, clientId, resource, account])
