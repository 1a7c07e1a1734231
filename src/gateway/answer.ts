/**
 * Answers to callers. Every header is made here; none is copied from a server behind the gateway.
 *
 * @module
 */

import { type JsonRpcMessage, type RequestId, RpcError, rpcCodes } from '../protocol/json-rpc.ts'
import { formatEvent, keepAliveComment } from '../protocol/sse.ts'
import { refusal } from './refusal.ts'
import type { Timers } from './upstreams/child/index.ts'
import type { StreamEvent } from './upstreams/upstream.ts'

/** How often a quiet stream says that it is alive; less than proxies wait. */
const KEEP_ALIVE_MS = 25_000

const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** One message as JSON. */
export const messageAnswer = (
  status: number,
  message: JsonRpcMessage,
  headers: Readonly<Record<string, string>> = {},
): Response => Response.json(message, { status, headers: { ...common, ...headers } })

/** A refusal, as the answer to the request `id` if that is known. */
export const refusalAnswer = (error: RpcError, id?: RequestId): Response =>
  messageAnswer(error.status, error.toMessage(id), error.headers)

/** The 202 to what has no answer. */
export const acceptedAnswer = (): Response => new Response(null, { status: 202, headers: common })

/** The answer to a bug or an outage: nothing of it is told. */
export const failureAnswer = (correlationId: string, id?: RequestId): Response =>
  refusalAnswer(
    new RpcError(
      rpcCodes.internalError,
      'The gateway failed. Tell the operator the correlation id.',
      {
        status: 500,
        data: { correlationId },
      },
    ),
    id,
  )

/** The answer while what decides cannot be read. */
export const unavailableAnswer = (correlationId: string, id?: RequestId): Response =>
  refusalAnswer(
    refusal(503, 'The gateway cannot reach its data at the moment. Try again shortly.', {
      data: { correlationId },
      headers: { 'retry-after': '1' },
    }),
    id,
  )

/**
 * The guard's refusal of a scope, which answers the JSON-RPC request as well as the HTTP one.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#runtime-insufficient-scope-errors | MCP}
 */
export function scopeAnswer(
  refused: Response,
  scopes: readonly string[],
  id?: RequestId,
): Response {
  const error = new RpcError(refused.status, 'The access token lacks a scope for this.', {
    status: refused.status,
    data: { error: 'insufficient_scope', scope: scopes.join(' ') },
  })
  const answer = refusalAnswer(error, id)
  const challenge = refused.headers.get('www-authenticate')
  if (challenge !== null) answer.headers.set('www-authenticate', challenge)
  return answer
}

/** How long a reader waits before it comes again, in milliseconds: as long as a restart takes. */
const COME_AGAIN_MS = 1_000

/** What a stream is made of. */
export interface StreamSource {
  readonly events: AsyncIterable<StreamEvent>
  readonly timers: Timers
  /** Aborts when the stream is to end and its reader to come again; it goes on to its end unless told. */
  readonly until?: AbortSignal
  /** The stream is over, be it that the caller is gone. */
  onEnd(): void
  /** The stream broke. */
  onError(error: unknown): void
}

/** A stream of events, each sent as it comes and read only as fast as the caller takes them. */
export function streamAnswer(
  source: StreamSource,
  headers: Readonly<Record<string, string>> = {},
): Response {
  // Room for one event beside the first comment: only events that were begun can be given up.
  const room = new CountQueuingStrategy({ highWaterMark: 2 })
  return new Response(new ReadableStream<Uint8Array>(eventBytes(source), room), {
    headers: {
      ...common,
      'content-type': 'text/event-stream',
      // Tells reverse proxies to hand events on as they come.
      'x-accel-buffering': 'no',
      ...headers,
    },
  })
}

function eventBytes(source: StreamSource): UnderlyingDefaultSource<Uint8Array> {
  const iterator = source.events[Symbol.asyncIterator]()
  const bytes = (text: string) => new TextEncoder().encode(text)
  const { until } = source
  let callOff = () => {}
  let stopListening = () => {}
  let isOver = false
  const over = () => {
    isOver = true
    callOff()
    stopListening()
    source.onEnd()
  }
  return {
    start(controller) {
      const beat = () => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(bytes(keepAliveComment))
        callOff = source.timers.after(KEEP_ALIVE_MS, beat)
      }
      // At once, so that the head of the answer goes out before there is an event.
      beat()
      const leave = () => {
        if (isOver) return
        over()
        controller.enqueue(bytes(formatEvent({ retry: COME_AGAIN_MS })))
        controller.close()
        void iterator.return?.()
      }
      until?.addEventListener('abort', leave, { once: true })
      stopListening = () => until?.removeEventListener('abort', leave)
      if (until?.aborted) leave()
    },
    async pull(controller) {
      try {
        const next = await iterator.next()
        // The reader left meanwhile: nobody is there to be told, and nothing broke.
        if (isOver) return
        if (next.done !== true) return controller.enqueue(bytes(eventText(next.value)))
        over()
        controller.close()
      } catch (error) {
        if (isOver) return
        over()
        source.onError(error)
        throw error
      }
    },
    async cancel() {
      over()
      await iterator.return?.()
    },
  }
}

const eventText = ({ message, id, retry }: StreamEvent) =>
  formatEvent({
    ...(id === undefined ? {} : { id }),
    ...(retry === undefined ? {} : { retry }),
    // An empty event moves the id without being a message.
    ...(message === undefined ? { data: '' } : { data: JSON.stringify(message) }),
  })
