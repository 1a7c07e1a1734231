/**
 * SIG-6: many accounts fail from one network: somebody tries a few passwords at each of them, which
 * no account's own throttle can see.
 *
 * An account that then signs in from there does not count: it was somebody mistyping.
 *
 * @module
 */

import { sourceKey } from '../../limits/source.ts'
import type { Signal, SignalContext } from './signal.ts'
import { Window } from './window.ts'

const WITHIN = 600
const HOLD = 900

export const spraying: Signal = {
  id: 'SIG-6',
  sees: ['login.failed', 'login.succeeded'],
  action: 'Strangers from this network wait fifteen minutes to sign in; known devices do not.',
  undo: 'It ends by itself. Restarting the server ends it at once.',
  create,
}

/** The network that one holder of an address is likely to hold as well: an IPv4 /24, an IPv6 /64. */
function networkOf(source: string | undefined): string {
  const key = sourceKey(source)
  return key.includes('.') ? `${key.slice(0, key.lastIndexOf('.'))}.0/24` : key
}

function create({ platform, settings }: SignalContext) {
  const limit = settings.sprayedAccounts
  const failing = new Window<Set<string>>(platform, { within: WITHIN })
  const held = new Window<true>(platform, { within: HOLD })
  return {
    observe({ type, source, account }: { type: string; source?: string; account?: string }) {
      if (account === undefined) return undefined
      const network = networkOf(source)
      const accounts = failing.of(network, () => new Set())
      if (type === 'login.succeeded') {
        accounts.delete(account)
        return undefined
      }
      if (accounts.size < limit) accounts.add(account)
      if (accounts.size < limit || held.find(network) !== undefined) return undefined
      held.of(network, () => true)
      return { value: accounts.size, limit, within: WITHIN, reason: `accounts from ${network}` }
    },
    holds: (source: string) => held.left(networkOf(source)),
  }
}
