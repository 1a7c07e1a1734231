/**
 * Looking whether the audit log is as it was written.
 *
 * Events and seals are read once, in the order of time, side by side: what a seal lists must be there
 * and genuine, what is there must be listed, and each seal must point at the one before it.
 *
 * What cannot be told from the database alone: that the last seals of a stream are gone together with
 * their events, until a seal of another stream or an anchor kept elsewhere points at them. And whoever
 * has the key can write what they like, but not under an anchor that was taken before.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import type { Store } from '../store/store.ts'
import type { EventSeal, SealReference, StoredEvent } from '../store/tables.ts'
import { type Hashes, isGenuineEvent, isGenuineSeal } from './macs.ts'
import { type PageReader, rowsFrom } from './pages.ts'

/** Where the log is not as it was written. */
export interface Break {
  readonly what: string
  /** The id of the event or seal. */
  readonly id: string
  readonly stream: string | null
  /** The number of an event within its stream, or of the seal's first event. */
  readonly sequence?: number
}

/** What was found. */
export interface Verification {
  readonly events: number
  readonly seals: number
  readonly streams: number
  /** Genuine events that no seal lists: the last moments, or those of a process that was killed. */
  readonly unsealed: number
  /** When the first of them was made, in milliseconds since the epoch. */
  readonly unsealedSince: number | undefined
  /** Streams that did not end in order, or go on. */
  readonly open: number
  /** In the order in which they were met; at most {@link MOST_BREAKS}. */
  readonly breaks: readonly Break[]
}

/** What verification works with. */
export interface VerifyOptions {
  readonly store: Store
  readonly hashes: Hashes
  readonly platform: Pick<Platform, 'now'>
  /** Anchors that were kept elsewhere: a seal's id, a dot, its keyed hash. */
  readonly anchors?: readonly string[]
}

/** After so many there is nothing more to learn. */
const MOST_BREAKS = 100

/** Rows are swept by the clocks of other processes, too. */
const CLOCKS_DIFFER = 300_000

/** Reads the whole log and says where it is broken. */
export async function verifyLog(options: VerifyOptions): Promise<Verification> {
  const verifier = new Verifier(options)
  await verifier.run()
  return verifier.result()
}

/** What is known of a stream so far. */
interface Known {
  readonly head: SealReference
  readonly closed: boolean
}

class Verifier {
  readonly #options: VerifyOptions
  readonly #breaks: Break[] = []
  readonly #streams = new Map<string, Known>()
  /** Events that were read and that no seal has listed yet, the first one first. */
  readonly #unlisted = new Map<string, { readonly at: number; readonly mac: string | null }>()
  /** Events that a seal listed before they were read. */
  readonly #listedEarly = new Set<string>()
  #lastRead = ''
  #events = 0
  #seals = 0

  constructor(options: VerifyOptions) {
    this.#options = options
  }

  result(): Verification {
    const [first] = this.#unlisted.values()
    return {
      events: this.#events,
      seals: this.#seals,
      streams: this.#streams.size,
      unsealed: this.#unlisted.size,
      unsealedSince: first?.at,
      open: [...this.#streams.values()].filter(({ closed }) => !closed).length,
      breaks: this.#breaks,
    }
  }

  async run(): Promise<void> {
    const { store, anchors = [] } = this.#options
    const readEvents: PageReader<StoredEvent> = (page) => store.list('events', {}, page)
    const readSeals: PageReader<EventSeal> = (page) => store.list('eventSeals', {}, page)
    const events = rowsFrom(readEvents, 0)
    let next = await events.next()
    for await (const seal of rowsFrom(readSeals, 0)) {
      // Everything a seal lists was made before it, but for clocks that differ.
      while (!next.done && next.value.id <= seal.id) {
        this.#event(next.value)
        next = await events.next()
      }
      await this.#seal(seal)
      if (this.#breaks.length >= MOST_BREAKS) return
    }
    while (!next.done) {
      this.#event(next.value)
      next = await events.next()
    }
    for (const anchor of anchors) await this.#anchor(anchor)
  }

  #event(row: StoredEvent): void {
    const { id, stream, event, at, mac } = row
    this.#events += 1
    this.#lastRead = id
    if (stream === null) {
      this.#break({ what: 'an event that no journal wrote', id, stream })
    } else if (!isGenuineEvent(row, this.#options.hashes) || event.id !== id) {
      this.#break({ what: 'an event was changed, or is forged', id, stream })
    } else if (!this.#listedEarly.delete(id) && !this.#isOver(row.expiresAt)) {
      this.#unlisted.set(id, { at, mac })
    }
  }

  async #seal(seal: EventSeal): Promise<void> {
    const { id, stream, mac, expiresAt } = seal
    const { events, others, closing, first } = seal.seal
    this.#seals += 1
    if (!isGenuineSeal(seal, this.#options.hashes)) {
      this.#break({ what: 'a seal was changed, or is forged', id, stream })
      return
    }
    this.#continues(seal)
    this.#streams.set(stream, { head: { id, mac, expiresAt }, closed: closing })
    for (const [at, line] of events.entries()) {
      await this.#listed(line, { stream, sequence: first + at })
    }
    for (const other of others) await this.#pointsAt(other, seal)
  }

  /** A seal points at the one before it, or that one's time is over. */
  #continues({ id, stream, number, seal }: EventSeal): void {
    const { previous, first: sequence } = seal
    const known = this.#streams.get(stream)?.head
    const follows =
      previous === null
        ? number === 0 && known === undefined
        : known?.id === previous.id && known.mac === previous.mac
    if (follows || (previous !== null && this.#isOver(previous.expiresAt))) return
    this.#break({ what: 'a seal is missing before this one', id, stream, sequence })
  }

  async #listed(
    [id, expiresAt, mac]: EventSeal['seal']['events'][number],
    place: { readonly stream: string; readonly sequence: number },
  ): Promise<void> {
    const read = this.#unlisted.get(id)
    this.#unlisted.delete(id)
    if (read?.mac === mac) return
    // It may have come later than the page it belongs on was read, or its time is over.
    const { store, hashes } = this.#options
    const row = await store.find('events', { id })
    if (row === undefined) {
      if (!this.#isOver(expiresAt)) this.#break({ what: 'an event is missing', id, ...place })
    } else if (isGenuineEvent(row, hashes)) {
      if (row.mac !== mac) this.#break({ what: 'an event was written again', id, ...place })
      if (id > this.#lastRead) this.#listedEarly.add(id)
    }
  }

  async #pointsAt(other: SealReference, { id, stream }: EventSeal): Promise<void> {
    if (this.#isOver(other.expiresAt)) return
    const found = await this.#options.store.find('eventSeals', { id: other.id })
    if (found?.mac === other.mac) return
    const what = `a seal of another stream is gone that this one points at, ${other.id}`
    this.#break({ what, id, stream })
  }

  async #anchor(anchor: string): Promise<void> {
    const [id = '', mac = ''] = anchor.split('.')
    const found = id === '' ? undefined : await this.#options.store.find('eventSeals', { id })
    if (found?.mac === mac && mac !== '') return
    this.#break({ what: 'an anchor points at a seal that is gone or changed', id, stream: null })
  }

  #isOver(expiresAt: number): boolean {
    return expiresAt <= this.#options.platform.now() + CLOCKS_DIFFER
  }

  #break(found: Break): void {
    if (this.#breaks.length < MOST_BREAKS) this.#breaks.push(found)
  }
}
