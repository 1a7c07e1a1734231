/**
 * The events of a stream from an HTTP server, as the caller is to see them.
 *
 * Every event is taken apart and made anew, so that nothing in one can begin another. Events are
 * handed on as they arrive and read only as fast as the caller takes them.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#sending-messages-to-the-server | MCP streams}
 * @module
 */

import { WarderError } from '../../errors.ts'
import { parseJson } from '../../protocol/json.ts'
import {
  isResponse,
  type JsonRpcMessage,
  type JsonRpcRequest,
  parseMessage,
  type RequestId,
  RpcError,
} from '../../protocol/json-rpc.ts'
import { SseDecoder, type SseEvent } from '../../protocol/sse.ts'
import { refusal } from '../refusal.ts'
import type { HttpAnswer } from './http-request.ts'
import type { PendingIds } from './pending-ids.ts'
import type { StreamEvent } from './upstream.ts'

/** What the events of a stream belong to. */
export interface EventContext {
  readonly maxEventChars: number
  readonly pending: PendingIds
  /** Begins the event ids of the session. Without a session there is nothing to resume. */
  readonly tag?: string
  /** The request that the stream answers; absent on the stream of a GET. */
  readonly request?: { readonly message: JsonRpcRequest; readonly outgoingId: RequestId }
  onEnd(): void
}

/** Reads a stream until its answer, or its end. A request that gets no answer gets an error. */
export async function* httpEvents(
  answer: HttpAnswer,
  context: EventContext,
): AsyncGenerator<StreamEvent> {
  const { request, pending } = context
  const decoder = new SseDecoder(context.maxEventChars)
  let failure = refusal(502, 'The server behind the gateway ended the stream without an answer.')
  let canResume = false
  try {
    for await (const piece of answer.body) {
      for (const event of decoder.feed(piece)) {
        const translated = translate(event, context)
        if (translated === undefined) continue
        canResume ||= translated.id !== undefined
        yield translated
        if (request !== undefined && isAnswer(translated.message)) return
      }
    }
  } catch (error) {
    // The head of the answer is sent, so what went wrong can only be said in the stream.
    if (!(error instanceof WarderError)) throw error
    failure = error instanceof RpcError ? error : refusal(502, error.message)
  } finally {
    answer.close()
    context.onEnd()
  }
  // A stream that can be resumed brings its answer later.
  if (request === undefined || canResume) return
  pending.forget(request.outgoingId)
  yield { message: failure.toMessage(request.message.id) }
}

const isAnswer = (message: JsonRpcMessage | undefined) =>
  message !== undefined && isResponse(message)

/** An event for the caller; nothing if it holds no message for this caller and moves nothing. */
function translate(
  { data, id, retry }: SseEvent,
  { pending, tag }: EventContext,
): StreamEvent | undefined {
  const message = data === undefined || data === '' ? undefined : restored(data, pending)
  const event: StreamEvent = {
    ...(message === undefined ? {} : { message }),
    ...(id === undefined || tag === undefined ? {} : { id: `${tag}.${id}` }),
    ...(retry === undefined ? {} : { retry }),
  }
  return Object.keys(event).length === 0 ? undefined : event
}

function restored(data: string, pending: PendingIds): JsonRpcMessage | undefined {
  let value: unknown
  try {
    value = parseJson(data)
  } catch {
    // Not JSON, so no message; the stream itself is still sound.
    return undefined
  }
  try {
    return pending.restore(parseMessage(value))
  } catch (error) {
    if (error instanceof RpcError) return undefined
    throw error
  }
}
