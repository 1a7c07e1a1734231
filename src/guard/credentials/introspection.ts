/**
 * Access tokens that only their issuer can read, which is asked about each.
 *
 * Left out on purpose: signed answers (RFC 9701), which are for those who must prove later what they
 * were told.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662 | RFC 7662}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { checkIssuer } from '../../protocol/authorization-server-metadata.ts'
import { MOST_CHARACTERS } from '../../protocol/jwt.ts'
import { refuseToken } from '../../protocol/jwt-claims.ts'
import { isLater } from '../../protocol/now-or-later.ts'
import { textDigest } from '../../protocol/sha256.ts'
import { systemTimers, type Timers } from '../../timers.ts'
import { accessTokenOf } from '../access-token.ts'
import { isApiKeyLike } from '../api-keys/format.ts'
import { readAnswer } from '../introspection/answer.ts'
import { type Authenticate, introspectionClient } from '../introspection/client.ts'
import { clientAuthentication } from '../introspection/client-authentication.ts'
import { findEndpoint } from '../introspection/discovery.ts'
import { remembered } from '../introspection/remembered.ts'
import { checkNumber } from '../number-option.ts'
import { checkTrustworthyUrl } from '../trustworthy-url.ts'
import type { CredentialKind } from './credential.ts'

/** Who is asked, as whom, and what the answer must say. */
export interface IntrospectionOptions {
  /**
   * The issuer of the tokens, byte for byte. Its metadata says where to ask, unless `endpoint` does;
   * without it, tokens may name any issuer that the endpoint answers for.
   */
  readonly issuer?: string
  /** The introspection endpoint. */
  readonly endpoint?: string
  /** The client that this API is registered as. */
  readonly clientId?: string
  readonly clientSecret?: string
  /** How the secret is sent; `client_secret_basic` unless told. */
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post'
  /** Proves who asks, where that is not an id and a secret. */
  readonly authenticate?: Authenticate
  /** What `aud` of a token must name; the guarded resource unless told. */
  readonly audience?: string
  /**
   * Whether tokens are good of which the server does not say whom they are for. Only for a server
   * whose tokens are all for this resource, or that answers each API about its own tokens alone.
   */
  readonly withoutAudience?: boolean
  /** Whether signed tokens (JWTs) are asked about too, instead of being left to another kind. */
  readonly jwts?: boolean
  /** How long an answer counts, in seconds: so late is a revocation noticed. */
  readonly cache?: {
    /** Of a good token; 30 unless told, 0 to ask every time. Never longer than the token is good. */
    readonly ttl?: number
    /** Of one that was refused; 5 unless told. */
    readonly refusedTtl?: number
    /** How many tokens are remembered at most; 5000 unless told. */
    readonly entries?: number
  }
  /** How long the server may take, in seconds; 2.5 unless told. */
  readonly timeout?: number
  /** Asks; the platform's own unless told. */
  readonly fetch?: typeof fetch
  readonly timers?: Timers
}

/**
 * Accepts access tokens that their issuer says are active. Signed ones are none of its business
 * unless told, so that it can stand before {@link jwt}.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 | RFC 7662 §2}
 */
export function introspection(options: IntrospectionOptions): CredentialKind {
  const { issuer, endpoint, jwts = false, cache = {}, timers = systemTimers } = options
  checkOptions(options)
  const authenticate = clientAuthentication(options)
  return {
    name: 'introspection',
    create({ resource, platform }) {
      const now = () => platform.now()
      const digestOf = textDigest()
      const ask = introspectionClient({
        ...{ authenticate, timers, now },
        endpoint: async (fetchJson) => endpoint ?? (await findEndpoint(issuer ?? '', fetchJson)),
        fetch: options.fetch ?? globalThis.fetch,
        timeout: (options.timeout ?? 2.5) * 1000,
      })
      const rules = {
        ...{ issuer, now },
        authority: issuer ?? endpoint ?? '',
        audience: options.audience ?? resource,
        takesAnyAudience: options.withoutAudience === true,
      }
      const answers = remembered({
        now,
        entries: cache.entries ?? 5_000,
        ttl: (cache.ttl ?? 30) * 1000,
        refusedTtl: (cache.refusedTtl ?? 5) * 1000,
      })
      return {
        scheme: 'Bearer',
        issuers: issuer === undefined ? [] : [issuer],
        verify(presented) {
          const token = accessTokenOf(presented)
          if (token === undefined || (!jwts && isJwtShaped(token))) return undefined
          // Of no issuer, and nobody is to be told of it.
          if (isApiKeyLike(token)) return undefined
          const find = (digest: string) =>
            answers.find(digest, async () =>
              readAnswer(await ask(checkToken(token)), digest, rules),
            )
          const digest = digestOf(token)
          return isLater(digest) ? Promise.resolve(digest).then(find) : find(digest)
        },
      }
    },
  }
}

/** The characters of an access token ({@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 | RFC 6750 §2.1}). */
const TOKEN = /^[\w\-.~+/]+=*$/

/** What nobody can have issued is not worth a question, nor the refusal of one. */
function checkToken(token: string): string {
  if (token.length > MOST_CHARACTERS) return refuseToken(`${token.length} characters long`)
  return TOKEN.test(token) ? token : refuseToken('has characters that no token has')
}

/** Three parts, of which the first is an object: no opaque token has to look like that. */
function isJwtShaped(token: string): boolean {
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  return first > 0 && second > 0 && token.startsWith('ey') && !token.includes('.', second + 1)
}

function checkOptions({ issuer, endpoint, ...options }: IntrospectionOptions): void {
  if (issuer === undefined && endpoint === undefined) {
    throw new ConfigError(
      'endpoint',
      'is missing.',
      'Name the endpoint, or the issuer that has it.',
    )
  }
  if (issuer !== undefined) checkIssuer(issuer)
  if (endpoint !== undefined) checkTrustworthyUrl('endpoint', endpoint)
  const { ttl = 30, refusedTtl = 5, entries = 5_000 } = options.cache ?? {}
  checkNumber('cache.ttl', ttl, { least: 0, most: 300 })
  checkNumber('cache.refusedTtl', refusedTtl, { least: 0, most: 60 })
  checkNumber('cache.entries', entries, { least: 0, most: 1_000_000 })
  checkNumber('timeout', options.timeout ?? 2.5, { least: 0.1, most: 30 })
}
