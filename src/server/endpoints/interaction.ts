/**
 * The pages between an authorization request and its answer.
 *
 * @module
 */

import { SESSION_COOKIE } from '../../accounts/index.ts'
import { decidedBy } from '../../decisions.ts'
import { OAuthError } from '../../errors.ts'
import { readForm } from '../../protocol/parameters.ts'
import { matchRedirectUri } from '../../protocol/redirect-uri.ts'
import type { Interaction } from '../../store/tables.ts'
import { issueCode } from '../authorization/code.ts'
import {
  continueInteraction,
  finishInteraction,
  type Held,
  INTERACTION_PATH,
} from '../authorization/interaction.ts'
import { checkFormToken, checkSameOrigin, pageContext } from '../authorization/page-context.ts'
import type { AuthorizationRequest } from '../authorization/request.ts'
import { findSignedIn, offeredScopes } from '../authorization/standing.ts'
import { steps } from '../authorization/steps/index.ts'
import { type Step, standingOf, type Visit } from '../authorization/steps/step.ts'
import type { Client } from '../clients/index.ts'
import type { ServerContext } from '../context.ts'
import { continueFlow, cookie, type Exchange } from '../exchange.ts'
import { donePage } from '../pages/index.ts'
import { checkRate } from '../rate.ts'
import { type EndpointMaker, endpointPath } from './endpoint.ts'

export const interaction: EndpointMaker = (context) => ({
  name: 'interaction',
  paths: [endpointPath(context.issuer, INTERACTION_PATH)],
  methods: {
    GET: (exchange) => show(exchange, context),
    POST: (exchange) => submit(exchange, context),
  },
  readers: 'people',
  cors: false,
})

async function show(exchange: Exchange, context: ServerContext): Promise<Response> {
  await checkRate(context.limits.authorize, exchange.source)
  const held = await continueInteraction(exchange, context)
  if (held.row.finishedAt !== null) return donePage(pageContext(context))
  const visit = await arrive(held, exchange, context)
  const step = await currentStep(visit)
  return step === undefined ? proceed(visit) : step.page(visit)
}

async function submit(exchange: Exchange, context: ServerContext): Promise<Response> {
  await checkRate(context.limits.authorize, exchange.source)
  checkSameOrigin(exchange, context)
  const held = await continueInteraction(exchange, context)
  const form = await readForm(exchange.request, { query: 'allowed' })
  if (held.row.finishedAt !== null) return donePage(pageContext(context))
  const visit = await arrive(held, exchange, context)
  const { step, action } = pressed(form.get('action') ?? '', await currentStep(visit))
  checkFormToken(form.get('csrf'), visit, step)
  return action(visit, form)
}

/**
 * What a button does, and whose it is: the current step's, or one before it. What another tab did
 * since a page was shown can leave its step behind, and its buttons still mean what they say. Those
 * of steps to come do nothing, so none can be skipped.
 *
 * @throws {OAuthError} `invalid_request`
 */
function pressed(
  name: string,
  current: Step | undefined,
): { step: Step; action: Step['actions'][string] } {
  const reached = current === undefined ? steps : steps.slice(0, steps.indexOf(current) + 1)
  for (const step of reached) {
    const action = Object.hasOwn(step.actions, name) ? step.actions[name] : undefined
    if (action !== undefined) return { step, action }
  }
  throw new OAuthError(
    'invalid_request',
    'That button does not belong to this page. Open it again.',
  )
}

async function currentStep(visit: Visit): Promise<Step | undefined> {
  for (const step of steps) if (await step.needed(visit)) return step
  return undefined
}

/** Nothing is left to ask: the user signed in, and had allowed this before. */
async function proceed(visit: Visit): Promise<Response> {
  const { held, exchange, context } = visit
  const standing = standingOf(visit)
  const changes = [finishInteraction(held, context)]
  const decision = decidedBy('consent.remembered')
  const approval = { standing, scopes: offeredScopes(standing), changes, decision, exchange }
  return (await issueCode(approval, context)) ?? donePage(pageContext(context))
}

/**
 * The kept request with its client as it is now: one that was removed meanwhile gets nothing, nor
 * does an address or a resource that was taken from it.
 *
 * @throws {OAuthError} `invalid_request`
 */
async function arrive(held: Held, exchange: Exchange, context: ServerContext): Promise<Visit> {
  const { row } = held
  const client = await context.clients.find(row.clientId)
  const resource = context.resources.find((each) => each.resource === row.resource)
  if (client === undefined || resource === undefined || !mayStillUse(client, row, context)) {
    throw new OAuthError('invalid_request', 'What was asked for no longer exists. Begin again.')
  }
  const request: AuthorizationRequest = { ...row, client, resource }
  const signedIn = await findSignedIn(cookie(exchange.request, SESSION_COOKIE), context)
  const flow = continueFlow(exchange, row.correlationId, context)
  return { held, request, signedIn, exchange: flow, context }
}

function mayStillUse(
  client: Client,
  { redirectUri, resource }: Interaction,
  { settings }: ServerContext,
): boolean {
  const { localhost: allowLocalhost } = settings.registration
  return (
    matchRedirectUri(client.metadata.redirect_uris, redirectUri, { allowLocalhost }) &&
    (client.resources?.includes(resource) ?? true)
  )
}
