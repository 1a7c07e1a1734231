/**
 * Reading the audit log.
 *
 * @module
 */

import { type EventType, eventTypes, type WarderEvent } from '../events.ts'
import type { Store, Where } from '../store/store.ts'
import type { StoredEvent } from '../store/tables.ts'
import { type PageReader, rowsFrom } from './pages.ts'

/** Which events to read. */
export interface EventSelection {
  /** From when on, in milliseconds since the epoch. */
  readonly since: number
  /** A type, or the beginning of some: `login.*`. */
  readonly type?: string | undefined
  readonly correlationId?: string | undefined
}

/** The types that a type, or the beginning of some, means; none if it means nothing. */
export function typesMeant(type: string): readonly EventType[] {
  const all = Object.keys(eventTypes) as EventType[]
  if (!type.endsWith('.*')) return all.filter((each) => each === type)
  return all.filter((each) => each.startsWith(type.slice(0, -1)))
}

/** Events in the order of time, as far as the clocks of several processes agree. */
export async function* readEvents(
  store: Store,
  { since, type, correlationId }: EventSelection,
): AsyncGenerator<WarderEvent, void, undefined> {
  const types = type === undefined ? undefined : new Set<string>(typesMeant(type))
  const [only] = types?.size === 1 ? types : []
  const where: Where<'events'> = {
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(only === undefined ? {} : { type: only }),
  }
  const read: PageReader<StoredEvent> = (page) => store.list('events', where, page)
  for await (const row of rowsFrom(read, since)) {
    if (types === undefined || types.has(row.type)) yield row.event
  }
}
