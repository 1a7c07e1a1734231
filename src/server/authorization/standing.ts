/**
 * Where a request stands: what is asked, and who is signed in.
 *
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { formatScope } from '../../protocol/scope.ts'
import type { Session, User } from '../../store/tables.ts'
import type { ServerContext } from '../context.ts'
import type { AuthorizationRequest } from './request.ts'
import { grantableScopes } from './scopes.ts'

/** Who the browser is signed in as. */
export interface SignedInUser {
  readonly session: Session
  readonly user: User
}

/** A request with a user to answer it. */
export interface Standing {
  readonly request: AuthorizationRequest
  /** When the request was made, in milliseconds since the epoch. */
  readonly startedAt: number
  readonly signedIn: SignedInUser
}

/**
 * Whether the user must sign in, again or at all.
 *
 * Measured from the start of the request, so that `max_age=0` asks once and not for ever.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest}
 */
export function needsSignIn(
  request: Pick<AuthorizationRequest, 'prompt' | 'maxAge'>,
  startedAt: number,
  signedIn: SignedInUser | undefined,
): boolean {
  if (signedIn === undefined) return true
  const { authTime } = signedIn.session
  if (request.prompt.includes('login') && authTime < startedAt) return true
  return request.maxAge !== null && authTime < startedAt - request.maxAge * 1000
}

/** What this user can allow of what was asked: scopes may be for some roles only. */
export function offeredScopes({ request, signedIn }: Standing): readonly string[] {
  const grantable = grantableScopes(request.resource, request.client, {
    roles: signedIn.user.roles,
    identity: true,
  })
  return request.scopes.filter((scope) => grantable.includes(scope))
}

/**
 * Why a request is refused before this user is asked, if it is: they could grant nothing of it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1 | RFC 6749 §4.1.2.1}
 */
export function findRefusal(standing: Standing): OAuthError | undefined {
  const { scopes } = standing.request
  if (scopes.length === 0 || offeredScopes(standing).length > 0) return undefined
  return new OAuthError('access_denied', 'This account may not grant what the app asks for.', {
    detail: `${standing.signedIn.user.id} lacks the roles for ${formatScope(scopes)}`,
  })
}

/** The session a browser's cookie stands for. */
export function findSignedIn(
  sessionCookie: string | undefined,
  { accounts }: ServerContext,
): Promise<SignedInUser | undefined> {
  return accounts.session(sessionCookie)
}
