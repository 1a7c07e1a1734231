/**
 * The authorization endpoint.
 *
 * Errors are shown to the user until client and redirect URI are known to be good, and sent to the
 * client from then on; to a client that nobody vouches for, only by the user's own hand.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.1 | RFC 6749 §3.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.11 | RFC 9700 §4.11} on open redirectors
 * @module
 */

import { SESSION_COOKIE } from '../../accounts/index.ts'
import { decidedBy } from '../../decisions.ts'
import { OAuthError } from '../../errors.ts'
import type { EventFields } from '../../events.ts'
import { type Parameters, parseParameters, readForm } from '../../protocol/parameters.ts'
import { authorizationChecks } from '../authorization/checks/index.ts'
import { issueCode } from '../authorization/code.ts'
import { beginInteraction } from '../authorization/interaction.ts'
import { pageContext } from '../authorization/page-context.ts'
import { type AuthorizationRequest, type Draft, established } from '../authorization/request.ts'
import { errorUrl, holdsErrors, redirect } from '../authorization/response.ts'
import {
  findRefusal,
  findSignedIn,
  needsSignIn,
  offeredScopes,
  type SignedInUser,
  type Standing,
} from '../authorization/standing.ts'
import { needsConsent } from '../authorization/steps/consent.ts'
import type { ServerContext } from '../context.ts'
import { cookie, type Exchange } from '../exchange.ts'
import { interstitialPage } from '../pages/index.ts'
import { checkRate } from '../rate.ts'
import { recordRefusal } from '../refusal-record.ts'
import { type EndpointMaker, endpointPath, endpointUrl } from './endpoint.ts'

const PATH = '/authorize'

export const authorize: EndpointMaker = (context) => ({
  name: 'authorize',
  paths: [endpointPath(context.issuer, PATH)],
  methods: {
    GET: (exchange) =>
      answer(
        () => parseParameters(exchange.url.search.slice(1), { repeatable: 'all' }),
        exchange,
        context,
      ),
    POST: (exchange) =>
      answer(() => readForm(exchange.request, { repeatable: 'all' }), exchange, context),
  },
  readers: 'people',
  cors: false,
  metadata: {
    authorization_endpoint: endpointUrl(context.issuer, PATH),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    request_uri_parameter_supported: false,
    claims_parameter_supported: false,
  },
})

async function answer(
  read: () => Parameters | Promise<Parameters>,
  exchange: Exchange,
  context: ServerContext,
): Promise<Response> {
  await checkRate(context.limits.authorize, exchange.source)
  const signedIn = await findSignedIn(cookie(exchange.request, SESSION_COOKIE), context)
  const progress: { draft: Draft } = { draft: { params: await read(), context } }
  try {
    const request = await check(progress)
    return await proceed(request, signedIn, exchange, context)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    return refuse(error, progress.draft, { signedIn, exchange })
  }
}

/** Runs the checks in order, keeping what was established for the case that a later one throws. */
async function check(progress: { draft: Draft }): Promise<AuthorizationRequest> {
  for (const each of authorizationChecks) {
    progress.draft = { ...progress.draft, ...(await each.check(progress.draft)) }
  }
  const { draft } = progress
  return {
    client: established(draft, 'client'),
    redirectUri: established(draft, 'redirectUri'),
    state: established(draft, 'state'),
    resource: established(draft, 'resource'),
    scopes: established(draft, 'scopes'),
    codeChallenge: established(draft, 'codeChallenge'),
    nonce: established(draft, 'nonce'),
    prompt: established(draft, 'prompt'),
    maxAge: established(draft, 'maxAge'),
    loginHint: established(draft, 'loginHint'),
  }
}

async function proceed(
  request: AuthorizationRequest,
  signedIn: SignedInUser | undefined,
  exchange: Exchange,
  context: ServerContext,
): Promise<Response> {
  const startedAt = context.platform.now()
  const silent = request.prompt.includes('none')
  if (signedIn === undefined || needsSignIn(request, startedAt, signedIn)) {
    if (silent) throw new OAuthError('login_required', 'The user must sign in.')
    return beginInteraction(request, exchange, context)
  }
  const standing: Standing = { request, startedAt, signedIn }
  const refusal = findRefusal(standing)
  if (refusal !== undefined) throw refusal
  if (await needsConsent(standing, context)) {
    if (silent) throw new OAuthError('consent_required', 'The user must be asked.')
    return beginInteraction(request, exchange, context)
  }
  const decision = decidedBy('consent.remembered')
  const approval = { standing, scopes: offeredScopes(standing), changes: [], decision, exchange }
  const issued = await issueCode(approval, context)
  if (issued === undefined) throw new TypeError('An authorization code came up twice.')
  return issued
}

interface Circumstances {
  readonly signedIn: SignedInUser | undefined
  readonly exchange: Exchange
}

/** Shows the error, or carries it to the client. */
function refuse(error: OAuthError, draft: Draft, { signedIn, exchange }: Circumstances): Response {
  const { client, redirectUri, context } = draft
  const record = (answered: NonNullable<EventFields['answered']>) =>
    recordRefusal(
      error,
      {
        type: 'authorization.refused',
        fields: { ...(client === undefined ? {} : { clientId: client.id }), answered },
      },
      { exchange, context },
    )
  if (client === undefined || redirectUri === undefined || holdsErrors(client, context)) {
    record('page')
    throw error
  }
  const location = errorUrl({ redirectUri, state: draft.state ?? null }, error, context)
  if (client.verified || signedIn !== undefined) {
    record('redirect')
    return redirect(location)
  }
  record('interstitial')
  return interstitialPage(
    {
      code: error.code,
      message: error.message,
      clientName: client.metadata.client_name,
      continueTo: location,
      correlationId: exchange.correlationId,
    },
    pageContext(context),
  )
}
