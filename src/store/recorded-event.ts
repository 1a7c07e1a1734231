/**
 * How an event becomes a row, in every store alike.
 *
 * @module
 */

import type { WarderEvent } from '../events.ts'
import { type Change, insert } from './store.ts'

/** The change that records an event: a write appends it to its own changes. */
export const recordOf = (event: WarderEvent): Change =>
  insert('events', {
    id: event.id,
    at: event.at,
    type: event.type,
    correlationId: event.correlationId,
    event,
  })
