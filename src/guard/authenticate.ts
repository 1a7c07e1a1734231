/**
 * Finding out who is calling, by asking the kinds of credentials one after the other.
 *
 * @module
 */

import { newCorrelationId } from '../platform.ts'
import { expandScopes } from '../protocol/scope.ts'
import type { Attempt } from './attempt.ts'
import type { Bound } from './bindings/binding.ts'
import type { Bindings } from './bindings/index.ts'
import { Caller, type Powers } from './caller.ts'
import type { Credential, Identity } from './credentials/credential.ts'
import type { GuardSettings } from './options.ts'
import { permissionsOf } from './permissions.ts'
import { credentialReader } from './presented.ts'
import type { Proof } from './principal.ts'
import { createRateLimits } from './rate-limits.ts'

/** A kind of credential, ready to judge. */
export interface Accepted extends Credential {
  readonly name: string
}

/** Says who is calling; nothing if the request has no credentials that anybody here takes. */
export type Authenticate = (attempt: Attempt) => Promise<Caller | undefined>

/**
 * Makes what finds out who is calling, for one guard.
 *
 * @param guard - What its principals have in common.
 * @throws {ConfigError} if a limit or a permission is none.
 */
export function authenticator(
  settings: GuardSettings & { readonly bindings: Bindings },
  accepted: readonly Accepted[],
  guard: object,
): Authenticate {
  const { platform, resource, bindings } = settings
  const read = credentialReader(accepted.flatMap(({ carriers = [] }) => carriers))
  const limits = createRateLimits(settings.limits, settings)
  const powersOf = powersBy(settings)

  return async (attempt) => {
    const { visit } = attempt
    const counted = limits.countSource(attempt)
    if (counted !== undefined) await counted
    const presented = read(visit.request)
    if (presented === undefined) return undefined
    attempt.presented = presented
    for (const credential of accepted) {
      attempt.scheme = credential.scheme
      const identity = await credential.verify(presented, visit)
      if (identity === undefined) continue
      attempt.identity = identity
      const bound = bindings.check(identity, presented, visit)
      if (bound !== undefined) attempt.bound = await bound
      const counted = limits.countCaller(attempt, identity)
      if (counted !== undefined) await counted
      const correlationId = identity.correlationId ?? newCorrelationId(platform)
      const powers = powersOf(identity, credential.name, attempt.bound)
      return new Caller(identity, powers, { guard, resource, correlationId, attempt })
    }
    delete attempt.scheme
    return undefined
  }
}

/** Makes what says what an identity may do. A kind that remembers identities has them judged once. */
function powersBy({ hierarchy, permissions }: GuardSettings) {
  const permissionsFor = permissionsOf(permissions)
  const known = new WeakMap<Identity, Powers>()

  return (identity: Identity, kind: string, bound: Bound | undefined): Powers => {
    const before = known.get(identity)
    if (before !== undefined) return before
    const powers = {
      scopes: expandScopes(identity.scopes, hierarchy),
      permissions: permissionsFor(identity.roles),
      proof: proofOf(identity, kind, bound),
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
