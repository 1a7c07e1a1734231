/**
 * What brings events to the store: with the change they belong to, or in batches off the path of
 * requests; and the seals over both.
 *
 * One batch is under way at a time. When it is not known whether a batch was written, the same one
 * is written again: its keys tell whether it was there already.
 *
 * @module
 */

import type { WarderEvent } from '../events.ts'
import type { Platform } from '../platform.ts'
import { StoreUnavailable } from '../store/errors.ts'
import { type Change, insert, type Store, updateAll } from '../store/store.ts'
import type { EventSeal, SealReference } from '../store/tables.ts'
import { Chain, type Sealed, sealed } from './chain.ts'
import { Doubts } from './doubts.ts'
import type { Hashes } from './macs.ts'
import { recentHeads } from './streams.ts'

/** What a writer works with. */
export interface WriterOptions {
  readonly platform: Platform
  /** Milliseconds that rows are kept. */
  readonly retention: number
  /** Told of what was recorded with a change, once it is. */
  onRecorded(event: WarderEvent): void
}

/**
 * At most this many rows, and this many lines of a seal, are written at once: a database in this process
 * keeps everybody waiting meanwhile.
 */
export const BATCH = 50

/** Batches that are flushed to the disk are so far apart, in milliseconds; the others wait for the next. */
const FLUSHED_EVERY = 1_000

/** A batch that is being written. */
interface Batch {
  readonly seal: EventSeal
  readonly changes: readonly Change[]
  /** What its rows are of. */
  readonly events: readonly WarderEvent[]
  /** What it seals that was in the store before. */
  readonly lines: readonly Sealed[]
}

/** Writes the events of one process. */
export class Writer {
  readonly #options: WriterOptions
  readonly #waiting: WarderEvent[] = []
  readonly #unsealed: Sealed[] = []
  readonly #doubts = new Doubts()
  #opening: Promise<Chain> | undefined
  #others: readonly SealReference[] = []
  #batch: Batch | undefined
  #head: SealReference | null = null
  #flushedAt = Number.NEGATIVE_INFINITY
  #store: Store | undefined
  #hashes: Hashes | undefined

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /** How many events wait to be written. */
  get waiting(): number {
    return this.#waiting.length + (this.#batch?.events.length ?? 0)
  }

  /** Gives it the place to write to. */
  attach(store: Store): void {
    this.#store = store
  }

  /** Gives it the key to vouch with; nothing is recorded before. */
  unlock(hashes: Hashes): void {
    this.#hashes = hashes
  }

  /** Whether there is nothing to write or seal that could be. */
  get isIdle(): boolean {
    if (this.#hashes === undefined) return true
    return !this.#hasRows && this.#doubts.isEmpty
  }

  get #hasRows(): boolean {
    return this.#batch !== undefined || this.#waiting.length + this.#unsealed.length > 0
  }

