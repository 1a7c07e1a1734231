/**
 * The end of a request that is refused: the client is told, once.
 *
 * As a step it stands before consent, for a user who can grant nothing of what is asked.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1 | RFC 6749 §4.1.2.1}
 * @module
 */

import type { OAuthError } from '../../../errors.ts'
import type { WarderEvent } from '../../../events.ts'
import { donePage } from '../../pages/index.ts'
import { finishInteraction } from '../interaction.ts'
import { pageContext } from '../page-context.ts'
import { errorUrl, holdsErrors, redirect } from '../response.ts'
import { findRefusal } from '../standing.ts'
import { type Step, standingOf, type Visit } from './step.ts'

export const refusal: Step = {
  name: 'refusal',
  needed: (visit) => findRefusal(standingOf(visit)) !== undefined,
  personal: false,
  page,
  actions: {},
}

async function page(visit: Visit): Promise<Response> {
  const { request, exchange, context } = visit
  const at = standingOf(visit)
  const error = findRefusal(at)
  if (error === undefined) throw new TypeError('A request was refused without a reason.')
  if (holdsErrors(request.client, context)) throw error
  const refused = exchange.event('authorization.refused', {
    clientId: request.client.id,
    subject: at.signedIn.user.id,
    source: exchange.source,
    error: error.code,
    reason: error.detail ?? error.message,
    ...error.decision,
    answered: 'redirect',
  })
  return refuse(visit, error, refused)
}

/** Ends the interaction and carries the error to the client, unless it has ended already. */
export async function refuse(
  { request, held, context }: Visit,
  error: OAuthError,
  event: WarderEvent,
): Promise<Response> {
  if (!(await context.store.write([finishInteraction(held, context)], [event])))
    return donePage(pageContext(context))
  return redirect(errorUrl(request, error, context))
}
