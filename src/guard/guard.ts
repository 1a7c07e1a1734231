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
import { eventMaker } from '../events.ts'
import { LimitsUnavailable } from '../limits/errors.ts'
import { newCorrelationId } from '../platform.ts'
import { answerHeaders } from './answer-headers.ts'
import type { Attempt } from './attempt.ts'
import { authenticator } from './authenticate.ts'
import { createBindings } from './bindings/index.ts'
import { Caller } from './caller.ts'
import { fault, type GuardRule, judge } from './judge.ts'
import { metadataHandler } from './metadata.ts'
import { type GuardOptions, type GuardSettings, guardSettings } from './options.ts'
import type { Principal } from './principal.ts'
import { createRefusals } from './refusal.ts'
import type { Connection, GuardRequest } from './request.ts'

/** Guards one resource. */
export interface Guard {
  /**
   * Who is calling, or the answer to send instead. Never throws.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 | RFC 6750 §3}
   */
  check(
    request: GuardRequest,
    rule?: GuardRule,
    connection?: Connection,
  ): Promise<Principal | Response>

  /**
   * The refusal of a principal of this guard, for operations that are known only after
   * {@link Guard.check}; nothing if they may. Never throws.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3.1 | RFC 6750 §3.1}
   */
  authorize(principal: Principal, rule: GuardRule): Promise<Response | undefined>

  /**
   * What the answer to a principal of this guard has to say besides what it is about, by header: how
   * much is left of its budgets, the nonce for its next proof, and whom not to tell of a credential in
   * the URL. Refusals say so themselves.
   */
  headers(principal: Principal): Readonly<Record<string, string>>

  /**
   * The protected resource metadata, if the request asks for it and tokens are accepted at all.
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
  const { platform } = settings
  const accepted = settings.accept.map((kind) => ({ name: kind.name, ...kind.create(settings) }))
  const authorizationServers =
    settings.authorizationServers ?? accepted.flatMap(({ issuers = [] }) => issuers)
  const bindings = createBindings(settings)
  const refusals = createRefusals({
    ...settings,
    accepted: [...accepted, ...bindings.schemes],
    authorizationServers,
  })
  const self = {}
  const authenticate = authenticator({ ...settings, bindings }, accepted, self)
  const report = reporter(settings)

  const refuse = (error: OAuthError, attempt: Attempt, correlationId: string): Response => {
    report(error, attempt, correlationId)
    return refusals.refused(error, attempt, correlationId)
  }
  const authorize: Guard['authorize'] = async (principal, rule) => {
    const attempt = Caller.findAttempt(principal, self)
    if (attempt === undefined) {
      return refuse(fault('not a principal of this guard'), stray, newCorrelationId(platform))
    }
    const error = await judge(rule, principal, { visit: attempt.visit, now: platform.now() })
    return error === undefined ? undefined : refuse(error, attempt, principal.correlationId)
  }

  return {
    authorize,
    metadata: metadataHandler({ ...settings, authorizationServers }),
    headers: (principal) => answerHeaders(Caller.findAttempt(principal, self) ?? stray),
    async check(request, rule, connection = {}) {
      const attempt: Attempt = { visit: { request, connection } }
      try {
        const principal = await authenticate(attempt)
        if (principal === undefined) return refusals.unauthenticated(attempt)
        if (rule === undefined) return principal
        return (await authorize(principal, rule)) ?? principal
      } catch (cause) {
        const correlationId = attempt.identity?.correlationId ?? newCorrelationId(platform)
        return refuse(refusalFor(cause), attempt, correlationId)
      }
    },
  }
}

/** Makes what tells the operator of refusals. */
function reporter({ platform, resource, onEvent }: GuardSettings) {
  return (error: OAuthError, { visit, identity }: Attempt, correlationId: string): void => {
    const type = error.status < 500 ? 'guard.refused' : 'request.failed'
    const userAgent = visit.request.headers.get('user-agent')?.slice(0, 200)
    onEvent(
      eventMaker(platform, correlationId)(type, {
        ...{ resource, error: error.code, reason: error.detail ?? error.message },
        ...error.decision,
        ...(identity === undefined
          ? {}
          : { subject: identity.subject, clientId: identity.clientId }),
        ...(userAgent === undefined ? {} : { userAgent }),
      }),
    )
  }
}

/** What is known of the request of a principal that somebody else made. */
const stray: Attempt = {
  visit: { request: { method: '', url: '', headers: { get: () => null } }, connection: {} },
}

function refusalFor(cause: unknown): OAuthError {
  if (cause instanceof OAuthError) return cause
  if (cause instanceof LimitsUnavailable) {
    const { message, detail = String(cause.cause) } = cause
    return new OAuthError('temporarily_unavailable', message, { detail, cause })
  }
  return fault(String(cause), cause)
}
