/**
 * Signing in by a form: the one way, whatever page the form is on.
 *
 * @module
 */

import { DEVICE_COOKIE, SESSION_COOKIE } from '../accounts/index.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { Secret } from '../vault/index.ts'
import type { ServerContext } from './context.ts'
import { cookie, type Exchange, setCookie } from './exchange.ts'

/** What came of it: cookies to set, or the name that was typed. */
export type FormSignIn =
  | { readonly ok: true; readonly cookies: readonly string[] }
  | { readonly ok: false; readonly username: string }

/** One sentence for every cause: whether the account exists, is locked or is disabled. */
export const loginFailed = {
  code: 'login_failed',
  message: 'That did not work. Check the address and the password, wait a moment, and try again.',
} as const

/**
 * Signs in whoever filled in the form.
 *
 * @throws {OAuthError} `invalid_request` if the password is empty or too long to be looked at;
 * `temporarily_unavailable` if too many are signing in at once.
 */
export async function signInByForm(
  form: Parameters,
  { request, address, userAgent, event }: Exchange,
  { accounts }: ServerContext,
): Promise<FormSignIn> {
  const username = form.get('username') ?? ''
  const deviceCookie = cookie(request, DEVICE_COOKIE)
  const sessionCookie = cookie(request, SESSION_COOKIE)
  const result = await accounts.signIn(
    {
      method: 'password',
      username,
      password: new Secret(form.get('password') ?? ''),
      source: address,
      ...(deviceCookie === undefined ? {} : { deviceCookie }),
      ...(sessionCookie === undefined ? {} : { sessionCookie }),
      ...(userAgent === undefined ? {} : { userAgent }),
    },
    event,
  )
  if (!result.ok) return { ok: false, username: username.slice(0, 254) }
  const cookies = [
    setCookie(SESSION_COOKIE, result.sessionCookie, result.sessionCookieAge),
    setCookie(DEVICE_COOKIE, result.deviceCookie, result.deviceCookieAge),
  ]
  return { ok: true, cookies }
}

/** Ends the session of a browser; gives the cookies to set. */
export async function signOut(
  { request, event }: Exchange,
  { accounts }: ServerContext,
): Promise<readonly string[]> {
  await accounts.endSession(cookie(request, SESSION_COOKIE), event)
  return [setCookie(SESSION_COOKIE, '', 0)]
}
