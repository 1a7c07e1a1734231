/**
 * The journal: what happens is told to whoever listens, and kept in the audit log.
 *
 * What changes state is recorded in the transaction of the change, or the change does not happen.
 * What changes none waits in memory for a moment and is written in batches, so that no request waits
 * for it. The wait is bounded: what finds no room is counted, and the count is recorded.
 *
 * Not in here: what to do with a signal; whoever acts on one asks {@link Journal.signals}.
 *
 * @module
 */

import { type EventFields, type EventSink, eventMaker, type WarderEvent } from '../events.ts'
import { newCorrelationId, type Platform } from '../platform.ts'
import type { Store } from '../store/store.ts'
import type { Timers } from '../timers.ts'
import type { OpenExport } from './exports/exporter.ts'
import { Intake } from './intake.ts'
import type { Hashes } from './macs.ts'
import { redacted } from './redaction.ts'
import type { AuditSettings } from './settings.ts'
import { createSignals, type Signals } from './signals/index.ts'
import { type Log, Upkeep } from './upkeep.ts'
import { type Verification, verifyLog } from './verify.ts'
import { BATCH, isOutage, Writer } from './writer.ts'

/** What a journal works with. */
export interface JournalOptions {
  readonly platform: Platform
  readonly timers: Timers
  readonly settings: AuditSettings
  /** Told of every event, whether or not it can be kept. */
  readonly onEvent: EventSink
  /** Told as well, and closed with the journal. */
  readonly exports?: OpenExport
  /** Whether it also does what is due now and then, as what serves does. */
  readonly upkeep: boolean
  /** Told of what an operator should know and mend. */
  onWarning(warning: string): void
}

/** The audit log of one process. */
export interface Journal {
  /** Records what changes no state. Never throws, never waits. */
  readonly record: EventSink
  /** What looks like an attack, so far. */
  readonly signals: Signals
  /**
   * Gives it the store to record in.
   *
   * @returns The store that everybody is to write through: it records the events of its writes.
   */
  attach(store: Store): Store
  /** Gives it the key to vouch with. What happens before is told, and waits to be recorded. */
  unlock(hashes: Hashes): void
  /** How many events wait to be written. */
  readonly waiting: number
  /** Whether requests are to be turned away, because what they do could not be recorded. */
  isRefusing(): boolean
  /** Writes what waits. Fails silently: it is tried again, and the operator has been told. */
  flush(): Promise<void>
  /** Does what is due now and then: says that it is alive, finishes what the dead left, anchors. */
  tend(): Promise<void>
  /**
   * Looks whether what was recorded, by this process and all others, is as it was written.
   *
   * @param anchors - Seals that were noted elsewhere, as `journal.anchored` names them.
   */
  verify(anchors?: readonly string[]): Promise<Verification>
  /** Writes what waits, and ends the stream in order. The store stays open. */
  close(): Promise<void>
}

/** Events wait this long at most, so that many share a transaction, or until there are enough for one. */
const FLUSH_MS = 250
/** How long after a failure it is tried again. */
const RETRY_MS = 1_000
const TEND_MS = 60_000

/** Opens the audit log of this process. Nothing is written before there is something to record. */
export function createJournal(options: JournalOptions): Journal {
  return new RunningJournal(options)
}

class RunningJournal implements Journal {
  readonly signals: Signals
  readonly #options: JournalOptions
  readonly #writer: Writer
  readonly #intake: Intake
  readonly #upkeep: Upkeep
  #store: Store | undefined
  #hashes: Hashes | undefined
  #flushing: Promise<void> | undefined
  #cancelFlush: (() => void) | undefined
  #isHurried = false
  #cancelTend: (() => void) | undefined
  #isDown = false
  #closing: Promise<void> | undefined

