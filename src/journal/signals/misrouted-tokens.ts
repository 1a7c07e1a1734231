/**
 * SIG-13: tokens of another issuer, or for another resource, arrive at one resource in numbers: a
 * client is set up wrong, or somebody tries what they got elsewhere.
 *
 * @module
 */

import type { WarderEvent } from '../../events.ts'
import type { Signal, SignalContext } from './signal.ts'
import { Window } from './window.ts'

const WITHIN = 300

export const misroutedTokens: Signal = {
  id: 'SIG-13',
  sees: ['guard.refused'],
  action: 'An alert. Each of the tokens was refused.',
  undo: 'Nothing is to be undone.',
  create,
}

/** The rules that such a token breaks, in whatever version. */
const MISROUTED = /^token\.(?:issuer|audience)\//

function create({ platform, settings }: SignalContext) {
  const limit = settings.misroutedTokens
  const resources = new Window<{ count: number }>(platform, { within: WITHIN })
  return {
    observe({ resource, rule = '' }: WarderEvent) {
      if (resource === undefined || !MISROUTED.test(rule)) return undefined
      const seen = resources.of(resource, () => ({ count: 0 }))
      seen.count += 1
      if (seen.count !== limit) return undefined
      return { value: seen.count, limit, within: WITHIN, reason: `at ${resource}` }
    },
  }
}
