/**
 * Refusals of a caller who is known: what is missing, and whether another authorization mends it.
 *
 * @module
 */

import { type Decision, decidedBy, type RuleName } from '../decisions.ts'
import { OAuthError, type OAuthErrorContext } from '../errors.ts'
import { formatScope } from '../protocol/scope.ts'

/** What a client has to ask its authorization server for, as parameters of the challenge. */
export interface StepUp {
  readonly scope?: string
  readonly acr_values?: string
  readonly max_age?: string
}

/** The same user can get a credential that does. */
export class StepUpNeeded extends OAuthError {
  readonly stepUp: StepUp

  constructor(
    code: 'insufficient_scope' | 'insufficient_user_authentication',
    message: string,
    { stepUp, ...context }: OAuthErrorContext & { readonly stepUp: StepUp },
  ) {
    super(code, message, context)
    this.stepUp = stepUp
  }
}

/**
 * Scopes are missing.
 *
 * All scopes of the operation are named, not only the missing ones, so that one more authorization
 * is enough ({@link https://www.rfc-editor.org/rfc/rfc6750#section-3.1 | RFC 6750 §3.1}).
 */
export class InsufficientScope extends StepUpNeeded {
  readonly needed: readonly string[]
  readonly missing: readonly string[]

  constructor(needed: readonly string[], missing: readonly string[]) {
    super('insufficient_scope', `This needs the scope: ${formatScope(needed)}.`, {
      detail: `without ${formatScope(missing)}`,
      decision: decidedBy('scope.needed', { missing: formatScope(missing) }),
      stepUp: { scope: formatScope(needed) },
    })
    this.needed = needed
    this.missing = missing
  }
}

/** What a sign-in has to be like. */
export interface SignInNeeds {
  /** Any of these authentication context classes, the preferred first; any at all if there is none. */
  readonly acr: readonly string[]
  /** How long ago it may have been, in seconds. */
  readonly maxAge?: number
}

/**
 * The user signed in too long ago, or too weakly.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9470#section-3 | RFC 9470 §3}
 */
export function insufficientUserAuthentication(
  { acr, maxAge }: SignInNeeds,
  context: { readonly detail: string; readonly decision: Decision },
): OAuthError {
  const message = 'This needs a sign-in that is more recent or stronger. Sign in again.'
  return new StepUpNeeded('insufficient_user_authentication', message, {
    ...context,
    stepUp: {
      ...(acr.length === 0 ? {} : { acr_values: acr.join(' ') }),
      ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    },
  })
}

/**
 * The caller may not do this, whatever their client asks for. Not `insufficient_scope`: that would
 * send the user to consent again and again to what does not help.
 */
export function accessDenied(message: string, by: RuleName, detail: string): OAuthError {
  return new OAuthError('access_denied', message, { status: 403, detail, decision: decidedBy(by) })
}