  constructor(options: JournalOptions) {
    const { platform, settings } = options
    this.#options = options
    this.signals = createSignals({ platform, settings: settings.signals })
    this.#writer = new Writer({
      ...{ platform, retention: settings.retention * 1000 },
      onRecorded: (event) => this.#tell(event),
    })
    this.#intake = new Intake({ platform, settings, waiting: () => this.#writer.waiting })
    this.#upkeep = new Upkeep({
      ...{ writer: this.#writer, platform, record: this.record },
      tell: (event) => this.#tell(event),
      flush: () => this.#flushAll(),
    })
  }

  readonly record: EventSink = (raw) => {
    const event = redacted(raw)
    this.#tell(event)
    if (!this.#intake.takes(event)) return
    this.#writer.enqueue(event)
    this.#scheduleFlush()
  }

  attach(store: Store): Store {
    this.#store = store
    this.#writer.attach(store)
    return this.#recording(store)
  }

  unlock(hashes: Hashes): void {
    this.#hashes = hashes
    this.#writer.unlock(hashes)
    this.#scheduleFlush()
    if (this.#options.upkeep) this.#scheduleTending()
  }

  get waiting(): number {
    return this.#writer.waiting
  }

  isRefusing(): boolean {
    const { whenDown } = this.#options.settings
    return whenDown === 'block' && (this.#isDown || this.#intake.isFull)
  }

  flush(): Promise<void> {
    this.#flushing ??= this.#drain().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  async tend(): Promise<void> {
    this.#tellDrops(this.#intake.drops())
    try {
      await this.#upkeep.run(this.#log())
    } catch (error) {
      // An outage is told of by whatever has to be written.
      if (!isOutage(error)) {
        this.#options.onWarning(`The audit log cannot be tended: ${String(error)}`)
      }
    }
    await this.flush()
  }

  async verify(anchors: readonly string[] = []): Promise<Verification> {
    return verifyLog({ ...this.#log(), platform: this.#options.platform, anchors })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#cancelTend?.()
    await this.#end()
    await this.#options.exports?.close()
  }

  async #end(): Promise<void> {
    this.#tellDrops(this.#intake.lastDrops())
    this.#cancelFlush?.()
    await this.#flushing
    try {
      await this.#writer.close()
    } catch (error) {
      this.#fail(error)
      const { waiting } = this.#writer
      this.#options.onWarning(`The audit log ends without ${waiting} events, which were lost.`)
    }
  }

  /** The same store, with every event of a write vouched for, sealed and told of. */
  #recording(store: Store): Store {
    return {
      find: (table, where) => store.find(table, where),
      list: (table, where, page) => store.list(table, where, page),
      write: async (changes, events = [], outlives) => {
        if (events.length === 0) return store.write(changes, [], outlives)
        try {
          return await this.#writer.write(changes, events.map(redacted))
        } finally {
          this.#scheduleFlush()
        }
      },
      sweep: (...how) => store.sweep(...how),
      close: () => store.close(),
    }
  }

  #tell(event: WarderEvent): void {
    this.#options.onEvent(event)
    this.#options.exports?.write(event)
    for (const raised of this.signals.observe(event)) {
      this.record(this.#make(raised, event.correlationId))
    }
  }

  #make(fields: EventFields, correlationId: string): WarderEvent {
    return eventMaker(this.#options.platform, correlationId)('signal.raised', fields)
  }

  #scheduleFlush(): void {
    if (this.#closing !== undefined || this.#writer.isIdle) return
    const isFull = !this.#isDown && this.#writer.waiting >= BATCH
    if (this.#cancelFlush !== undefined && (!isFull || this.#isHurried)) return
    this.#cancelFlush?.()
    this.#isHurried = isFull
    const delay = isFull ? 0 : this.#isDown ? RETRY_MS : FLUSH_MS
    this.#cancelFlush = this.#options.timers.after(delay, () => {
      this.#cancelFlush = undefined
      this.#isHurried = false
      void this.flush()
    })
  }

  #scheduleTending(): void {
    this.#cancelTend = this.#options.timers.after(TEND_MS, async () => {
      await this.tend()
      if (this.#closing === undefined) this.#scheduleTending()
    })
  }

  /** @returns Whether nothing is left. */
  async #flushAll(): Promise<boolean> {
    do await this.flush()
    while (!this.#writer.isIdle && !this.#isDown)
    return !this.#isDown
  }

  #log(): Log {
    const [store, hashes] = [this.#store, this.#hashes]
    if (store === undefined || hashes === undefined) throw new TypeError('There is no log yet.')
    return { store, hashes }
  }

  async #drain(): Promise<void> {
    try {
      await this.#writer.drain()
      this.#isDown = false
    } catch (error) {
      this.#fail(error)
    }
    if (!this.#writer.isIdle) this.#scheduleFlush()
  }

  #fail(error: unknown): void {
    // Written again it would fail again: what was in it is counted, and a new stream begun.
    if (!isOutage(error)) this.#intake.lost(this.#writer.abandon())
    if (!this.#isDown) {
      this.#options.onWarning(`The audit log cannot be written: ${String(error)}`)
    }
    this.#isDown = true
  }

  #tellDrops(drops: readonly EventFields[]): void {
    const { platform } = this.#options
    const make = eventMaker(platform, newCorrelationId(platform))
    for (const fields of drops) this.record(make('journal.dropped', fields))
  }
}
