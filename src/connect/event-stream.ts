/**
 * A stream of a server's events: the messages in it, and where it can be taken up again.
 *
 * @module
 */

import { SseDecoder, type SseEvent } from '../protocol/sse.ts'
import { type HttpAnswer, mediaTypeOf } from './http.ts'

/** Nobody waits longer because a server says so, in milliseconds. */
const MOST_RETRY_MS = 60_000

/** Where a stream was left. */
export interface Cursor {
  /** The id of its last event. */
  readonly id: string | undefined
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryMs: number | undefined
}

/** How a stream is read. */
export interface StreamReading {
  readonly maxChars: number
  /** A type of event that is wanted beside `message`. */
  readonly otherType?: string
  readonly onEvent: (event: SseEvent) => Promise<void>
}

export const isEventStream = (answer: HttpAnswer): boolean =>
  mediaTypeOf(answer) === 'text/event-stream'

/**
 * Reads a stream to its end, or until it breaks.
 *
 * @returns Where it was left.
 * @throws what `onEvent` throws, or {@link SseDecoder} for an event that is too large.
 */
export async function readStream(
  answer: HttpAnswer,
  cursor: Cursor,
  { maxChars, otherType, onEvent }: StreamReading,
): Promise<Cursor> {
  const decoder = new SseDecoder(maxChars, otherType)
  let { id, retryMs } = cursor
  const pieces = answer.body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const piece = await pieces.next().catch(() => undefined)
      if (piece === undefined || piece.done === true) return { id, retryMs }
      for (const event of decoder.feed(piece.value)) {
        if (event.id !== undefined) id = event.id
        if (event.retry !== undefined) retryMs = Math.min(event.retry, MOST_RETRY_MS)
        await onEvent(event)
      }
    }
  } finally {
    answer.close()
  }
}
