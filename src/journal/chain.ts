/**
 * The chain of one stream: what one process records, in the order it came to know of it.
 *
 * An event's row is written in the transaction of the change that it belongs to, and whether that
 * commits is known only afterwards. So rows do not point at each other; they are vouched for one by
 * one, and seals, which are written later, list those that came to be. Each seal points at the one
 * before it. A write that failed leaves no gap, because nothing was listed; a row that is deleted
 * leaves a listing without a row.
 *
 * Nobody else writes to a stream, so no row is contended for.
 *
 * @module
 */

import type { WarderEvent } from '../events.ts'
import { orderedId, type Platform } from '../platform.ts'
import { rowOf } from '../store/recorded-event.ts'
import type { EventSeal, SealContent, SealReference, StoredEvent } from '../store/tables.ts'
import { eventMac, type Hashes, sealMac } from './macs.ts'

/** A seal's line about an event. */
export type Sealed = SealContent['events'][number]

/** What a chain is made with. */
export interface ChainOptions {
  readonly hashes: Hashes
  readonly platform: Platform
  /** Milliseconds that rows are kept. */
  readonly retention: number
}

/** The rows of one stream. */
export class Chain {
  readonly stream: string
  readonly #options: ChainOptions
  #head: SealReference | null = null
  #sealedAt = 0
  #number = 0
  #next = 0

  constructor(options: ChainOptions) {
    this.#options = options
    this.stream = orderedId(options.platform, 6)
  }

  /** The last seal that was made. */
  get head(): SealReference | null {
    return this.#head
  }

  /** The row of an event, vouched for. */
  row(event: WarderEvent): StoredEvent & { readonly mac: string } {
    const { hashes, retention } = this.#options
    const row = { ...rowOf(event, event.at + retention), stream: this.stream }
    return { ...row, mac: eventMac(row, hashes) }
  }

  /** Makes the next seal. It must be written before the one after it is made. */
  seal(
    events: readonly Sealed[],
    { others = [], closing = false }: Partial<Pick<SealContent, 'others' | 'closing'>> = {},
  ): EventSeal {
    const { platform, hashes, retention } = this.#options
    // Seals are read in the order of their ids, so a clock that was set back must not show.
    const at = Math.max(platform.now(), this.#sealedAt + 1)
    const ends = events.map(([, expiresAt]) => expiresAt)
    const row = {
      id: orderedId({ now: () => at, random: (length) => platform.random(length) }, 6),
      at,
      stream: this.stream,
      number: this.#number,
      seal: { first: this.#next, previous: this.#head, events, others, closing },
      expiresAt: Math.max(at + retention, ...ends),
    }
    const mac = sealMac(row, hashes)
    this.#head = { id: row.id, mac, expiresAt: row.expiresAt }
    this.#sealedAt = at
    this.#number += 1
    this.#next += events.length
    return { ...row, mac }
  }
}

/** What a seal says of a row. */
export const sealed = ({ id, expiresAt, mac }: StoredEvent & { readonly mac: string }): Sealed => [
  id,
  expiresAt,
  mac,
]
