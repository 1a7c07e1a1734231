/**
 * An issuer that a guard trusts, ready to judge what it signed.
 *
 * @module
 */

import { ConfigError } from '../../errors.ts'
import {
  checkAlgorithms,
  checkHeader,
  checkTolerance,
  type FindKey,
  type JwtHeader,
  parseObject,
} from '../../protocol/jwt.ts'
import { CLOCK_TOLERANCE } from '../../protocol/jwt-claims.ts'
import { hmacAlgorithms, publicKeyAlgorithms } from '../../protocol/signatures/algorithms.ts'
import { checkTrustworthyUrl } from '../trustworthy-url.ts'
import type { TrustedIssuer } from './issuer-options.ts'
import { checkKeySource, type KeyNeeds, keysFrom } from './key-source.ts'
import { otherProfile } from './other-profile.ts'
import type { Profile, ProfileRules, ReadToken, SignedToken } from './profile.ts'
import { rfc9068 } from './rfc9068.ts'

/** An issuer, ready to judge. */
export interface Issuer {
  readonly name: string
  readonly findKey: FindKey
  /** Whether a token may need its digest for a name. */
  readonly namesByDigest: boolean
  /** Reads a header; throws {@link OAuthError} `invalid_token` if it says what is not allowed. */
  headerOf(part: string): JwtHeader
  /** Reads that header at once from now on. To be called when its token was good. */
  remember(part: string, header: JwtHeader): void
  /** Reads what a token says; throws {@link OAuthError} `invalid_token` unless it is for us, for now. */
  readonly read: (token: SignedToken) => ReadToken
  /** Lets no key serve that is not got from now on. */
  forget(): void
}

/** What an issuer needs of the guard. */
export interface IssuerContext extends Pick<KeyNeeds, 'now' | 'fetch' | 'onExposed'> {
  readonly resource: string
}

/** The headers of an issuer differ by key. Those of some differ by token, and are not worth more. */
const MOST_HEADERS = 100

/**
 * Checks what is told of an issuer, as far as no guard is needed.
 *
 * @throws {ConfigError} naming the option that is wrong.
 */
export function checkIssuerOptions(options: TrustedIssuer): void {
  const { issuer, keys, audience, profile = 'rfc9068', clockTolerance = CLOCK_TOLERANCE } = options
  checkKeySource(keys)
  // Without an address to look at, a name is as good as a URL.
  const isNamed = keys !== undefined && ['secret', 'pem', 'jwk'].some((member) => member in keys)
  if (!isNamed || typeof issuer !== 'string' || issuer === '') checkTrustworthyUrl('issuer', issuer)
  if (audience !== undefined && (typeof audience !== 'string' || audience === '')) {
    throw new ConfigError('audience', 'must be a text that is not empty.')
  }
  if (profile !== 'rfc9068' && profile !== 'jwt') {
    throw new ConfigError('profile', 'must be rfc9068 or jwt.')
  }
  checkTolerance({ tolerance: clockTolerance })
  checkAlgorithms(algorithmsOf(options), isSecret(options) ? hmacAlgorithms : publicKeyAlgorithms)
  const isOneKey = keys !== undefined && ('secret' in keys || 'pem' in keys)
  if (isOneKey && algorithmsOf(options).length !== 1) {
    throw new ConfigError('algorithms', 'must be the one of the key.')
  }
}

const isSecret = ({ keys }: TrustedIssuer) => keys !== undefined && 'secret' in keys

function algorithmsOf(options: TrustedIssuer): readonly string[] {
  const { algorithms = [isSecret(options) ? 'HS256' : 'ES256'] } = options
  return algorithms
}

/**
 * Makes an issuer of what is told of it.
 *
 * @throws {ConfigError} if its keys must not be used.
 */
export function trustedIssuer(options: TrustedIssuer, context: IssuerContext): Issuer {
  const { issuer } = options
  const algorithms = [...algorithmsOf(options)]
  const keys = keysFrom(options.keys, { ...context, issuer, algorithms })
  const profile = profileOf(options, context)
  const headerRules = { algorithms, typ: profile.typ }
  const headers = new Map<string, JwtHeader>()
  return {
    name: issuer,
    findKey: keys.find,
    namesByDigest: options.profile === 'jwt',
    headerOf: (part) => headers.get(part) ?? checkHeader(parseObject(part, 'header'), headerRules),
    remember(part, header) {
      if (headers.has(part)) return
      if (headers.size === MOST_HEADERS) headers.clear()
      // A part of a text keeps the whole of it in memory, and that is a token.
      headers.set(Array.from(part).join(''), header)
    },
    read: profile.read,
    forget: () => keys.forget?.(),
  }
}

function profileOf(options: TrustedIssuer, { resource, now }: IssuerContext): Profile {
  const { issuer, audience = resource, clockTolerance: tolerance = CLOCK_TOLERANCE } = options
  const rules: ProfileRules = { issuer, audience, now, tolerance }
  return options.profile === 'jwt' ? otherProfile(options, rules) : rfc9068(options, rules)
}
