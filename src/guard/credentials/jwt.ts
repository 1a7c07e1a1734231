/**
 * Access tokens that are signed JSON Web Tokens.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068 | RFC 9068}
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750 | RFC 6750}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { eventMaker } from '../../events.ts'
import { newCorrelationId } from '../../platform.ts'
import { accessTokenOf } from '../access-token.ts'
import type { OtherIssuer, Rfc9068Issuer, TrustedIssuer } from '../jwt/issuer-options.ts'
import { tokenVerifier, type VerifiedToken } from '../jwt/token-verifier.ts'
import { checkIssuerOptions, trustedIssuer } from '../jwt/trusted-issuer.ts'
import {
  checkTokenCache,
  type TokenCacheOptions,
  type VerifiedTokens,
  verifiedTokens,
} from '../jwt/verified-tokens.ts'
import { isTrustworthyUrl } from '../trustworthy-url.ts'
import type { CredentialKind } from './credential.ts'

/** What is told besides the issuers. */
interface CommonOptions {
  /** How tokens that were verified are kept; `false` verifies each of them every time. */
  readonly cache?: TokenCacheOptions | false
  /** Gets metadata and keys; the platform's own unless told. */
  readonly fetch?: typeof fetch
}

/** Whose tokens are accepted, and how they are checked. */
export interface JwtOptions extends CommonOptions, Rfc9068Issuer {}

/** The same for an issuer with tokens of its own making. */
export interface OtherJwtOptions extends CommonOptions, OtherIssuer {}

/** The same for several issuers. A token is for the one that it names, byte for byte. */
export interface SeveralIssuersOptions extends CommonOptions {
  readonly issuers: readonly TrustedIssuer[]
}

type AnyOptions = JwtOptions | OtherJwtOptions | SeveralIssuersOptions

/** The kind, and a way to start it afresh. */
export interface JwtKind extends CredentialKind {
  /**
   * Verifies every token anew from now on, with keys that are fetched anew: for when a key was taken
   * back in a hurry. Without it, that is noticed within five minutes.
   */
  forget(): void
}

/**
 * Accepts the signed access tokens of one issuer.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-4 | RFC 9068 §4}
 */
export function jwt(options: JwtOptions): JwtKind
/**
 * Accepts the signed access tokens of one issuer, which have a form of their own.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725#section-3 | RFC 8725 §3}
 */
export function jwt(options: OtherJwtOptions): JwtKind
/**
 * Accepts the signed access tokens of several issuers, each as it is told.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725#section-3.8 | RFC 8725 §3.8}
 */
export function jwt(options: SeveralIssuersOptions): JwtKind
/** Whichever it is, it comes down to a list of issuers. */
export function jwt(options: AnyOptions): JwtKind {
  const { cache = {}, fetch = globalThis.fetch } = options
  const told = issuersOf(options)
  if (cache !== false) checkTokenCache(cache)
  const made: (() => void)[] = []
  return {
    name: 'jwt',
    create({ resource, platform, onEvent }) {
      const now = () => platform.now()
      const onExposed = (keyId = '(no kid)') => {
        const event = eventMaker(platform, newCorrelationId(platform))
        onEvent(event('key.exposed', { keyId, resource }))
      }
      const context = { resource, now, fetch, onExposed }
      const issuers = told.map((issuer) => trustedIssuer(issuer, context))
      const tokens: VerifiedTokens<VerifiedToken> | undefined =
        cache === false ? undefined : verifiedTokens(cache, now)
      const verify = tokenVerifier({ issuers, cache: tokens })
      made.push(() => {
        for (const issuer of issuers) issuer.forget()
        tokens?.clear()
      })
      return {
        scheme: 'Bearer',
        issuers: told.map(({ issuer }) => issuer).filter((issuer) => isTrustworthyUrl(issuer)),
        verify(presented) {
          const token = accessTokenOf(presented)
          return token === undefined || !isJwtShaped(token) ? undefined : verify(token)
        },
      }
    },
    forget() {
      for (const forget of made) forget()
    },
  }
}

/** Two dots or more. Whatever has fewer may be a credential of another kind. */
const isJwtShaped = (token: string) => token.indexOf('.') !== token.lastIndexOf('.')

function issuersOf(options: AnyOptions): readonly TrustedIssuer[] {
  const issuers = 'issuers' in options ? options.issuers : [options]
  if (!Array.isArray(issuers) || issuers.length === 0) {
    throw new ConfigError('issuers', 'must be a list of at least one issuer.')
  }
  issuers.forEach(checkIssuerOptions)
  const names = issuers.map(({ issuer }) => issuer)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  // Otherwise the keys of one would be good for the other.
  if (twice !== undefined) throw new ConfigError('issuers', `must name ${twice} once.`)
  return issuers
}
