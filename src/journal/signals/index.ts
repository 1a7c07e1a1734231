/**
 * The signals. One more is one more file and one more line here.
 *
 * What needs to know where on earth an address is, is left out: that is a guess about people.
 *
 * @module
 */

import type { EventFields, WarderEvent } from '../../events.ts'
import { codeReplay } from './code-replay.ts'
import { errorRedirects } from './error-redirects.ts'
import { misroutedTokens } from './misrouted-tokens.ts'
import { newClient } from './new-client.ts'
import { refreshReuse } from './refresh-reuse.ts'
import type { Lookout, Signal, SignalContext } from './signal.ts'
import { spraying } from './spraying.ts'

/** Every signal that is recognised from events. */
export const signals: readonly Signal[] = [
  refreshReuse,
  codeReplay,
  spraying,
  newClient,
  errorRedirects,
  misroutedTokens,
]

/** The signals at work. */
export interface Signals {
  /** The fields of each `signal.raised` that an event brings about. */
  observe(event: WarderEvent): readonly EventFields[]
  /** How many seconds strangers at an address still have to wait, because of spraying. */
  holdsSource(address: string | undefined): number
  /** Whether errors for a client are to be shown and not redirected. */
  holdsRedirects(clientId: string): boolean
}

/** Puts the signals to work. They count in this process. */
export function createSignals(context: SignalContext): Signals {
  const lookouts = new Map<Signal, Lookout>(signals.map((each) => [each, each.create(context)]))
  const watching = new Map<string, readonly (readonly [Signal, Lookout])[]>()
  for (const type of new Set(signals.flatMap(({ sees }) => sees))) {
    watching.set(
      type,
      [...lookouts].filter(([{ sees }]) => sees.includes(type)),
    )
  }
  return {
    observe(event) {
      const watches = watching.get(event.type)
      if (watches === undefined) return []
      return watches.flatMap(([signal, lookout]) => {
        const sighting = lookout.observe(event)
        return sighting === undefined ? [] : [{ ...about(event), ...raised(signal), ...sighting }]
      })
    },
    holdsSource: (address) => lookouts.get(spraying)?.holds?.(address ?? '') ?? 0,
    holdsRedirects: (clientId) => (lookouts.get(errorRedirects)?.holds?.(clientId) ?? 0) > 0,
  }
}

const raised = ({ id: signal, action, undo }: Signal): EventFields => ({ signal, action, undo })

/** Whom a signal is about is whom its event is about. */
function about({ subject, clientId, resource, source, familyId }: WarderEvent): EventFields {
  const fields = { subject, clientId, resource, source, familyId }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
