/**
 * What is due now and then beside writing: finishing what processes left that were killed, and telling
 * those outside where the log stands.
 *
 * @module
 */

import { type EventMaker, type EventSink, eventMaker } from '../events.ts'
import { newCorrelationId, type Platform } from '../platform.ts'
import type { Store } from '../store/store.ts'
import type { Hashes } from './macs.ts'
import { finishStream, recentHeads, unfinishedStreams, unsealedRows } from './streams.ts'
import type { Writer } from './writer.ts'

/** What upkeep works with. */
export interface UpkeepOptions {
  readonly writer: Writer
  readonly platform: Platform
  /** Told, and kept. */
  readonly record: EventSink
  /** Told only. */
  readonly tell: EventSink
  /** Writes everything that there is. @returns Whether it is written. */
  flush(): Promise<boolean>
}

/** Where the log is kept, and what vouches for it. */
export interface Log {
  readonly store: Store
  readonly hashes: Hashes
}

/** Anchors are told once an hour. */
const ANCHOR_MS = 3_600_000

/** Does what is due. */
export class Upkeep {
  readonly #options: UpkeepOptions
  #anchoredAt = 0
  #anchored: string | undefined

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  async run(log: Log): Promise<void> {
    await this.#adopt(log)
    await this.#anchor(log)
    await this.#options.writer.beat()
  }

  /** Seals what processes left that were killed. */
  async #adopt(log: Log): Promise<void> {
    const { writer, platform, record, flush } = this.#options
    const own = await writer.stream()
    for (const stream of await unfinishedStreams(log.store, platform.now())) {
      if (stream.id === own) continue
      const lines = await unsealedRows(stream, log)
      if (lines.length > 0) {
        writer.adopt(lines)
        record(this.#make()('journal.adopted', { stream: stream.id, count: lines.length }))
        if (!(await flush())) return
      }
      await finishStream(stream, log.store, platform.now())
    }
  }

  /** Tells where the stream stands, and has its next seal point at the others. */
  async #anchor({ store }: Log): Promise<void> {
    const { writer, platform, tell } = this.#options
    const now = platform.now()
    const stream = await writer.stream()
    const { head } = writer
    if (stream === undefined || head === null || this.#anchored === head.id) return
    if (now - this.#anchoredAt < ANCHOR_MS) return
    // Kept nowhere in here: whoever could cut the log off could cut this off too.
    tell(this.#make()('journal.anchored', { stream, anchor: `${head.id}.${head.mac}` }))
    this.#anchoredAt = now
    this.#anchored = head.id
    writer.pointAt(await recentHeads(store, now))
  }

  #make(): EventMaker {
    const { platform } = this.#options
    return eventMaker(platform, newCorrelationId(platform))
  }
}
