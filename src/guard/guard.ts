/**
 * Letting requests in: {@link Guard.check} answers a {@link Principal} or the refusal to send, so
 * that forgetting the check does not compile.
 *
 * The guard wraps a handler, never a path, and reads nothing of a request but its method, its URL
 * and the headers `Authorization` and `User-Agent`. A body and cookies are left to the handler.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 * @module
 */

import { OAuthError } from '../errors.ts'
import { type EventFields, eventMaker } from '../events.ts'
import { newCorrelationId } from '../platform.ts'
import { refuseToken } from '../protocol/jwt-claims.ts'
import { createKeySet } from '../protocol/key-set.ts'
import { expandScopes, missingScopes, parseScope } from '../protocol/scope.ts'
import { type Authorization, readAuthorization } from './authorization-header.ts'
import { credentialKinds } from './credentials/index.ts'
import { metadataHandler } from './metadata.ts'
import { type GuardOptions, type GuardSettings, guardSettings } from './options.ts'
import type { AccessTokenClaims, Principal } from './principal.ts'
import { createRefusals, InsufficientScope } from './refusal.ts'

/** What an operation asks of its caller. */
export interface GuardRule {
  /** All of these. */
  readonly scopes: readonly string[]
}

/** Guards one resource. */
export interface Guard {
  /**
   * Who is calling, or the answer to send instead. Never throws.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 | RFC 6750 §3}
   */
  check(request: Request, rule?: Partial<GuardRule>): Promise<Principal | Response>

  /**
   * The 403 for a principal that lacks a scope, for operations that are known only after
   * {@link Guard.check}. It names every scope that the operation needs.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3.1 | RFC 6750 §3.1}
   */
  authorize(principal: Principal, rule: GuardRule): Response | undefined

  /**
   * The protected resource metadata, if the request asks for it.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc9728#section-3 | RFC 9728 §3}
   */
  metadata(request: Request): Response | undefined
}

/**
 * Makes the guard of one resource.
 *
 * @throws {ConfigError} if an option is wrong or unsafe.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-4 | RFC 9068 §4}
 */
export function createGuard(options: GuardOptions): Guard {
  const settings = guardSettings(options)
  const { resource, platform } = settings
  const refusals = createRefusals(settings)
  const authenticate = authenticator(settings)

  const refuse = (error: OAuthError, correlationId: string, fields: EventFields): Response => {
    const type = error.status < 500 ? 'guard.refused' : 'request.failed'
    const reason = error.detail ?? error.message
    settings.onEvent(
      eventMaker(platform, correlationId)(type, {
        ...{ resource, error: error.code, reason },
        ...error.decision,
        ...fields,
      }),
    )
    return refusals.refused(error, correlationId)
  }

  const authorize = (principal: Principal, { scopes }: GuardRule): Response | undefined => {
    const missing = missingScopes(scopes, principal.scopes)
    if (missing.length === 0) return undefined
    const { subject, clientId, correlationId } = principal
    return refuse(new InsufficientScope(scopes, missing), correlationId, { subject, clientId })
  }

  return {
    authorize,
    metadata: metadataHandler(settings),
    async check(request, { scopes = [] } = {}) {
      try {
        const authorization = readAuthorization(request)
        const claims = authorization === undefined ? undefined : await authenticate(authorization)
        if (claims === undefined) return refusals.unauthenticated()
        const principal = principalOf(claims, settings)
        return authorize(principal, { scopes }) ?? principal
      } catch (cause) {
        const userAgent = request.headers.get('user-agent')?.slice(0, 200)
        return refuse(
          cause instanceof OAuthError ? cause : unexpected(cause),
          newCorrelationId(platform),
          userAgent === undefined ? {} : { userAgent },
        )
      }
    },
  }
}

/** Asks the kinds of credentials one after the other, then whether the token was revoked. */
function authenticator(settings: GuardSettings) {
  const { platform, algorithms, resource } = settings
  const now = () => platform.now()
  const onExposed = (keyId = '(no kid)') => {
    const event = eventMaker(platform, newCorrelationId(platform))
    settings.onEvent(event('key.exposed', { keyId, resource }))
  }
  const keys =
    'find' in settings.keys
      ? settings.keys.find
      : createKeySet({ ...settings.keys, algorithms, now, onExposed })
  const verifiers = credentialKinds.map((kind) => kind.create({ ...settings, keys, now }))

  return async (authorization: Authorization): Promise<AccessTokenClaims | undefined> => {
    for (const verify of verifiers) {
      const claims = await verify(authorization)
      if (claims === undefined) continue
      if (await wasRevoked(claims, settings)) return refuseToken(`${claims.jti} was revoked`)
      return claims
    }
    return undefined
  }
}

/** A revocation that cannot be looked up counts as an outage, never as a no. */
async function wasRevoked(claims: AccessTokenClaims, settings: GuardSettings): Promise<boolean> {
  try {
    return await settings.isRevoked(claims)
  } catch (cause) {
    throw new OAuthError(
      'temporarily_unavailable',
      'Access tokens cannot be checked at the moment. Try again.',
      { detail: `revocations cannot be looked up: ${String(cause)}`, cause },
    )
  }
}

function principalOf(claims: AccessTokenClaims, settings: GuardSettings): Principal {
  const { sub, client_id, iss, scope, roles = [], jti, sid, cid, exp } = claims
  return {
    subject: sub,
    clientId: client_id,
    issuer: iss,
    resource: settings.resource,
    scopes: expandScopes(parseScope(scope), settings.hierarchy),
    roles,
    tokenId: jti,
    ...(sid === undefined ? {} : { familyId: sid }),
    correlationId: cid ?? newCorrelationId(settings.platform),
    expiresAt: exp * 1000,
    claims,
  }
}

/** A bug, not a bad token: visible to the operator and opaque to the caller. */
function unexpected(cause: unknown): OAuthError {
  return new OAuthError('server_error', 'The request could not be checked.', {
    detail: String(cause),
    cause,
  })
}
