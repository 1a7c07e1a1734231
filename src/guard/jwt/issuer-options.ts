/**
 * What a guard is told of an issuer that it trusts.
 *
 * @module
 */

import type { DatedClaims } from '../../protocol/jwt-claims.ts'
import type { AccessTokenClaims } from '../principal.ts'
import type { KeySource } from './key-source.ts'

/** What is told of every issuer. */
interface CommonIssuer {
  /** The issuer of the access tokens, byte for byte what they carry as `iss`. */
  readonly issuer: string
  /** Where its keys are; as its metadata says unless told. */
  readonly keys?: KeySource
  /** The signature algorithms to accept; `['ES256']` unless told, `['HS256']` for a secret. */
  readonly algorithms?: readonly string[]
  /** What tokens for the guarded resource name as audience; its identifier unless told. */
  readonly audience?: string
  /** How far clocks may disagree, in seconds; 30 unless told. */
  readonly clockTolerance?: number
}

/** An issuer whose access tokens are as RFC 9068 has them. */
export interface Rfc9068Issuer extends CommonIssuer {
  readonly profile?: 'rfc9068'
  /** Whether a token that is otherwise good was revoked. If it fails, the request is refused. */
  readonly isRevoked?: (claims: AccessTokenClaims) => boolean | Promise<boolean>
}

/** An issuer with tokens of its own making, whose header need not say that they are access tokens. */
export interface OtherIssuer extends CommonIssuer {
  readonly profile: 'jwt'
  /** Where its tokens say what; where most issuers do unless told. */
  readonly claims?: ClaimPlaces
  /**
   * Claims that must be there, with exactly these texts: what tells its access tokens from its other
   * tokens, such as `{ token_use: 'access' }`.
   */
  readonly required?: Readonly<Record<string, string>>
  /** Whether a token that is otherwise good was revoked. If it fails, the request is refused. */
  readonly isRevoked?: (claims: DatedClaims) => boolean | Promise<boolean>
}

/** An issuer that a guard trusts. */
export type TrustedIssuer = Rfc9068Issuer | OtherIssuer

/** The name of a claim, or the names that lead to it: `['realm_access', 'roles']`. */
export type ClaimPlace = string | readonly [string, ...string[]]

/** Where tokens say what. What is told is looked for there and nowhere else. */
export interface ClaimPlaces {
  /** `sub` unless told. */
  readonly subject?: ClaimPlace
  /** `client_id`, `azp` or `appid` unless told. */
  readonly client?: ClaimPlace
  /** A text with spaces, or a list; `scope` or `scp` unless told. */
  readonly scope?: ClaimPlace
  /** A list; `roles` unless told. */
  readonly roles?: ClaimPlace
  /** `aud` unless told. */
  readonly audience?: ClaimPlace
  /** What names the token; `jti` unless told. A token without it is named by its digest. */
  readonly tokenId?: ClaimPlace
}
