/**
 * What comes of a request: one answer as JSON, or a stream of messages with the answer among them, which
 * is taken up again where it breaks.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery | Resumability}
 * @module
 */

import { type RequestId, RpcError, rpcCodes } from '../protocol/json-rpc.ts'
import type { SseEvent } from '../protocol/sse.ts'
import { type Cursor, isEventStream, readStream } from './event-stream.ts'
import { type HttpAnswer, mediaTypeOf, readText } from './http.ts'
import { type Carried, isAnswerTo } from './message.ts'
import { backOff, pause } from './patience.ts'
import type { RemoteContext } from './remote.ts'

/** How long a stream may go on after the answer that it was for. */
const AFTER_ANSWER_MS = 5_000

/** A request that was sent, and who hears what comes of it. */
export interface Asked {
  readonly id: RequestId
  readonly signal: AbortSignal
  /** The messages in a text; none if it is none. */
  readonly read: (text: string) => readonly Carried[]
  readonly hear: (carried: Carried) => Promise<void>
  /** Takes a stream up after an event. */
  readonly resume: (lastEventId: string) => Promise<HttpAnswer>
}

/**
 * Hands on what comes, until the answer has come.
 *
 * @returns Whether it did; it did not if its stream broke and cannot be taken up again.
 * @throws {RpcError} if what came is no answer.
 */
export async function hearAnswer(
  context: RemoteContext,
  answer: HttpAnswer,
  asked: Asked,
): Promise<boolean> {
  if (isEventStream(answer)) return new AnswerStream(context, asked).hear(answer)
  if (mediaTypeOf(answer) !== 'application/json') {
    answer.close()
    throw badAnswer()
  }
  const text = await readText(answer, context.limits.messageBytes).catch(() => {
    throw lost()
  })
  if (text === undefined) throw tooLarge()
  if (!(await handOn(text, asked))) throw badAnswer()
  return true
}

/** @returns Whether the answer was in the text. */
async function handOn(text: string, { id, read, hear }: Asked): Promise<boolean> {
  let isAnswered = false
  for (const carried of read(text)) {
    await hear(carried)
    if (isAnswerTo(carried.message, id)) isAnswered = true
  }
  return isAnswered
}

class AnswerStream {
  readonly #context: RemoteContext
  readonly #asked: Asked
  #cursor: Cursor = { id: undefined, retryMs: undefined }
  #isAnswered = false
  #failures = 0

  constructor(context: RemoteContext, asked: Asked) {
    this.#context = context
    this.#asked = asked
  }

  async hear(answer: HttpAnswer): Promise<boolean> {
    const { timers, platform } = this.#context
    const { signal, resume } = this.#asked
    for (let stream = answer; ; ) {
      await this.#read(stream)
      if (this.#isAnswered) return true
      signal.throwIfAborted()
      const { id, retryMs = 0 } = this.#cursor
      if (id === undefined) return false
      await pause(timers, Math.max(retryMs, backOff(this.#failures++, platform)), signal)
      stream = await resume(id)
      if (!isEventStream(stream)) {
        stream.close()
        return false
      }
    }
  }

  async #read(stream: HttpAnswer): Promise<void> {
    const onEvent = async ({ data }: SseEvent) => {
      this.#failures = 0
      if (data === undefined || !(await handOn(data, this.#asked))) return
      this.#isAnswered = true
      // To end the stream at once would end a connection that can be used again.
      this.#context.timers.after(AFTER_ANSWER_MS, () => stream.close())
    }
    const { messageBytes: maxChars } = this.#context.limits
    this.#cursor = await readStream(stream, this.#cursor, { maxChars, onEvent })
  }
}

/** The end of a request whose answer did not come. */
export const lost = () =>
  new RpcError(
    502,
    'The connection was lost before the answer came. Nobody here knows whether the request did what it asks.',
  )

const badAnswer = () =>
  new RpcError(502, 'The server answered with something that is no answer. Ask whoever runs it.')

const tooLarge = () =>
  new RpcError(
    rpcCodes.internalError,
    'The answer is larger than can be carried. Ask for less at once.',
  )