  /** The stream's id, once it has one. */
  async stream(): Promise<string | undefined> {
    return (await this.#opening)?.stream
  }

  /** The last seal that was written. */
  get head(): SealReference | null {
    return this.#head
  }

  /** Has an event written with the next batch. */
  enqueue(event: WarderEvent): void {
    this.#waiting.push(event)
  }

  /** Has rows of a process that is gone sealed with the next batch. */
  adopt(lines: readonly Sealed[]): void {
    this.#unsealed.push(...lines)
  }

  /** Has the next seal point at the seals of others. */
  pointAt(others: readonly SealReference[]): void {
    this.#others = others
  }

  /** Makes changes and records their events, or neither. */
  async write(changes: readonly Change[], events: readonly WarderEvent[]): Promise<boolean> {
    const { onRecorded } = this.#options
    const store = this.#attached()
    if (this.#hashes === undefined) return this.#writeEarly(changes, events)
    const chain = await this.#open(this.#hashes)
    const rows = events.map((event) => chain.row(event))
    const lines = rows.map(sealed)
    try {
      const inserts = rows.map((row) => insert('events', row))
      if (!(await store.write([...changes, ...inserts]))) return false
    } catch (error) {
      this.#doubts.add(events.map((event) => ({ event, line: sealed(chain.row(event)) })))
      throw error
    }
    this.#unsealed.push(...lines)
    for (const event of events) onRecorded(event)
    return true
  }

  /**
   * Writes and seals everything that there is now, and what comes meanwhile if that fills a batch: until
   * nothing were left, each batch would be smaller than the one before, and there would be no end.
   */
  async drain(): Promise<void> {
    await this.#settle()
    const again = this.#batch === undefined ? 0 : BATCH
    let due = again + this.#waiting.length + this.#unsealed.length
    while (this.#hasRows && (due > 0 || this.#isMoreThanABatch())) {
      await this.#writeBatch(false)
      due -= BATCH
    }
  }

  /** Says that the process is alive, even if it has nothing to record. */
  async beat(): Promise<void> {
    const chain = await this.#opening
    if (chain === undefined) return
    await this.#attached().write([this.#presence(chain, this.#head, false)])
  }

  /** Writes and seals everything that there is, and ends the stream in order with the last of it. */
  async close(): Promise<void> {
    await this.#settle()
    while (this.#batch !== undefined || this.#isMoreThanABatch()) await this.#writeBatch(false)
    if (this.#opening !== undefined || this.#hasRows) await this.#writeBatch(true)
  }

  #isMoreThanABatch(): boolean {
    return this.#waiting.length > BATCH || this.#unsealed.length > BATCH
  }

  /**
   * Gives up the batch that cannot be written, and the stream that it would have continued.
   *
   * @returns The events that are lost with it.
   */
  abandon(): readonly WarderEvent[] {
    const { events = [], lines = [] } = this.#batch ?? {}
    this.#unsealed.push(...lines)
    this.#batch = undefined
    this.#opening = undefined
    this.#head = null
    return events
  }

  /** The keys themselves are written before there is a key: what is told of them waits for it. */
  async #writeEarly(changes: readonly Change[], events: readonly WarderEvent[]): Promise<boolean> {
    const written = await this.#attached().write(changes)
    if (!written) return false
    for (const event of events) {
      this.#options.onRecorded(event)
      this.enqueue(event)
    }
    return true
  }

  #attached(): Store {
    if (this.#store === undefined) throw new TypeError('The journal has no store yet.')
    return this.#store
  }

  #open(hashes: Hashes): Promise<Chain> {
    this.#opening ??= this.#begin(hashes).catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #begin(hashes: Hashes): Promise<Chain> {
    const { platform, retention } = this.#options
    const store = this.#attached()
    const chain = new Chain({ hashes, platform, retention })
    this.#others = await recentHeads(store, platform.now())
    const now = platform.now()
    const row = { id: chain.stream, openedAt: now, seenAt: now, closedAt: null, head: null }
    await store.write([insert('eventStreams', { ...row, expiresAt: now + retention })])
    return chain
  }

  async #writeBatch(closing: boolean): Promise<void> {
    const store = this.#attached()
    if (this.#hashes === undefined) return
    this.#batch ??= this.#makeBatch(await this.#open(this.#hashes), closing)
    const { changes, seal } = this.#batch
    const { id, mac, expiresAt } = seal
    const now = this.#options.platform.now()
    const isDue = closing || Math.abs(now - this.#flushedAt) >= FLUSHED_EVERY
    const written =
      (await store.write(changes, [], isDue ? 'machine' : 'process')) ||
      (await store.find('eventSeals', { id })) !== undefined
    if (!written) throw new TypeError('A batch of events has a key that is taken.')
    if (isDue) this.#flushedAt = now
    this.#head = { id, mac, expiresAt }
    this.#batch = undefined
  }

  #makeBatch(chain: Chain, closing: boolean): Batch {
    const events = this.#waiting.splice(0, BATCH)
    const rows = events.map((event) => chain.row(event))
    const lines = this.#unsealed.splice(0, BATCH)
    const seal = chain.seal([...lines, ...rows.map(sealed)], { closing, others: this.#others })
    this.#others = []
    const presence = this.#presence(chain, chain.head, closing)
    const changes = [...rows.map((row) => insert('events', row)), insert('eventSeals', seal)]
    return { seal, changes: [...changes, presence], events, lines }
  }

  #presence({ stream }: Chain, head: SealReference | null, closing: boolean): Change {
    const { platform, retention } = this.#options
    const seenAt = platform.now()
    const closedAt = closing ? seenAt : null
    const set = { seenAt, closedAt, head, expiresAt: seenAt + retention }
    return updateAll('eventStreams', { id: stream }, set)
  }

  /** Finds out which of the doubtful events were recorded after all. */
  async #settle(): Promise<void> {
    if (this.#doubts.isEmpty) return
    await this.#doubts.settle(this.#attached(), ({ event, line }) => {
      this.#unsealed.push(line)
      this.#options.onRecorded(event)
    })
  }
}

/** Whether trying again may help. */
export const isOutage = (error: unknown): boolean => error instanceof StoreUnavailable
