/**
 * Access tokens: signed, for one resource, short-lived, kept nowhere.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068 | RFC 9068}
 * @module
 */

import { randomToken } from '../../platform.ts'
import { formatScope } from '../../protocol/scope.ts'
import type { ServerContext } from '../context.ts'

/** What an access token says. */
export interface AccessTokenContent {
  readonly subject: string
  readonly clientId: string
  readonly resource: string
  readonly scopes: readonly string[]
  readonly correlationId: string
  /** The family it belongs to, so that revoking the family reaches it. */
  readonly familyId?: string
  readonly roles?: readonly string[]
  /** When the user signed in, in milliseconds since the epoch. */
  readonly authTime?: number
  /** When what it rests on ends, in milliseconds since the epoch. */
  readonly notAfter?: number
}

/** A signed access token and how many seconds it lives. */
export interface AccessToken {
  readonly token: string
  readonly expiresIn: number
}

/** Whole seconds, as JWTs count time. */
const inSeconds = (milliseconds: number) => Math.floor(milliseconds / 1000)

/** Signs an access token ({@link https://www.rfc-editor.org/rfc/rfc9068#section-2.2 | RFC 9068 §2.2}). */
export function issueAccessToken(content: AccessTokenContent, context: ServerContext): AccessToken {
  const now = context.platform.now()
  const issuedAt = inSeconds(now)
  const left = content.notAfter === undefined ? Infinity : inSeconds(content.notAfter - now)
  const expiresIn = Math.max(0, Math.min(context.settings.ttl.accessToken, left))
  const token = context.keys.signer().sign('at+jwt', {
    iss: context.issuer,
    sub: content.subject,
    aud: content.resource,
    client_id: content.clientId,
    ...(content.scopes.length === 0 ? {} : { scope: formatScope(content.scopes) }),
    iat: issuedAt,
    exp: issuedAt + expiresIn,
    jti: randomToken(context.platform, 16),
    cid: content.correlationId,
    ...(content.familyId === undefined ? {} : { sid: content.familyId }),
    ...(content.roles === undefined || content.roles.length === 0 ? {} : { roles: content.roles }),
    ...(content.authTime === undefined ? {} : { auth_time: inSeconds(content.authTime) }),
  })
  return { token, expiresIn }
}
