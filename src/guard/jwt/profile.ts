/**
 * What a profile of access tokens is: which types of token it takes, and one function.
 *
 * @module
 */

import type { TimeRules } from '../../protocol/jwt-claims.ts'
import type { NowOrLater } from '../../protocol/now-or-later.ts'
import type { Identity } from '../credentials/credential.ts'

/** A payload whose signature was verified, of an issuer that was looked up by its `iss`. */
export interface SignedToken {
  readonly claims: Readonly<Record<string, unknown>>
  readonly issuer: string
  /** Names the token, whatever it says of itself; there where it may have to. */
  readonly digest: string | undefined
  /** The key that verified it. */
  readonly keyId: string | undefined
}

/** What the tokens of an issuer must say besides. */
export interface ProfileRules extends TimeRules {
  readonly issuer: string
  readonly audience: string
}

/** What a token was read as. */
export interface ReadToken {
  readonly identity: Identity
  /** Asked each time that the token is presented. */
  readonly isRevoked?: () => NowOrLater<boolean>
}

/** How the access tokens of an issuer are to be read. */
export interface Profile {
  /** Media types without `application/`; `undefined` lets through what has none. */
  readonly typ: readonly (string | undefined)[]
  /** Throws {@link OAuthError} `invalid_token` unless the token is for us, for now, and whole. */
  readonly read: (token: SignedToken) => ReadToken
}

/** An identity that is being put together. */
export type Draft = { -readonly [member in keyof Identity]: Identity[member] }
