/**
 * How an event becomes a row, in every store alike.
 *
 * @module
 */

import type { WarderEvent } from '../events.ts'
import { type Change, insert } from './store.ts'
import type { StoredEvent } from './tables.ts'

/** How long an event is kept that no journal recorded, in milliseconds: 90 days. */
const UNTOLD = 7_776_000_000

/** The row of an event, before anything vouches for it. */
export const rowOf = (event: WarderEvent, expiresAt: number): StoredEvent => ({
  id: event.id,
  at: event.at,
  type: event.type,
  correlationId: event.correlationId,
  event,
  expiresAt,
  stream: null,
  mac: null,
})

/** The change that records an event: a write appends it to its own changes. */
export const recordOf = (event: WarderEvent): Change =>
  insert('events', rowOf(event, event.at + UNTOLD))
