/**
 * Who hears that a secret was used: what it is and what for, never the secret.
 *
 * @module
 */

import { type EventSink, eventMaker } from '../events.ts'
import { newCorrelationId, type Platform } from '../platform.ts'

/** Told of what is done with secrets. Not of every hash: of what is opened, loaded or given away. */
export interface SecretObserver {
  /** A secret was revealed. */
  used(what: string, reason: string): void
  /** A stored secret could not be read, which never happens by itself. */
  unreadable(why: string): void
}

/** An observer that makes events of what it is told, all under one correlation id. */
export function secretEvents(onEvent: EventSink, platform: Platform): SecretObserver {
  const event = eventMaker(platform, newCorrelationId(platform))
  return {
    used: (what, reason) => onEvent(event('secret.used', { place: what, reason })),
    unreadable: (why) => onEvent(event('secret.unreadable', { reason: why })),
  }
}
