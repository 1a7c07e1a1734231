/**
 * Access tokens that are signed JSON Web Tokens.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068 | RFC 9068}
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750 | RFC 6750}
 * @module
 */

import type { JSONWebKeySet } from 'jose'
import { ConfigError, OAuthError } from '../../errors.ts'
import { eventMaker } from '../../events.ts'
import { newCorrelationId } from '../../platform.ts'
import { jwtRules, verifyJwt } from '../../protocol/jwt.ts'
import { isPrintable, refuseToken, type VerifiedClaims } from '../../protocol/jwt-claims.ts'
import { createKeySet, type KeySet } from '../../protocol/key-set.ts'
import { parseScope } from '../../protocol/scope.ts'
import { accessTokenOf } from '../access-token.ts'
import { jwksFrom } from '../jwks.ts'
import type { AccessTokenClaims } from '../principal.ts'
import type { CredentialKind, Identity } from './credential.ts'

/** Whose tokens are accepted, and how they are checked. */
export interface JwtOptions {
  /** The issuer of the access tokens, byte for byte what they carry as `iss`. */
  readonly issuer: string
  /**
   * Where the issuer's keys are; `/.well-known/jwks.json` of the issuer unless told. A set is kept for
   * five minutes; `find` is asked for every token, and so keeps what it knows by itself.
   */
  readonly keys?:
    | { readonly jwksUri: string }
    | { readonly jwks: () => Promise<JSONWebKeySet> }
    | { readonly find: KeySet }
  /** The signature algorithms to accept; `['ES256']` unless told. */
  readonly algorithms?: readonly string[]
  /** How far clocks may disagree, in seconds; 30 unless told. */
  readonly clockTolerance?: number
  /** Whether a token that is otherwise good was revoked. If it fails, the request is refused. */
  readonly isRevoked?: (claims: AccessTokenClaims) => Promise<boolean>
  /** Gets the keys; the platform's own unless told. */
  readonly fetch?: typeof fetch
}

/**
 * Accepts the signed access tokens of an issuer.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-4 | RFC 9068 §4}
 */
export function jwt(options: JwtOptions): CredentialKind {
  const { issuer, algorithms = ['ES256'], clockTolerance = 30 } = options
  const isRevoked = options.isRevoked ?? (async () => false)
  checkUrl('issuer', issuer)
  const source = keySource(options)
  return {
    name: 'jwt',
    create({ resource, platform, onEvent }) {
      const now = () => platform.now()
      const onExposed = (keyId = '(no kid)') => {
        const event = eventMaker(platform, newCorrelationId(platform))
        onEvent(event('key.exposed', { keyId, resource }))
      }
      const keys =
        'find' in source ? source.find : createKeySet({ ...source, algorithms, now, onExposed })
      const rules = jwtRules({
        ...{ keys, algorithms, issuer, now },
        typ: ['at+jwt'],
        audience: resource,
        tolerance: clockTolerance,
      })
      return {
        scheme: 'Bearer',
        issuers: [issuer],
        async verify(presented) {
          const token = accessTokenOf(presented)
          if (token === undefined) return undefined
          const claims = checkAccessToken(await verifyJwt(token, rules))
          if (await wasRevoked(claims, isRevoked)) return refuseToken(`${claims.jti} was revoked`)
          return identityOf(claims)
        },
      }
    },
  }
}

/** Checks what access tokens say beyond other tokens ({@link https://www.rfc-editor.org/rfc/rfc9068#section-2.2 | RFC 9068 §2.2}). */
function checkAccessToken(claims: VerifiedClaims): AccessTokenClaims {
  const { client_id, scope, roles, sid, cid, cnf } = claims
  if (cnf !== undefined && (typeof cnf !== 'object' || cnf === null)) {
    return refuseToken('cnf is not an object')
  }
  if (!isPrintable(client_id)) return refuseToken('client_id is missing or not a plain text')
  checkScope(scope)
  if (roles !== undefined && !(Array.isArray(roles) && roles.every(isPrintable))) {
    return refuseToken('roles is not a list of plain texts')
  }
  if (sid !== undefined && !isPrintable(sid)) return refuseToken('sid is not a plain text')
  if (cid !== undefined && !isPrintable(cid)) return refuseToken('cid is not a plain text')
  return claims as AccessTokenClaims
}

function checkScope(scope: unknown): void {
  if (scope === undefined) return
  if (typeof scope !== 'string') refuseToken('scope is not a text')
  try {
    parseScope(scope)
  } catch (cause) {
    refuseToken('scope is not a list of scope names', cause)
  }
}

function identityOf(claims: AccessTokenClaims): Identity {
  const { sub, client_id, iss, scope, roles = [], jti, sid, cid, exp, cnf } = claims
  return {
    subject: sub,
    clientId: client_id,
    issuer: iss,
    scopes: parseScope(scope),
    roles,
    credentialId: jti,
    ...(sid === undefined ? {} : { familyId: sid }),
    ...(cid === undefined ? {} : { correlationId: cid }),
    expiresAt: exp * 1000,
    ...(cnf === undefined ? {} : { confirmation: cnf }),
    claims,
  }
}

/** A revocation that cannot be looked up counts as an outage, never as a no. */
async function wasRevoked(
  claims: AccessTokenClaims,
  isRevoked: NonNullable<JwtOptions['isRevoked']>,
): Promise<boolean> {
  try {
    return await isRevoked(claims)
  } catch (cause) {
    throw new OAuthError(
      'temporarily_unavailable',
      'Access tokens cannot be checked at the moment. Try again.',
      { detail: `revocations cannot be looked up: ${String(cause)}`, cause },
    )
  }
}

/** Keys that are found one by one, or a set of them to be kept. */
type KeySource = { readonly find: KeySet } | { readonly load: () => Promise<unknown> }

function keySource({ issuer, keys, fetch }: JwtOptions): KeySource {
  const source = keys ?? { jwksUri: `${issuer.replace(/\/$/, '')}/.well-known/jwks.json` }
  if ('find' in source) {
    if (typeof source.find === 'function') return source
    throw new ConfigError('keys.find', 'must be a function that finds a key.')
  }
  if ('jwks' in source) {
    if (typeof source.jwks === 'function') return { load: source.jwks }
    throw new ConfigError('keys.jwks', 'must be a function that gets the key set.')
  }
  checkUrl('keys.jwksUri', source.jwksUri)
  return { load: jwksFrom(source.jwksUri, fetch ?? globalThis.fetch) }
}

/** Keys that come over an open network are anybody's. */
function checkUrl(path: string, value: unknown): void {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? '')
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return
  throw new ConfigError(path, 'must be an https URL.', 'On loopback, http will do.')
}
