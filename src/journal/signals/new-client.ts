/**
 * SIG-8: a client that is new and that nobody vouches for was allowed by so many users that the next
 * ones are not asked. The server counts, in the store; this tells the operator once a day.
 *
 * @module
 */

import type { WarderEvent } from '../../events.ts'
import type { Signal, SignalContext } from './signal.ts'
import { Window } from './window.ts'

const WITHIN = 86_400

export const newClient: Signal = {
  id: 'SIG-8',
  sees: ['consent.held'],
  action: 'Users who had not allowed it yet are not asked. What was allowed stays.',
  undo: 'Vouch for it with: warder client verify ID. Or end it with: warder client remove ID',
  create({ platform }: SignalContext) {
    const told = new Window<true>(platform, { within: WITHIN })
    return {
      observe({ clientId = '', value = 0, limit = 0 }: WarderEvent) {
        if (told.find(clientId) !== undefined) return undefined
        told.of(clientId, () => true)
        return { value, limit, within: WITHIN, reason: `users allowed ${clientId}, which is new` }
      },
    }
  },
}
