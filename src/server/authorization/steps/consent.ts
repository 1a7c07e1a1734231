/**
 * The user says whether the client may.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization} on what must be shown
 * @module
 */

import { SESSION_COOKIE } from '../../../accounts/index.ts'
import { OAuthError } from '../../../errors.ts'
import { formatScope } from '../../../protocol/scope.ts'
import { type Client, mayUse } from '../../clients/client.ts'
import { cookie, setCookie } from '../../exchange.ts'
import { type ClientSource, consentPage, donePage } from '../../pages/index.ts'
import { issueCode } from '../code.ts'
import { isConsented, rememberConsent } from '../consent.ts'
import { finishInteraction, interactionUrl } from '../interaction.ts'
import { formToken, pageContext } from '../page-context.ts'
import type { AuthorizationRequest } from '../request.ts'
import { errorUrl, redirect } from '../response.ts'
import { describeScopes } from '../scopes.ts'
import { offeredScopes, type Standing } from '../standing.ts'
import type { Step, Visit } from './step.ts'

export const consent: Step = {
  name: 'consent',
  needed: (visit) => needsConsent(standing(visit), visit.context),
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

/** The step runs only after sign-in. */
function standing({ request, held, signedIn }: Visit): Standing {
  if (signedIn === undefined) throw new TypeError('Consent was reached without a user.')
  return { request, startedAt: held.row.createdAt, signedIn }
}

/** A grant that the user cannot give at all is refused before they are asked. */
function offered(request: AuthorizationRequest, at: Standing): readonly string[] {
  const scopes = offeredScopes(at)
  if (scopes.length > 0 || request.scopes.length === 0) return scopes
  throw new OAuthError('access_denied', 'Your account may not grant what the app asks for.', {
    status: 403,
    detail: `asked for ${formatScope(request.scopes)}`,
  })
}

function page(visit: Visit): Response {
  const { request, context, held } = visit
  const at = standing(visit)
  const { client, resource, redirectUri } = request
  const { ttl } = context.settings
  return consentPage(
    {
      action: interactionUrl(held.id, context),
      csrf: formToken(visit),
      account: at.signedIn.user.email,
      client: {
        name: client.metadata.client_name,
        verified: client.verified,
        source: sourceOf(client),
      },
      redirectUri,
      resource: { name: resource.name, uri: resource.resource },
      scopes: describeScopes(offered(request, at), resource),
      lifetime: mayUse(client, 'refresh_token') ? ttl.refreshToken : ttl.accessToken,
      startedAt: held.row.createdAt,
      now: context.platform.now(),
    },
    pageContext(context),
  )
}

function sourceOf(client: Client): ClientSource {
  if (client.registration === 'document') return { kind: 'document', clientId: client.id }
  if (client.registration === 'dynamic') return { kind: 'dynamic', registeredAt: client.since }
  return { kind: 'administrator' }
}

async function approve(visit: Visit): Promise<Response> {
  const { request, context, exchange } = visit
  const at = standing(visit)
  const scopes = offered(request, at)
  const { client, resource, redirectUri } = request
  const remembered = await rememberConsent(
    { user: at.signedIn.user, client, resource: resource.resource, redirectUri, scopes },
    context,
  )
  context.onEvent(
    exchange.event('consent.granted', {
      subject: at.signedIn.user.id,
      clientId: client.id,
      resource: resource.resource,
      scope: formatScope(scopes),
    }),
  )
  const changes = [finishInteraction(visit.held, context), ...remembered]
  const issued = await issueCode({ standing: at, scopes, changes, exchange }, context)
  return issued ?? donePage(pageContext(context))
}

async function deny(visit: Visit): Promise<Response> {
  const { request, context, exchange } = visit
  const { signedIn } = standing(visit)
  const denied = exchange.event('consent.denied', {
    subject: signedIn.user.id,
    clientId: request.client.id,
    resource: request.resource.resource,
  })
  if (!(await context.store.write([finishInteraction(visit.held, context)], [denied])))
    return donePage(pageContext(context))
  const error = new OAuthError('access_denied', 'The user turned the request down.')
  return redirect(errorUrl(request, error, context))
}

/** “Not you?” The request stays; whoever signs in next answers it. */
async function logout({ exchange, context, held }: Visit): Promise<Response> {
  await context.accounts.endSession(cookie(exchange.request, SESSION_COOKIE), exchange.event)
  return redirect(interactionUrl(held.id, context), [setCookie(SESSION_COOKIE, '', 0)])
}
