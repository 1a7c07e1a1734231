/**
 * The user says who they are.
 *
 * @module
 */

import { DEVICE_COOKIE, SESSION_COOKIE } from '../../../accounts/index.ts'
import type { Parameters } from '../../../protocol/parameters.ts'
import { redirectHost } from '../../../protocol/redirect-uri.ts'
import { Secret } from '../../../vault/index.ts'
import { cookie, setCookie } from '../../exchange.ts'
import { loginPage } from '../../pages/index.ts'
import { interactionUrl } from '../interaction.ts'
import { formToken, pageContext } from '../page-context.ts'
import { redirect } from '../response.ts'
import { needsSignIn } from '../standing.ts'
import type { Step, Visit } from './step.ts'

export const login: Step = {
  name: 'login',
  needed: ({ request, held, signedIn }) => needsSignIn(request, held.row.createdAt, signedIn),
  personal: false,
  page: (visit) => page(visit, {}),
  actions: { login: signIn },
}

function page(visit: Visit, attempt: { username?: string; failed?: boolean }): Response {
  const { request, held, context, signedIn } = visit
  const username = attempt.username ?? request.loginHint ?? signedIn?.user.email
  return loginPage(
    {
      action: interactionUrl(held.id, context),
      csrf: formToken(visit, login),
      clientName: request.client.metadata.client_name,
      clientHost: redirectHost(request.redirectUri),
      redirectUri: request.redirectUri,
      username,
      // One sentence for every cause: whether the account exists, is locked or is disabled.
      error: attempt.failed
        ? {
            code: 'login_failed',
            message:
              'That did not work. Check the address and the password, wait a moment, and try again.',
          }
        : undefined,
    },
    pageContext(context),
  )
}

async function signIn(visit: Visit, form: Parameters): Promise<Response> {
  const { exchange, context, held } = visit
  const username = form.get('username') ?? ''
  const deviceCookie = cookie(exchange.request, DEVICE_COOKIE)
  const sessionCookie = cookie(exchange.request, SESSION_COOKIE)
  const result = await context.accounts.signIn(
    {
      method: 'password',
      username,
      password: new Secret(form.get('password') ?? ''),
      source: exchange.address,
      ...(deviceCookie === undefined ? {} : { deviceCookie }),
      ...(sessionCookie === undefined ? {} : { sessionCookie }),
      ...(exchange.userAgent === undefined ? {} : { userAgent: exchange.userAgent }),
    },
    exchange.event,
  )
  if (!result.ok) return page(visit, { username: username.slice(0, 254), failed: true })
  return redirect(interactionUrl(held.id, context), [
    setCookie(SESSION_COOKIE, result.sessionCookie, result.sessionCookieAge),
    setCookie(DEVICE_COOKIE, result.deviceCookie, result.deviceCookieAge),
  ])
}
