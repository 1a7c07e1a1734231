/**
 * What of that which changes no state is kept: everything there is room for, but for refusals of
 * strangers beyond their budget. What is not kept is counted.
 *
 * @module
 */

import type { EventFields, WarderEvent } from '../events.ts'
import type { Platform } from '../platform.ts'
import { Drops } from './drops.ts'
import { RefusalBudget } from './refusal-budget.ts'
import type { AuditSettings } from './settings.ts'

/** What an intake works with. */
export interface IntakeOptions {
  readonly platform: Pick<Platform, 'now'>
  readonly settings: Pick<AuditSettings, 'queue' | 'refusals' | 'whenDown'>
  /** How many events wait to be written. */
  waiting(): number
}

/** Decides, and counts what it turned away. */
export class Intake {
  readonly #options: IntakeOptions
  readonly #budget: RefusalBudget
  readonly #drops = new Drops()

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#budget = new RefusalBudget(options.platform, options.settings.refusals)
  }

  /** Whether as many events wait as may. */
  get isFull(): boolean {
    return this.#options.waiting() >= this.#options.settings.queue
  }

  /** Whether an event is to be kept; if not, it is counted. */
  takes({ type, source }: WarderEvent): boolean {
    const { platform, settings, waiting } = this.#options
    // Whoever was let in before it filled is still recorded: that is what the second half is for.
    const room = settings.whenDown === 'block' ? 2 * settings.queue : settings.queue
    if (!this.#budget.keeps(type, source)) {
      this.#drops.note(type, 'more refusals than are kept a minute', platform.now())
      return false
    }
    if (waiting() < room) return true
    this.#drops.note(type, 'no room in the queue', platform.now())
    return false
  }

  /** Counts events that were taken and are lost all the same. */
  lost(events: readonly WarderEvent[]): void {
    for (const { type } of events) this.#drops.note(type, 'a fault', this.#options.platform.now())
  }

  /** What is to be told of what was dropped: nothing while there is no room to keep it. */
  drops(): readonly EventFields[] {
    return this.isFull ? [] : this.#drops.take(this.#options.platform.now())
  }

  /** All that was dropped and not told of yet. */
  lastDrops(): readonly EventFields[] {
    return this.#drops.takeAll()
  }
}
