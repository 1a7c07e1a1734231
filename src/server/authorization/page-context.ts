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
import { type Step, standingOf, type Visit } from './steps/step.ts'

/** The surroundings of one page. */
export function pageContext({ issuer, platform }: ServerContext): PageContext {
  return { issuer, nonce: randomToken(platform, 16) }
}

/** What the form of a step's page is bound to beside its browser: the request, and whoever it names. */
function subjectOf(visit: Visit, { personal }: Step): string {
  return personal ? `${visit.held.row.id} ${standingOf(visit).signedIn.user.id}` : visit.held.row.id
}

/** The form token of a step's page. */
export function formToken(visit: Visit, step: Step): string {
  const { vault, platform } = visit.context
  return csrfToken(vault, platform, visit.held.browser, subjectOf(visit, step))
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
 * Refuses a form whose token is not of this step's page, as it is for this account.
 *
 * @throws {OAuthError} `access_denied` (403)
 */
export function checkFormToken(token: string | undefined, visit: Visit, step: Step): void {
  if (csrfMatches(visit.context.vault, token, visit.held.browser, subjectOf(visit, step))) return
  throw forged('form token absent, wrong, or of another account')
}

/** The refusal of a form that did not come from the page it belongs to. */
export const forged = (detail: string) =>
  new OAuthError('access_denied', 'The form did not come from this page. Open the page again.', {
    status: 403,
    detail,
  })
