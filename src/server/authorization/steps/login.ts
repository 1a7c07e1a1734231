/**
 * The user says who they are.
 *
 * @module
 */

import type { Parameters } from '../../../protocol/parameters.ts'
import { redirectHost } from '../../../protocol/redirect-uri.ts'
import { loginPage } from '../../pages/index.ts'
import { loginFailed, signInByForm } from '../../sign-in.ts'
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
      error: attempt.failed ? loginFailed : undefined,
    },
    pageContext(context),
  )
}

async function signIn(visit: Visit, form: Parameters): Promise<Response> {
  const { exchange, context, held } = visit
  const result = await signInByForm(form, exchange, context)
  if (!result.ok) return page(visit, { username: result.username, failed: true })
  return redirect(interactionUrl(held.id, context), result.cookies)
}
