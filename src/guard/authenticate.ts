/**
 * Finding out who is calling, by asking the kinds of credentials one after the other.
 *
 * @module
 */

import { newCorrelationId } from '../platform.ts'
import { refuseToken } from '../protocol/jwt-claims.ts'
import { andThen, type NowOrLater } from '../protocol/now-or-later.ts'
import { expandScopes } from '../protocol/scope.ts'
import type { Attempt } from './attempt.ts'
import type { Bound } from './bindings/binding.ts'
import type { Bindings } from './bindings/index.ts'
import { Caller, type Powers } from './caller.ts'
import type { Credential, Identity } from './credentials/credential.ts'
import type { GuardSettings } from './options.ts'
import { permissionsOf } from './permissions.ts'
import { credentialReader, type Presented } from './presented.ts'
import type { Proof } from './principal.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Visit } from './request.ts'

/** A kind of credential, ready to judge. */
export interface Accepted extends Credential {
  readonly name: string
}

/** Finds out who is calling. */
export interface Authenticator {
  /** Nothing if the request has no credentials that anybody here takes. */
  authenticate(attempt: Attempt): NowOrLater<Caller | undefined>
  /**
   * Whether the credential of a caller is still good, and still stands for them. What was proven once is
   * not asked for again, and nothing is counted.
   *
   * @param before - What the caller was let in with.
   * @throws {OAuthError} if it is not.
   */
  reauthenticate(attempt: Attempt, before: Attempt, correlationId: string): Promise<Caller>
}

/** What it takes to find out who is calling. */
export interface AuthenticatorParts
  extends Pick<GuardSettings, 'platform' | 'resource' | 'hierarchy' | 'permissions'> {
  /** What the principals of this guard have in common, and no others. */
  readonly self: object
  readonly accepted: readonly Accepted[]
  readonly bindings: Bindings
  readonly limits: RateLimits
}

/**
 * Makes what finds out who is calling, for one guard.
 *
 * @throws {ConfigError} if a permission is none.
 */
export function authenticator(parts: AuthenticatorParts): Authenticator {
  const { platform, resource, self: guard, accepted, bindings, limits } = parts
  const read = credentialReader(accepted.flatMap(({ carriers = [] }) => carriers))
  const powersOf = powersBy(parts)

  const nameCaller = (attempt: Attempt, identity: Identity, kind: string): Caller => {
    const correlationId = identity.correlationId ?? newCorrelationId(platform)
    const powers = powersOf(identity, kind, attempt.bound)
    return new Caller(identity, powers, { guard, resource, correlationId, attempt })
  }
  const admit = (
    attempt: Attempt,
    identity: Identity,
    { presented, kind }: { readonly presented: Presented; readonly kind: string },
  ): NowOrLater<Caller> => {
    attempt.identity = identity
    return andThen(bindings.check(identity, presented, attempt.visit), (bound) => {
      attempt.bound = bound
      const counted = limits.countCaller(attempt, identity)
      return andThen(counted, () => nameCaller(attempt, identity, kind))
    })
  }
  /** Asks one kind, and if it is none of its own, those after it. */
  const ask = (
    attempt: Attempt,
    presented: Presented,
    at: number,
  ): NowOrLater<Caller | undefined> => {
    const credential = accepted[at]
    if (credential === undefined) {
      delete attempt.scheme
      return refuseStranger(presented, accepted)
    }
    attempt.scheme = credential.scheme
    return andThen(credential.verify(presented, attempt.visit), (identity) =>
      identity === undefined
        ? ask(attempt, presented, at + 1)
        : admit(attempt, identity, { presented, kind: credential.name }),
    )
  }

  return {
    authenticate(attempt) {
      const presented = read(attempt.visit.request)
      if (presented === undefined) return undefined
      attempt.presented = presented
      return ask(attempt, presented, 0)
    },
    async reauthenticate(attempt, { presented, identity: known, bound }, correlationId) {
      if (presented === undefined || known === undefined) throw new TypeError('never let in')
      attempt.presented = presented
      for (const credential of accepted) {
        attempt.scheme = credential.scheme
        const identity = await verifyAgain(credential, presented, attempt.visit)
        if (identity === undefined) continue
        attempt.identity = identity
        if (callerNamed(identity) !== callerNamed(known)) {
          refuseToken('it is for another caller now')
        }
        // What else the proof was answered with was for the first answer.
        attempt.bound = bound && { binding: bound.binding }
        const powers = powersOf(identity, credential.name, bound)
        return new Caller(identity, powers, { guard, resource, correlationId, attempt })
      }
      return refuseToken('no kind of credential takes it any more')
    },
  }
}

const verifyAgain = (credential: Accepted, presented: Presented, visit: Visit) =>
  credential.recheck === undefined
    ? credential.verify(presented, visit)
    : credential.recheck(presented, visit)

/** What was proven of one caller proves nothing of another, nor of the holder of another key. */
const callerNamed = ({ subject, clientId, issuer, confirmation }: Identity) =>
  JSON.stringify([subject, clientId, issuer, confirmation])

/** RFC 6750 §3.1: a token that is nobody's is no good; what nobody asked for is as good as nothing. */
function refuseStranger(
  { in: place, scheme }: Presented,
  accepted: readonly Accepted[],
): undefined {
  const isToken = place === 'authorization' && (scheme === 'bearer' || scheme === 'dpop')
  if (!isToken || !accepted.some((each) => each.scheme === 'Bearer')) return undefined
  refuseToken('no kind of credential takes it')
}

/** Makes what says what an identity may do. A kind that remembers identities has them judged once. */
function powersBy({ hierarchy, permissions }: Pick<GuardSettings, 'hierarchy' | 'permissions'>) {
  const permissionsFor = permissionsOf(permissions)
  const known = new WeakMap<Identity, Powers>()

  return (identity: Identity, kind: string, bound: Bound | undefined): Powers => {
    const before = known.get(identity)
    if (before !== undefined) return before
    const powers = {
      scopes: expandScopes(identity.scopes, hierarchy),
      permissions: permissionsFor(identity.roles),
      proof: Object.freeze(proofOf(identity, kind, bound)),
    }
    known.set(identity, powers)
    return powers
  }
}

/** The same identity is always bound in the same way: what it is bound to is a part of it. */
function proofOf(
  { keyId, authTime, acr, amr }: Identity,
  kind: string,
  bound: Bound | undefined,
): Proof {
  return {
    kind,
    ...(bound === undefined ? {} : { binding: bound.binding }),
    ...(keyId === undefined ? {} : { keyId }),
    ...(authTime === undefined ? {} : { authTime }),
    ...(acr === undefined ? {} : { acr }),
    ...(amr === undefined ? {} : { amr }),
  }
}
