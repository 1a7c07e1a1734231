/**
 * What an MCP server asks a user to open: shown to that user alone, and opened by their own hand.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#phishing | MCP elicitation, phishing}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { ProtectedResource } from '../../protocol/protected-resource.ts'
import { type AccountPage, type AccountVisit, accountPage } from '../account-page.ts'
import { pageContext } from '../authorization/page-context.ts'
import { redirect } from '../authorization/response.ts'
import type { SignedInUser } from '../authorization/standing.ts'
import type { ServerContext } from '../context.ts'
import {
  ELICITATION_PATH,
  type Elicitation,
  elicitationUrl,
  openElicitation,
} from '../elicitation.ts'
import { continueFlow } from '../exchange.ts'
import { elicitationPage, elicitationStrangerPage, notOpenedPage } from '../pages/index.ts'
import { type EndpointMaker, endpointPath } from './endpoint.ts'

export const elicitation: EndpointMaker = (context) => ({
  name: 'elicitation',
  paths: [endpointPath(context.issuer, ELICITATION_PATH)],
  methods: accountPage(pageOf(context), context),
  readers: 'people',
  cors: false,
})

/** A link, and what it states. */
interface Subject {
  /** The sealed statement. */
  readonly link: string
  readonly elicitation: Elicitation
  /** Whose server asks. */
  readonly resource: ProtectedResource
}

type Visit = AccountVisit<Subject>

const pageOf = (context: ServerContext): AccountPage<Subject> => ({
  cookie: '__Host-wd_eli',
  arrive(exchange) {
    const link = exchange.url.searchParams.get('link') ?? ''
    const elicitation = openElicitation(link, context)
    const resource = context.resources.find((each) => each.resource === elicitation.resource)
    if (resource === undefined) {
      throw new OAuthError('invalid_request', 'The server that asked for this no longer exists.')
    }
    const flow = continueFlow(exchange, elicitation.correlationId, context)
    return { subject: { link, elicitation, resource }, exchange: flow }
  },
  addressOf: ({ link }) => elicitationUrl(link, context),
  purposeOf: ({ resource }) => resource.name,
  show,
  actions: { approve, deny: () => notOpenedPage(pageContext(context)) },
})

function show(visit: Visit): Response | Promise<Response> {
  const { subject, signedIn, context } = visit
  const { elicitation, resource } = subject
  if (!isFor(elicitation, signedIn)) return strangerPage(visit)
  const { url, message } = elicitation
  return elicitationPage(
    {
      ...visit.form(),
      account: signedIn.user.email,
      resource: { name: resource.name, uri: resource.resource },
      url,
      message,
    },
    pageContext(context),
  )
}

const isFor = ({ subject }: Elicitation, { user }: SignedInUser) => user.id === subject

async function strangerPage(visit: Visit): Promise<Response> {
  const { subject, signedIn, exchange, context } = visit
  const misused = exchange.event('elicitation.misused', {
    ...fieldsOf(visit),
    reason: `made for ${subject.elicitation.subject}`,
  })
  await context.store.write([], [misused])
  const props = { ...visit.form(), account: signedIn.user.email }
  return elicitationStrangerPage(props, pageContext(context))
}

async function approve(visit: Visit): Promise<Response> {
  const { subject, signedIn, exchange, context } = visit
  if (!isFor(subject.elicitation, signedIn)) return show(visit)
  const opened = exchange.event('elicitation.opened', fieldsOf(visit))
  await context.store.write([], [opened])
  return redirect(subject.elicitation.url)
}

const fieldsOf = ({ subject, signedIn, exchange }: Visit) => ({
  subject: signedIn.user.id,
  resource: subject.resource.resource,
  source: exchange.source,
})
