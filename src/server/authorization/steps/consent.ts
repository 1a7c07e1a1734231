/**
 * The user says whether the client may.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization} on what must be shown
 * @module
 */

import { decidedBy } from '../../../decisions.ts'
import { OAuthError } from '../../../errors.ts'
import { formatScope } from '../../../protocol/scope.ts'
import { mayUse } from '../../clients/client.ts'
import { consentPage, donePage } from '../../pages/index.ts'
import { signOut } from '../../sign-in.ts'
import { issueCode } from '../code.ts'
import { isConsented, rememberConsent } from '../consent.ts'
import { finishInteraction, interactionUrl, isOpen } from '../interaction.ts'
import { formToken, pageContext } from '../page-context.ts'
import { redirect } from '../response.ts'
import { describeScopes } from '../scopes.ts'
import { shownClient } from '../shown-client.ts'
import { offeredScopes, type Standing } from '../standing.ts'
import { refuse } from './refusal.ts'
import { type Step, standingOf, type Visit } from './step.ts'

export const consent: Step = {
  name: 'consent',
  needed: (visit) => needsConsent(standingOf(visit), visit.context),
  personal: true,
  page,
  actions: { approve, deny, logout },
}

/** Whether the user must be asked. */
export async function needsConsent(
  { request, signedIn, startedAt }: Standing,
  context: Visit['context'],
): Promise<boolean> {
  if (request.prompt.includes('consent') || request.prompt.includes('select_account')) return true
  const { client, redirectUri, resource } = request
  const scopes = offeredScopes({ request, signedIn, startedAt })
  return !(await isConsented(
    { user: signedIn.user, client, resource: resource.resource, redirectUri, scopes },
    context,
  ))
}

function page(visit: Visit): Response {
  const { request, context, held } = visit
  const at = standingOf(visit)
  const { client, resource, redirectUri } = request
  const { ttl } = context.settings
  return consentPage(
    {
      action: interactionUrl(held.id, context),
      csrf: formToken(visit, consent),
      account: at.signedIn.user.email,
      client: shownClient(client),
      redirectUri,
      resource: { name: resource.name, uri: resource.resource },
      scopes: describeScopes(offeredScopes(at), resource),
      lifetime: mayUse(client, 'refresh_token') ? ttl.refreshToken : ttl.accessToken,
      startedAt: held.row.createdAt,
      now: context.platform.now(),
    },
    pageContext(context),
  )
}

/** Whoever lost this often to approvals of other pages had better be asked again. */
const MAX_WRITES = 3

async function approve(visit: Visit): Promise<Response> {
  const { context, held } = visit
  for (let writes = 0; writes < MAX_WRITES; writes++) {
    const issued = await issueApproved(visit)
    if (issued !== undefined) return issued
    // Two pages that are approved at the same moment meet in what is remembered; neither is done then.
    if (!(await isOpen(held, context))) return donePage(pageContext(context))
  }
  throw new OAuthError('temporarily_unavailable', 'Something changed meanwhile. Try again.')
}

async function issueApproved(visit: Visit): Promise<Response | undefined> {
  const { request, context, exchange } = visit
  const at = standingOf(visit)
  const scopes = offeredScopes(at)
  const { client, resource, redirectUri } = request
  const remembered = await rememberConsent(
    { user: at.signedIn.user, client, resource: resource.resource, redirectUri, scopes },
    context,
  )
  const granted = exchange.event('consent.granted', {
    subject: at.signedIn.user.id,
    clientId: client.id,
    resource: resource.resource,
    scope: formatScope(scopes),
    ...decidedBy('consent.asked'),
  })
  const changes = [finishInteraction(visit.held, context), ...remembered]
  const approval = { standing: at, scopes, changes, events: [granted], exchange }
  return issueCode(approval, context)
}

async function deny(visit: Visit): Promise<Response> {
  const { request, exchange } = visit
  const { signedIn } = standingOf(visit)
  const denied = exchange.event('consent.denied', {
    subject: signedIn.user.id,
    clientId: request.client.id,
    resource: request.resource.resource,
    ...decidedBy('consent.asked'),
  })
  const error = new OAuthError('access_denied', 'The user turned the request down.')
  return refuse(visit, error, denied)
}

/** “Not you?” The request stays; whoever signs in next answers it. */
async function logout({ exchange, context, held }: Visit): Promise<Response> {
  return redirect(interactionUrl(held.id, context), await signOut(exchange, context))
}
