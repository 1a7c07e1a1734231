/**
 * SIG-12: a client that nobody vouches for fails more often than it succeeds, and each failure sends
 * a browser from our name to its address: we are being used as a redirector.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.11.2 | RFC 9700 §4.11.2}
 * @module
 */

import type { WarderEvent } from '../../events.ts'
import type { Signal, SignalContext } from './signal.ts'
import { Window } from './window.ts'

const WITHIN = 3_600
const HOLD = 3_600

export const errorRedirects: Signal = {
  id: 'SIG-12',
  sees: ['authorization.refused', 'code.issued'],
  action: 'For an hour, errors for this client are shown on a page and not redirected.',
  undo: 'Vouch for it with: warder client verify ID',
  create,
}

function create({ platform, settings }: SignalContext) {
  const limit = settings.errorRedirects
  const clients = new Window<{ errors: number; successes: number }>(platform, { within: WITHIN })
  const held = new Window<true>(platform, { within: HOLD })
  return {
    observe({ type, clientId, answered }: WarderEvent) {
      if (clientId === undefined) return undefined
      const isError = type === 'authorization.refused'
      if (isError && answered !== 'redirect') return undefined
      const counted = clients.of(clientId, () => ({ errors: 0, successes: 0 }))
      if (isError) counted.errors += 1
      else counted.successes += 1
      const { errors, successes } = counted
      if (errors < limit || errors <= successes || held.find(clientId)) return undefined
      held.of(clientId, () => true)
      const reason = `errors redirected to ${clientId}, which succeeded ${successes} times`
      return { value: errors, limit, within: WITHIN, reason }
    },
    holds: (clientId: string) => held.left(clientId),
  }
}
