/**
 * Taking secrets out of what an event says in other people's words.
 *
 * @module
 */

import type { WarderEvent } from '../events.ts'
import { redact } from '../vault/redactor.ts'

/** Fields whose texts we made or chose ourselves, so that there is nothing to look for. */
const ours: ReadonlySet<string> = new Set<keyof WarderEvent>([
  'id',
  'type',
  'correlationId',
  'subject',
  'resource',
  'source',
  'error',
  'grantType',
  'familyId',
  'keyId',
  'account',
  'rule',
  'answered',
  'signal',
  'stream',
  'anchor',
])

/** The same event without what looks like a secret. */
export function redacted(event: WarderEvent): WarderEvent {
  let clean = event
  for (const [name, value] of Object.entries(event)) {
    if (typeof value !== 'string' || ours.has(name)) continue
    const text = redact(value)
    if (text !== value) clean = { ...clean, [name]: text }
  }
  return clean
}
