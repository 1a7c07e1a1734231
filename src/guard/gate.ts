/**
 * The decisions of a guard, before anybody makes an answer of them. Every refusal is told to the
 * operator here, and nothing is thrown.
 *
 * @module
 */

import { OAuthError } from '../errors.ts'
import { type EventFields, eventMaker } from '../events.ts'
import { LimitsUnavailable } from '../limits/errors.ts'
import { newCorrelationId } from '../platform.ts'
import { andThen, type NowOrLater, orElse } from '../protocol/now-or-later.ts'
import type { Attempt } from './attempt.ts'
import type { Authenticator } from './authenticate.ts'
import { Caller } from './caller.ts'
import { fault, type GuardRule, judge } from './judge.ts'
import type { GuardSettings } from './options.ts'
import type { Principal } from './principal.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Visit } from './request.ts'

/** A request that is not let in. */
export interface Refused {
  readonly attempt: Attempt
  readonly correlationId: string
  readonly error: OAuthError
}

/** A request that shows no credentials that anybody here takes. */
export interface Anonymous {
  readonly attempt: Attempt
  readonly error?: never
}

/** What becomes of a request. */
export type Outcome = Caller | Refused | Anonymous

/** Decides for one guard, at once where nothing has to be waited for. */
export interface Gate {
  /** Who is calling, if they may. */
  admit(visit: Visit, rule?: GuardRule): NowOrLater<Outcome>
  /** A principal once more, if they still may. */
  readmit(principal: Principal, rule?: GuardRule): Promise<Caller | Refused>
  /** Who is calling, with credentials that came from who knows where. */
  identify(visit: Visit): NowOrLater<Outcome>
  /** Why a principal may not; nothing if they may. */
  findRefusal(principal: Principal, rule: GuardRule): NowOrLater<Refused | undefined>
  /** The request that a principal was let in with; nothing if it is somebody else's. */
  findAttempt(principal: unknown): Attempt | undefined
}

/** What a gate is made of. */
export interface GateParts extends Pick<GuardSettings, 'platform' | 'resource' | 'onEvent'> {
  /** What the principals of this guard have in common, and no others. */
  readonly self: object
  readonly limits: RateLimits
  readonly authenticator: Authenticator
}

/** Makes the gate of one guard. */
export function createGate(parts: GateParts): Gate {
  const { platform, self, limits, authenticator } = parts

  const refuse = (error: OAuthError, attempt: Attempt, correlationId: string): Refused => {
    const { resource, onEvent } = parts
    const type = error.status < 500 ? 'guard.refused' : 'request.failed'
    onEvent(
      eventMaker(platform, correlationId)(type, {
        ...{ resource, error: error.code, reason: error.detail ?? error.message },
        ...error.decision,
        ...about(attempt),
      }),
    )
    return { error, attempt, correlationId }
  }
  const refuseFor = (cause: unknown, attempt: Attempt): Refused => {
    const correlationId = attempt.identity?.correlationId ?? newCorrelationId(platform)
    return refuse(errorFor(cause), attempt, correlationId)
  }
  const findRefusal: Gate['findRefusal'] = (principal, rule) => {
    const attempt = Caller.findAttempt(principal, self)
    if (attempt === undefined) return refuseFor(fault('not a principal of this guard'), stray)
    const judged = judge(rule, principal, { visit: attempt.visit, now: platform.now() })
    return andThen(judged, (error) =>
      error === undefined ? undefined : refuse(error, attempt, principal.correlationId),
    )
  }
  const identify = (attempt: Attempt): NowOrLater<Caller | Anonymous> =>
    andThen(authenticator.authenticate(attempt), (caller) => caller ?? { attempt })

  return {
    findRefusal,
    findAttempt: (principal) => Caller.findAttempt(principal, self),
    admit(visit, rule) {
      const attempt: Attempt = { visit }
      const decide = (): NowOrLater<Outcome> => {
        const found = andThen(limits.countSource(attempt), () => identify(attempt))
        if (rule === undefined) return found
        return andThen(found, (caller): NowOrLater<Outcome> => {
          if (!(caller instanceof Caller)) return caller
          return andThen(findRefusal(caller, rule), (refused) => refused ?? caller)
        })
      }
      return orElse(decide, (cause) => refuseFor(cause, attempt))
    },
    async readmit(principal, rule) {
      const before = Caller.findAttempt(principal, self)
      if (before === undefined) return refuseFor(fault('not a principal of this guard'), stray)
      const { correlationId } = principal
      const attempt: Attempt = { visit: before.visit }
      try {
        const caller = await authenticator.reauthenticate(attempt, before, correlationId)
        return (rule === undefined ? undefined : await findRefusal(caller, rule)) ?? caller
      } catch (cause) {
        return refuse(errorFor(cause), attempt, correlationId)
      }
    },
    identify(visit) {
      const attempt: Attempt = { visit }
      return orElse(
        () => identify(attempt),
        (cause) => refuseFor(cause, attempt),
      )
    },
  }
}

/** What is known of the request of a principal that somebody else made. */
const stray: Attempt = {
  visit: { request: { method: '', url: '', headers: { get: () => null } }, connection: {} },
}

function about({ visit, identity }: Attempt): EventFields {
  const userAgent = visit.request.headers.get('user-agent')?.slice(0, 200)
  const { remoteAddress: source } = visit.connection
  return {
    ...(identity && { subject: identity.subject, clientId: identity.clientId }),
    ...(source === undefined ? {} : { source }),
    ...(userAgent === undefined ? {} : { userAgent }),
  }
}

function errorFor(cause: unknown): OAuthError {
  if (cause instanceof OAuthError) return cause
  if (cause instanceof LimitsUnavailable) {
    const { message, detail = String(cause.cause) } = cause
    return new OAuthError('temporarily_unavailable', message, { detail, cause })
  }
  return fault(String(cause), cause)
}
