/**
 * The pins of one mount as this process knows them: read whole once, then only what changed.
 *
 * Operators and other processes change pins in the store, so what is known is good for a few seconds
 * only. Definitions stay in the store; a pin here is its hashes.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import type { Store } from '../store/store.ts'
import type { PinnedTool } from '../store/tables.ts'

/** What counts when a tool is listed or called. */
export type Pin = Pick<PinnedTool, 'approvedHash' | 'pendingHash' | 'changedAt'>

/** How long what was read is believed, in milliseconds. */
const GOOD_FOR = 3_000

/** How far the clocks of two processes may be apart, in milliseconds. */
const SKEW = 600_000

/** Rows read at a time. */
const PAGE = 500

/** Knows the pins of a mount. */
export class PinCache {
  readonly #resource: string
  readonly #store: Pick<Store, 'list'>
  readonly #platform: Pick<Platform, 'now'>
  readonly #pins = new Map<string, Pin>()
  /** When it was last read; nothing before the first time. */
  #readAt: number | undefined
  #isDoubtful = false
  #reading: Promise<void> | undefined

  constructor(resource: string, store: Pick<Store, 'list'>, platform: Pick<Platform, 'now'>) {
    this.#resource = resource
    this.#store = store
    this.#platform = platform
  }

  /**
   * The pins by tool, at most a few seconds old.
   *
   * @throws {StoreUnavailable} if they are older and cannot be read.
   */
  async read(): Promise<ReadonlyMap<string, Pin>> {
    if (this.#isGood()) return this.#pins
    do {
      this.#reading ??= this.#reread().finally(() => {
        this.#reading = undefined
      })
      await this.#reading
    } while (this.#isDoubtful)
    return this.#pins
  }

  /** What was just written here. */
  put(tool: string, pin: Pin): void {
    this.#pins.set(tool, pin)
    // What is being read meanwhile may be from before it.
    if (this.#reading !== undefined) this.doubt()
  }

  /** What is known may not be so any more. */
  doubt(): void {
    this.#isDoubtful = true
  }

  #isGood(): boolean {
    if (this.#readAt === undefined || this.#isDoubtful) return false
    const age = this.#platform.now() - this.#readAt
    return age >= 0 && age < GOOD_FOR
  }

  async #reread(): Promise<void> {
    this.#isDoubtful = false
    try {
      await this.#readChanges()
    } catch (error) {
      this.doubt()
      throw error
    }
  }

  async #readChanges(): Promise<void> {
    const now = this.#platform.now()
    const since = this.#readAt
    const changed = since === undefined ? {} : { changedAt: { above: Math.min(since, now) - SKEW } }
    const where = { resource: this.#resource, ...changed }
    let after: string | undefined
    do {
      const page = { limit: PAGE, ...(after === undefined ? {} : { after }) }
      const rows = await this.#store.list('tools', where, page)
      for (const { tool, approvedHash, pendingHash, changedAt } of rows) {
        this.#pins.set(tool, { approvedHash, pendingHash, changedAt })
      }
      after = rows.length < PAGE ? undefined : rows.at(-1)?.id
    } while (after !== undefined)
    this.#readAt = now
  }
}
