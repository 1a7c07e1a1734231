/**
 * Links to what an MCP server asks a user to open, each good for one user and for a while.
 *
 * The link is the statement itself, sealed: nothing is kept for links that nobody opens, a changed
 * one opens nothing, and the server's own address, which may let in whoever has it, does not lie
 * open in what a client shows, logs and hands on. That it opens once only was left out: its user may
 * well come twice, and to anybody else it is of no use.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#phishing | MCP elicitation, phishing}
 * @module
 */

import { z } from 'zod'
import { OAuthError, WarderError } from '../errors.ts'
import type { Place } from '../vault/index.ts'
import type { ServerContext } from './context.ts'
import { endpointUrl } from './endpoints/endpoint.ts'

/** Where links lead, below the issuer. */
export const ELICITATION_PATH = '/elicitation'

/**
 * How long a link is good, in milliseconds: to be shown, understood, opened and signed in for. Who
 * opens it later has forgotten what they asked for, and could not tell it from a trap.
 */
const LIFE = 900_000

/** How much of the server's words is shown; links grow with it. */
const MAX_MESSAGE = 400

const statement = z.strictObject({
  resource: z.string(),
  subject: z.string(),
  url: z.url({ protocol: /^https?$/ }),
  message: z.string(),
  correlationId: z.string(),
  expiresAt: z.number(),
})

/** What a server asks a user to open. */
export interface Elicitation {
  /** The resource identifier of the server. */
  readonly resource: string
  /** The user, and nobody else. */
  readonly subject: string
  /** https, or http on this computer. */
  readonly url: string
  /** Why, in the server's words. */
  readonly message: string
  /** Ties it to the authorization of the client that is asked. */
  readonly correlationId: string
}

/** What links are made of and held against. */
type LinkContext = Pick<ServerContext, 'issuer' | 'vault' | 'platform'>

const placeOf = ({ issuer }: LinkContext): Place => ({
  table: 'elicitation',
  column: 'link',
  row: issuer,
})

/** The address of a sealed statement. */
export const elicitationUrl = (link: string, { issuer }: Pick<LinkContext, 'issuer'>): string =>
  `${endpointUrl(issuer, ELICITATION_PATH)}?link=${link}`

/** Makes the address that opens an elicitation for its user. */
export function elicitationLink(elicitation: Elicitation, context: LinkContext): string {
  const { resource, subject, url, message, correlationId } = elicitation
  const stated: z.output<typeof statement> = {
    ...{ resource, subject, url, correlationId },
    message: message.slice(0, MAX_MESSAGE),
    expiresAt: context.platform.now() + LIFE,
  }
  return elicitationUrl(context.vault.seal(JSON.stringify(stated), placeOf(context)), context)
}

/**
 * What a link states.
 *
 * @throws {OAuthError} `invalid_request` if it was changed, is over, or is none of ours.
 */
export function openElicitation(link: string, context: LinkContext): Elicitation {
  const stated = statement.safeParse(JSON.parse(unseal(link, context)))
  if (!stated.success) throw notValid('its statement is of another form')
  const { expiresAt, ...elicitation } = stated.data
  if (expiresAt <= context.platform.now()) throw notValid('it is over')
  return elicitation
}

function unseal(link: string, context: LinkContext): string {
  try {
    return context.vault.open(link, placeOf(context))
  } catch (cause) {
    if (!(cause instanceof WarderError) || cause.code !== 'vault_error') throw cause
    throw notValid(cause.detail ?? cause.message, cause)
  }
}

/** One sentence for every cause; for the user they come to the same. */
const notValid = (detail: string, cause?: unknown) =>
  new OAuthError(
    'invalid_request',
    'This link is not valid any more. Go back to the app and try again.',
    { detail: `elicitation link: ${detail}`, cause },
  )
