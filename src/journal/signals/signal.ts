/**
 * What a signal is: something that looks like an attack, recognised from events by a rule that can
 * be said in one sentence.
 *
 * There are no scores. A signal says what was seen, the threshold, what was done about it and how
 * that is undone.
 *
 * @module
 */

import type { EventType, WarderEvent } from '../../events.ts'
import type { Platform } from '../../platform.ts'
import type { SignalSettings } from './settings.ts'

/** What signals are made from. */
export interface SignalContext {
  readonly platform: Pick<Platform, 'now'>
  readonly settings: SignalSettings
}

/** What was seen, when it is too much. */
export interface Sighting {
  readonly value: number
  readonly limit: number
  /** Seconds over which it was counted. */
  readonly within?: number
  readonly reason: string
}

/** Looks at events, one after the other. */
export interface Lookout {
  /** What this event brings to light, if anything. */
  observe(event: WarderEvent): Sighting | undefined
  /** How many seconds a network or a client is still held for; 0 for not at all. */
  holds?(key: string): number
}

/** One signal. */
export interface Signal {
  /** Its number in the list of signals. */
  readonly id: string
  /** The events it looks at. */
  readonly sees: readonly EventType[]
  /** What is done about it. */
  readonly action: string
  /** How an operator takes that back. */
  readonly undo: string
  create(context: SignalContext): Lookout
}
