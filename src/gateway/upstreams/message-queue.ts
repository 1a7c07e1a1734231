/**
 * Messages on their way to one caller's stream.
 *
 * A server that talks to one caller alone is made to wait for a slow one. Where several callers
 * share a server, a slow one loses the stream instead, because nobody may slow down the others.
 *
 * @module
 */

import type { JsonRpcMessage } from '../../protocol/json-rpc.ts'
import type { StreamEvent } from './upstream.ts'

/** How many messages may wait before the server is made to wait, or the stream is cut. */
const MAX_WAITING = 256

/** What becomes of a stream that is read too slowly. */
export type Overflow = 'wait' | 'cut'

/** How a queue behaves, and who hears of it. */
export interface MessageQueueOptions {
  readonly overflow: Overflow
  /** The first message was added. */
  onFirst?(): void
  onEnd?(): void
}

/** A queue that one reader empties. */
export class MessageQueue implements AsyncIterable<StreamEvent> {
  readonly #options: MessageQueueOptions
  #isFresh = true
  #waiting: JsonRpcMessage[] = []
  #ended = false
  #wakeReader: (() => void) | undefined
  #wakeWriters: (() => void)[] = []

  constructor(options: MessageQueueOptions) {
    this.#options = options
  }

  /** Adds a message. While a returned promise is pending, there is no room for more. */
  push(message: JsonRpcMessage): void | Promise<void> {
    if (this.#ended) return
    this.#waiting.push(message)
    if (this.#isFresh) this.#options.onFirst?.()
    this.#isFresh = false
    this.#wakeReader?.()
    if (this.#waiting.length < MAX_WAITING) return
    if (this.#options.overflow === 'cut') return this.end()
    return new Promise<void>((resolve) => this.#wakeWriters.push(resolve))
  }

  /** No more messages; those that wait are still read. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#wakeReader?.()
    this.#resume()
    this.#options.onEnd?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent> {
    try {
      for (;;) {
        const message = this.#waiting.shift()
        if (message !== undefined) {
          if (this.#waiting.length < MAX_WAITING / 2) this.#resume()
          yield { message }
        } else if (this.#ended) return
        else await new Promise<void>((resolve) => (this.#wakeReader = resolve))
      }
    } finally {
      this.#waiting = []
      this.end()
    }
  }

  #resume(): void {
    const writers = this.#wakeWriters
    this.#wakeWriters = []
    for (const wake of writers) wake()
  }
}
