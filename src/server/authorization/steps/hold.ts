/**
 * The user is not asked: the client waits for an administrator.
 *
 * @module
 */

import { OAuthError } from '../../../errors.ts'
import { findHold } from '../consent-hold.ts'
import { needsConsent } from './consent.ts'
import { type Step, standingOf, type Visit } from './step.ts'

export const hold: Step = {
  name: 'hold',
  needed: async (visit) => (await decisionOf(visit)) !== undefined,
  personal: true,
  page,
  actions: {},
}

/** Who has allowed the client already is not asked, and so is not held up. */
async function decisionOf(visit: Visit) {
  const { request, context } = visit
  const at = standingOf(visit)
  if (!(await needsConsent(at, context))) return undefined
  return findHold(request, at.signedIn.user.id, context)
}

/** The request stays open, so that it can go on if an administrator is quick. */
async function page(visit: Visit): Promise<Response> {
  const { request, exchange, context } = visit
  const decision = await decisionOf(visit)
  const { id: clientId } = request.client
  const { user } = standingOf(visit).signedIn
  context.onEvent(
    exchange.event('consent.held', {
      ...{ clientId, subject: user.id, source: exchange.source },
      ...decision,
    }),
  )
  throw new OAuthError(
    'access_denied',
    'This app is new, and many people are being asked to allow it. An administrator has to look at it first. If you were asked to come here by a message, be careful.',
    { status: 403, detail: `held: ${clientId}`, ...(decision === undefined ? {} : { decision }) },
  )
}
