/**
 * Letting requests in: {@link Guard.check} answers a {@link Principal} or the refusal to send, so
 * that forgetting the check does not compile.
 *
 * The guard wraps a handler, never a path. A body and cookies are left to the handler.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 * @module
 */

import { OAuthError } from '../errors.ts'
import { type EventFields, eventMaker } from '../events.ts'
import { newCorrelationId } from '../platform.ts'
import { expandScopes, missingScopes } from '../protocol/scope.ts'
import { checkBinding } from './binding.ts'
import type { Credential, Identity } from './credentials/credential.ts'
import { metadataHandler } from './metadata.ts'
import { type GuardOptions, type GuardSettings, guardSettings } from './options.ts'
import { credentialReader } from './presented.ts'
import type { Principal, Proof } from './principal.ts'
import { createRefusals, InsufficientScope } from './refusal.ts'
import type { Connection, GuardRequest, Visit } from './request.ts'

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
  check(
    request: GuardRequest,
    rule?: Partial<GuardRule>,
    connection?: Connection,
  ): Promise<Principal | Response>

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
  metadata(request: GuardRequest): Response | undefined
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
  const accepted = settings.accept.map((kind) => ({ name: kind.name, ...kind.create(settings) }))
  const refusals = createRefusals(settings)
  const authenticate = authenticator(settings, accepted)

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
    metadata: metadataHandler({
      ...settings,
      authorizationServers:
        settings.authorizationServers ?? accepted.flatMap(({ issuers = [] }) => issuers),
    }),
    async check(request, { scopes = [] } = {}, connection = {}) {
      try {
        const principal = await authenticate({ request, connection })
        if (principal === undefined) return refusals.unauthenticated()
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

/** A kind of credential, ready to judge. */
type Accepted = Credential & { readonly name: string }

/** Finds who is calling by asking the kinds of credentials one after the other. */
function authenticator(
  { platform, resource, hierarchy }: GuardSettings,
  accepted: readonly Accepted[],
) {
  const read = credentialReader(accepted.flatMap(({ carriers = [] }) => carriers))

  return async (visit: Visit): Promise<Principal | undefined> => {
    const presented = read(visit.request)
    if (presented === undefined) return undefined
    for (const credential of accepted) {
      const identity = await credential.verify(presented, visit)
      if (identity === undefined) continue
      checkBinding(identity)
      const { scopes, correlationId = newCorrelationId(platform) } = identity
      return {
        subject: identity.subject,
        clientId: identity.clientId,
        issuer: identity.issuer,
        resource,
        scopes: expandScopes(scopes, hierarchy),
        roles: identity.roles,
        credentialId: identity.credentialId,
        ...(identity.familyId === undefined ? {} : { familyId: identity.familyId }),
        correlationId,
        ...(identity.expiresAt === undefined ? {} : { expiresAt: identity.expiresAt }),
        proof: proofOf(identity, credential.name),
        claims: identity.claims,
      }
    }
    return undefined
  }
}

function proofOf({ keyId, authTime, acr, amr }: Identity, kind: string): Proof {
  return {
    kind,
    ...(keyId === undefined ? {} : { keyId }),
    ...(authTime === undefined ? {} : { authTime }),
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
  }
}

/** A bug, not a bad token: visible to the operator and opaque to the caller. */
function unexpected(cause: unknown): OAuthError {
  return new OAuthError('server_error', 'The request could not be checked.', {
    detail: String(cause),
    cause,
  })
}
