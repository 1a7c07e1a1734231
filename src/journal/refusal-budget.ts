/**
 * How many refusals of strangers are kept.
 *
 * Anyone can be refused as often as they like, and each would be a row. The first ones of a minute
 * tell the story; the others are counted, so that the log cannot be filled, nor what matters be
 * washed out of it, by knocking.
 *
 * @module
 */

import type { EventType } from '../events.ts'
import type { Platform } from '../platform.ts'

/** What someone can cause who holds nothing of ours. */
const causedByAnyone: ReadonlySet<EventType> = new Set<EventType>([
  'login.throttled',
  'authorization.refused',
  'client.document',
  'token.refused',
  'guard.refused',
  'request.refused',
  'request.failed',
])

const MINUTE = 60_000

/** Of a minute's budget, the part that one source may use. */
const SHARE = 4

/** Says of each event whether it is to be kept. */
export class RefusalBudget {
  readonly #platform: Pick<Platform, 'now'>
  readonly #perMinute: number
  readonly #perSource: number
  readonly #bySource = new Map<string, number>()
  #minute = 0
  #kept = 0

  constructor(platform: Pick<Platform, 'now'>, perMinute: number) {
    this.#platform = platform
    this.#perMinute = perMinute
    this.#perSource = Math.ceil(perMinute / SHARE)
  }

  /** Spends on an event, unless the minute's budget, or its source's part of it, is spent. */
  keeps(type: EventType, source = ''): boolean {
    if (!causedByAnyone.has(type)) return true
    this.#turn()
    const before = this.#bySource.get(source) ?? 0
    if (this.#kept >= this.#perMinute || before >= this.#perSource) return false
    this.#kept += 1
    this.#bySource.set(source, before + 1)
    return true
  }

  #turn(): void {
    const minute = Math.floor(this.#platform.now() / MINUTE)
    if (minute === this.#minute) return
    this.#minute = minute
    this.#kept = 0
    this.#bySource.clear()
  }
}
