/**
 * Events whose write failed in a way that leaves open whether it happened: the answer was lost.
 *
 * @module
 */

import type { WarderEvent } from '../events.ts'
import type { Store } from '../store/store.ts'
import type { Sealed } from './chain.ts'

/** What is beyond them is found when the process has ended, as if it had been killed. */
const MOST = 1_000

/** An event, and what a seal would say of it. */
export interface Doubtful {
  readonly event: WarderEvent
  readonly line: Sealed
}

/** Remembers them until the store can be asked. */
export class Doubts {
  readonly #open: Doubtful[] = []

  get isEmpty(): boolean {
    return this.#open.length === 0
  }

  add(doubtful: readonly Doubtful[]): void {
    this.#open.push(...doubtful.slice(0, MOST - this.#open.length))
  }

  /** Asks the store about each. One that it cannot answer for now stays open. */
  async settle(store: Store, onRecorded: (doubtful: Doubtful) => void): Promise<void> {
    for (let [next] = this.#open; next !== undefined; [next] = this.#open) {
      const found = await store.find('events', { id: next.event.id })
      this.#open.shift()
      if (found !== undefined) onRecorded(next)
    }
  }
}
