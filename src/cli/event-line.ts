/**
 * An event as one line, for people.
 *
 * @module
 */

import type { styleText } from 'node:util'
import { eventTypes, type WarderEvent } from '../events.ts'
import { visible } from './output.ts'

/** The colour of each level. */
export const colours = {
  info: 'dim',
  warn: 'yellow',
  error: 'red',
} as const satisfies Record<string, Parameters<typeof styleText>[0]>

/** As wide as most types are. */
const TYPE_WIDTH = 22
/** What of a text is shown; the rest is for `--json`. */
const MAX_SHOWN = 400

/** Its type and what tells it from others of its type. */
export function eventLine(event: WarderEvent): string {
  const details = fieldsOf(event).map(([name, value]) => `${name}=${value}`)
  return `${event.type.padEnd(TYPE_WIDTH)} ${details.join(' ') || eventTypes[event.type].means}`
}

/** The fields that are not the same for every event, fit to be shown. */
export function fieldsOf(event: WarderEvent): readonly (readonly [string, string])[] {
  const { id: _, at: __, type: ___, correlationId: ____, userAgent: _____, ...fields } = event
  return Object.entries(fields).map(
    ([name, value]) => [name, visible(String(value)).slice(0, MAX_SHOWN)] as const,
  )
}
