/**
 * What an MCP server asks a user to open: shown to that user alone, and opened by their own hand.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#phishing | MCP elicitation, phishing}
 * @module
 */

import { csrfMatches, csrfToken, SESSION_COOKIE } from '../../accounts/index.ts'
import { OAuthError } from '../../errors.ts'
import { randomToken } from '../../platform.ts'
import { type Parameters, readForm } from '../../protocol/parameters.ts'
import type { ProtectedResource } from '../../protocol/protected-resource.ts'
import { checkSameOrigin, forged, pageContext } from '../authorization/page-context.ts'
import { redirect } from '../authorization/response.ts'
import { findSignedIn, type SignedInUser } from '../authorization/standing.ts'
import type { ServerContext } from '../context.ts'
import {
  ELICITATION_PATH,
  type Elicitation,
  elicitationUrl,
  openElicitation,
} from '../elicitation.ts'
import { continueFlow, cookie, type Exchange, setCookie } from '../exchange.ts'
import {
  elicitationPage,
  elicitationStrangerPage,
  loginPage,
  notOpenedPage,
} from '../pages/index.ts'
import { checkRate } from '../rate.ts'
import { loginFailed, signInByForm, signOut } from '../sign-in.ts'
import { type EndpointMaker, endpointPath } from './endpoint.ts'

export const elicitation: EndpointMaker = (context) => ({
  name: 'elicitation',
  paths: [endpointPath(context.issuer, ELICITATION_PATH)],
  methods: {
    GET: (exchange) => show(exchange, context),
    POST: (exchange) => submit(exchange, context),
  },
  readers: 'people',
  cors: false,
})

/** Ties forms to a browser that may not be signed in yet. */
const COOKIE = '__Host-wd_eli'

const COOKIE_VALUE = /^[\w-]{43}$/

/** How long the cookie is kept without a visit, in seconds. */
const COOKIE_AGE = 900

/** A browser at a link. */
interface Visit {
  /** The sealed statement. */
  readonly link: string
  readonly elicitation: Elicitation
  /** Whose server asks. */
  readonly resource: ProtectedResource
  readonly signedIn: SignedInUser | undefined
  /** The value of the cookie that forms are bound to. */
  readonly browser: string
  readonly exchange: Exchange
  readonly context: ServerContext
}

async function show(exchange: Exchange, context: ServerContext): Promise<Response> {
  await checkRate(context.limits.authorize, exchange.source)
  const visit = await arrive(exchange, context)
  const response = await page(visit)
  response.headers.append('set-cookie', setCookie(COOKIE, visit.browser, COOKIE_AGE))
  return response
}

async function submit(exchange: Exchange, context: ServerContext): Promise<Response> {
  await checkRate(context.limits.authorize, exchange.source)
  checkSameOrigin(exchange, context)
  const visit = await arrive(exchange, context)
  const form = await readForm(exchange.request, { query: 'allowed' })
  const name = form.get('action') ?? ''
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (action === undefined) {
    throw new OAuthError(
      'invalid_request',
      'That button does not belong to this page. Open it again.',
    )
  }
  // Whoever signs in is not known yet; every other button is pressed by somebody.
  const bound = boundTo(visit, action === login ? undefined : visit.signedIn)
  if (!csrfMatches(context.vault, form.get('csrf'), visit.browser, bound)) {
    throw forged('form token absent, wrong, or of another account')
  }
  return action(visit, form)
}

/** What each button does, by the value of `action`. */
const actions: Readonly<Record<string, (visit: Visit, form: Parameters) => Promise<Response>>> = {
  login,
  logout,
  approve,
  deny,
}

/** @throws {OAuthError} `invalid_request` if the link states nothing, or its server is gone. */
async function arrive(exchange: Exchange, context: ServerContext): Promise<Visit> {
  const { request, url } = exchange
  const link = url.searchParams.get('link') ?? ''
  const elicitation = openElicitation(link, context)
  const resource = context.resources.find((each) => each.resource === elicitation.resource)
  if (resource === undefined) {
    throw new OAuthError('invalid_request', 'The server that asked for this no longer exists.')
  }
  const signedIn = await findSignedIn(cookie(request, SESSION_COOKIE), context)
  const held = cookie(request, COOKIE) ?? ''
  const browser = COOKIE_VALUE.test(held) ? held : randomToken(context.platform)
  const flow = continueFlow(exchange, elicitation.correlationId, context)
  return { link, elicitation, resource, signedIn, browser, exchange: flow, context }
}

/** What the visitor is to see: as long as it is not known who they are, nothing of it. */
function page(visit: Visit): Response | Promise<Response> {
  const { elicitation, resource, signedIn, context } = visit
  if (signedIn === undefined) return signInPage(visit)
  if (!isFor(elicitation, signedIn)) return strangerPage(visit, signedIn)
  const { url, message } = elicitation
  return elicitationPage(
    {
      ...formOf(visit, signedIn),
      account: signedIn.user.email,
      resource: { name: resource.name, uri: resource.resource },
      url,
      message,
    },
    pageContext(context),
  )
}

const isFor = ({ subject }: Elicitation, { user }: SignedInUser) => user.id === subject

function signInPage(visit: Visit, failed?: { readonly username: string }): Response {
  const { resource, context } = visit
  return loginPage(
    {
      ...formOf(visit, undefined),
      clientName: resource.name,
      username: failed?.username,
      error: failed === undefined ? undefined : loginFailed,
    },
    pageContext(context),
  )
}

async function strangerPage(visit: Visit, signedIn: SignedInUser): Promise<Response> {
  const { elicitation, exchange, context } = visit
  const misused = exchange.event('elicitation.misused', {
    ...fieldsOf(visit, signedIn),
    reason: `made for ${elicitation.subject}`,
  })
  await context.store.write([], [misused])
  const form = formOf(visit, signedIn)
  return elicitationStrangerPage({ ...form, account: signedIn.user.email }, pageContext(context))
}

async function login(visit: Visit, form: Parameters): Promise<Response> {
  const result = await signInByForm(form, visit.exchange, visit.context)
  if (!result.ok) return signInPage(visit, result)
  return redirect(addressOf(visit), result.cookies)
}

async function logout(visit: Visit): Promise<Response> {
  return redirect(addressOf(visit), await signOut(visit.exchange, visit.context))
}

async function approve(visit: Visit): Promise<Response> {
  const { elicitation, signedIn, exchange, context } = visit
  if (signedIn === undefined || !isFor(elicitation, signedIn)) return page(visit)
  const opened = exchange.event('elicitation.opened', fieldsOf(visit, signedIn))
  await context.store.write([], [opened])
  return redirect(elicitation.url)
}

async function deny({ context }: Visit): Promise<Response> {
  return notOpenedPage(pageContext(context))
}

const addressOf = ({ link, context }: Visit) => elicitationUrl(link, context)

const fieldsOf = ({ resource, exchange }: Visit, { user }: SignedInUser) => ({
  subject: user.id,
  resource: resource.resource,
  source: exchange.source,
})

/** What a form is bound to beside its browser: the link, and the account that it speaks for. */
const boundTo = ({ link }: Visit, signedIn: SignedInUser | undefined) =>
  `${link} ${signedIn?.user.id ?? ''}`

function formOf(visit: Visit, signedIn: SignedInUser | undefined) {
  const { vault, platform } = visit.context
  const csrf = csrfToken(vault, platform, visit.browser, boundTo(visit, signedIn))
  return { action: addressOf(visit), csrf }
}
