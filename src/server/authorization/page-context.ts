/**
 * What each page of an interaction is given anew: a nonce for its policy, a token for its form.
 *
 * @module
 */

import { csrfMatches, csrfToken } from '../../accounts/index.ts'
import { OAuthError } from '../../errors.ts'
import { randomToken } from '../../platform.ts'
import type { ServerContext } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import type { PageContext } from '../pages/index.ts'
import type { Held } from './interaction.ts'

/** The surroundings of one page. */
export function pageContext({ issuer, platform }: ServerContext): PageContext {
  return { issuer, nonce: randomToken(platform, 16) }
}

/** The form token of a page, bound to the interaction and its browser. */
export function formToken({ held, context }: { held: Held; context: ServerContext }): string {
  return csrfToken(context.vault, context.platform, held.browser, held.row.id)
}

/**
 * Refuses a form that another site had the browser send.
 *
 * @throws {OAuthError} `access_denied` (403)
 */
export function checkSameOrigin({ request }: Exchange, { issuer }: ServerContext): void {
  const site = request.headers.get('sec-fetch-site')
  const origin = request.headers.get('origin')
  const foreign =
    site === null ? origin !== null && origin !== new URL(issuer).origin : site !== 'same-origin'
  if (foreign) throw forged(`sec-fetch-site ${site}, origin ${origin}`)
}

/**
 * Refuses a form whose token is not this page's.
 *
 * @throws {OAuthError} `access_denied` (403)
 */
export function checkFormToken(
  token: string | undefined,
  held: Held,
  { vault }: ServerContext,
): void {
  if (!csrfMatches(vault, token, held.browser, held.row.id))
    throw forged('form token absent or wrong')
}

const forged = (detail: string) =>
  new OAuthError('access_denied', 'The form did not come from this page. Open the page again.', {
    status: 403,
    detail,
  })
