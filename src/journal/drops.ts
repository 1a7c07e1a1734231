/**
 * What was not kept, counted, so that a gap in the log says of itself how large it is.
 *
 * @module
 */

import type { EventFields, EventType } from '../events.ts'

/** Why an event is not kept. */
export type DropReason = 'no room in the queue' | 'more refusals than are kept a minute' | 'a fault'

/** How long drops are counted together. */
const TOGETHER = 60_000

/** Counts until it is asked. */
export class Drops {
  readonly #counts = new Map<string, { readonly reason: string; count: number }>()
  #since: number | undefined

  /** Counts one event. */
  note(type: EventType, reason: DropReason, now: number): void {
    const key = `${type}: ${reason}`
    const counted = this.#counts.get(key) ?? { reason: key, count: 0 }
    counted.count += 1
    this.#counts.set(key, counted)
    this.#since ??= now
  }

  /** What is to be told: nothing while it is still being counted, unless the end has come. */
  take(now: number): readonly EventFields[] {
    if (this.#since === undefined || now - this.#since < TOGETHER) return []
    return this.takeAll()
  }

  /** Everything that was counted and not told yet. */
  takeAll(): readonly EventFields[] {
    const told = [...this.#counts.values()]
    this.#counts.clear()
    this.#since = undefined
    return told
  }
}
