/**
 * A request that waits for its user, held by the server and bound to one browser.
 *
 * The browser holds a random id in the address and a random value in a cookie; whoever has only one
 * of them gets nothing. Everything else is here, so no hidden field can change what was asked.
 *
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { randomToken } from '../../platform.ts'
import { type Change, insert, update } from '../../store/store.ts'
import type { Interaction } from '../../store/tables.ts'
import type { ServerContext } from '../context.ts'
import { endpointUrl } from '../endpoints/endpoint.ts'
import { cookie, cookieNames, type Exchange, setCookie } from '../exchange.ts'
import type { AuthorizationRequest } from './request.ts'
import { redirect } from './response.ts'

/** Where interactions are continued. */
export const INTERACTION_PATH = '/interaction'

/** The cookie of one interaction, so that two tabs do not disturb each other. */
const cookieName = (id: string) => `__Host-wd_int_${id.slice(0, 8)}`

const COOKIE_NAME = /^__Host-wd_int_[\w-]{8}$/

/**
 * Requests that one browser keeps open. Without a bound, a site that opens requests in a window of
 * its own could fill the browser with cookies until servers refuse the header that holds them.
 */
const MOST_OPEN = 20

/** An interaction as its browser holds it. */
export interface Held {
  readonly row: Interaction
  readonly id: string
  /** The cookie's value; form tokens are bound to it. */
  readonly browser: string
}

/** The address of an interaction, below the issuer. */
export const interactionUrl = (id: string, { issuer }: ServerContext) =>
  `${endpointUrl(issuer, INTERACTION_PATH)}?id=${id}`

/** Keeps a request and sends the browser to its first page. */
export async function beginInteraction(
  request: AuthorizationRequest,
  exchange: Exchange,
  context: ServerContext,
): Promise<Response> {
  const { platform, vault, settings, store } = context
  const now = platform.now()
  const id = randomToken(platform)
  const browser = randomToken(platform)
  const kept = await store.write([
    insert('interactions', {
      id: vault.hash('interaction', 'id', id),
      browserHash: vault.hash('interaction', 'browser', browser),
      clientId: request.client.id,
      redirectUri: request.redirectUri,
      state: request.state,
      scopes: request.scopes,
      resource: request.resource.resource,
      codeChallenge: request.codeChallenge,
      nonce: request.nonce,
      prompt: request.prompt,
      maxAge: request.maxAge,
      loginHint: request.loginHint,
      correlationId: exchange.correlationId,
      createdAt: now,
      expiresAt: now + settings.ttl.interaction * 1000,
      finishedAt: null,
    }),
  ])
  if (!kept) throw new TypeError('An interaction id came up twice.')
  const givenUp = cookieNames(exchange.request, COOKIE_NAME).slice(0, 1 - MOST_OPEN)
  return redirect(interactionUrl(id, context), [
    setCookie(cookieName(id), browser, settings.ttl.interaction),
    ...givenUp.map((name) => setCookie(name, '', 0)),
  ])
}

/**
 * The interaction that a request continues.
 *
 * @throws {OAuthError} `invalid_request` if it is over, or the browser is not the one that began it (403).
 */
export async function continueInteraction(
  { request, url }: Exchange,
  { store, vault, platform }: ServerContext,
): Promise<Held> {
  const id = url.searchParams.get('id') ?? ''
  const row =
    id === ''
      ? undefined
      : await store.find('interactions', {
          id: vault.hash('interaction', 'id', id),
          expiresAt: { above: platform.now() },
        })
  if (row === undefined) {
    throw new OAuthError('invalid_request', 'This page is no longer valid. Begin again in the app.')
  }
  const browser = cookie(request, cookieName(id))
  if (browser === undefined || !vault.matches('interaction', row.browserHash, 'browser', browser)) {
    throw new OAuthError(
      'access_denied',
      'This page belongs to another browser. Begin again in the app, and allow cookies.',
      { status: 403, detail: 'interaction cookie absent or wrong' },
    )
  }
  return { row, id, browser }
}

/** Ends an interaction. Of several answers to one page, the first finds it open. */
export function finishInteraction({ row }: Held, { platform }: ServerContext): Change {
  const now = platform.now()
  return update(
    'interactions',
    { id: row.id, finishedAt: null, expiresAt: { above: now } },
    { finishedAt: now },
  )
}

/** Whether nobody has ended an interaction. */
export async function isOpen({ row }: Held, { store }: ServerContext): Promise<boolean> {
  return (await store.find('interactions', { id: row.id, finishedAt: null })) !== undefined
}
