/**
 * Judging a rule. Nothing but exactly `true` lets in.
 *
 * @module
 */

import { OAuthError } from '../errors.ts'
import type { NowOrLater } from '../protocol/now-or-later.ts'
import { isScope, missingScopes } from '../protocol/scope.ts'
import { accessDenied, InsufficientScope } from './denials.ts'
import type { Principal } from './principal.ts'
import type { Visit } from './request.ts'
import type { Rule } from './rules/rule.ts'

/** What an operation asks of its caller: all of some scopes, or a rule. */
export type GuardRule = Rule | { readonly scopes: readonly string[] }

/** What a rule may look at besides the caller. */
interface Circumstances {
  readonly visit: Visit
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Why a caller is not let in; nothing if they are. */
export function judge(
  rule: GuardRule,
  principal: Principal,
  at: Circumstances,
): NowOrLater<OAuthError | undefined> {
  return typeof rule === 'function' ? judgeBy(rule, principal, at) : judgeScopes(rule, principal)
}

async function judgeBy(
  rule: Rule,
  principal: Principal,
  { visit, now }: Circumstances,
): Promise<OAuthError | undefined> {
  const { request, connection } = visit
  let judgement: unknown
  try {
    judgement = await rule(principal, request, { now, connection })
  } catch (cause) {
    return fault(`a rule failed: ${String(cause)}`, cause)
  }
  if (judgement === true) return undefined
  if (judgement instanceof OAuthError) {
    return isRefusal(judgement) ? judgement : fault('a rule answered an error that cannot be sent')
  }
  if (judgement === false) {
    return accessDenied('You may not do this.', 'rule.own', 'a rule said no')
  }
  return fault(`a rule answered ${typeof judgement}, neither true nor false`)
}

/** Whether an error can be answered, as one: a rule of one's own may have put anything into it. */
function isRefusal({ status, headers }: OAuthError): boolean {
  if (!(Number.isInteger(status) && status >= 400 && status <= 599)) return false
  try {
    new Headers(headers)
    return true
  } catch {
    return false
  }
}

function judgeScopes(rule: { readonly scopes: readonly string[] }, principal: Principal) {
  // Without types, a mistyped name would ask for nothing, and let everybody in.
  if (!Array.isArray(rule?.scopes)) return fault('a rule is neither a function nor { scopes: […] }')
  const missing = missingScopes(rule.scopes, principal.scopes)
  if (missing.length === 0) return undefined
  // Some rules are made of what callers send, and no challenge could name such a scope.
  if (!rule.scopes.every(isScope)) return fault('a rule asks for what is no name of a scope')
  return new InsufficientScope(rule.scopes, missing)
}

/** A bug, not a bad caller: visible to the operator and opaque to the caller. */
export const fault = (detail: string, cause?: unknown) =>
  new OAuthError('server_error', 'The request could not be checked.', { detail, cause })
