/**
 * Many requests over the one pipe of a stdio server, each answered to whoever asked.
 *
 * Ids are ours. On a pipe that several callers share, progress tokens are ours too, and a request
 * can be cancelled by its own caller only. What the server says without reference to a request goes
 * to nobody here: the owner of the channel decides.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio | MCP stdio transport}
 * @module
 */

import {
  isNotification,
  isResponse,
  type JsonRpcMessage,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type JsonRpcResponse,
  parseMessage,
  type RequestId,
  RpcError,
} from '../../protocol/json-rpc.ts'
import { metaKeys, metaOf } from '../../protocol/mcp.ts'
import { refusal } from '../refusal.ts'
import type { Timers } from './child/index.ts'
import { type Counter, PendingIds } from './pending-ids.ts'
import { Silence } from './silence.ts'

/** What the server sends that is no answer. */
export type ServerCall = JsonRpcRequest | JsonRpcNotification

/** What a channel is made of. */
export interface ChannelOptions {
  /** Hands one message to the server. */
  send(message: JsonRpcMessage): Promise<void>
  readonly next: Counter
  /** Whether several callers share the server. */
  readonly isShared: boolean
  /** Takes what refers to no request that is pending. */
  onUnaddressed(call: ServerCall): void | Promise<void>
  readonly timers: Timers
  readonly silenceMs: number
}

/** Whose request it is, and who hears of it. */
export interface Asking {
  /** The same for all requests that one may cancel by each other's side. */
  readonly asker: string
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal
  /** Takes what refers to the request before its answer. */
  onRelated(call: ServerCall): void | Promise<void>
}

interface Pending extends Asking {
  readonly request: JsonRpcRequest
  readonly silence: Silence
  settle(outcome: JsonRpcResponse | Error): void
}

/** Nobody waits for an answer any more. Nginx has the same number for it. */
const CANCELLED = 499

const cancelled = () => refusal(CANCELLED, 'The request was cancelled.')

/** Whether a request ended because its caller has taken it back. */
export const isCancelled = (error: unknown) =>
  error instanceof RpcError && error.rpcCode === CANCELLED

/** The pipe of one process. */
export class Channel {
  readonly #options: ChannelOptions
  readonly #ids: PendingIds
  readonly #pending = new Map<RequestId, Pending>()

  constructor(options: ChannelOptions) {
    this.#options = options
    this.#ids = new PendingIds(options.next)
  }

  /**
   * Asks the server, and waits for its answer in the caller's own id.
   *
   * @throws {RpcError} if the server cannot be reached, stays silent or the request is cancelled.
   */
  async request(request: JsonRpcRequest, asking: Asking): Promise<JsonRpcResponse> {
    const { timers, silenceMs, send } = this.#options
    if (asking.signal.aborted) throw cancelled()
    const id = this.#ids.begin(request.id)
    const answer = new Promise<JsonRpcResponse>((resolve, reject) => {
      const silence = new Silence(timers, silenceMs, () =>
        this.#abandon(id, refusal(504, 'The server behind the gateway did not answer in time.')),
      )
      const onAbort = () => this.#abandon(id, cancelled())
      asking.signal.addEventListener('abort', onAbort, { once: true })
      const settle = (outcome: JsonRpcResponse | Error) => {
        silence.stop()
        asking.signal.removeEventListener('abort', onAbort)
        this.#pending.delete(id)
        this.#ids.forget(id)
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      }
      this.#pending.set(id, { ...asking, request, silence, settle })
    })
    send({ ...this.#withToken(request, id), id }).catch((error: unknown) => {
      this.#pending.get(id)?.settle(error instanceof Error ? error : new Error(String(error)))
    })
    return await answer
  }

  /** Sends what has no answer. */
  async send(message: JsonRpcNotification | JsonRpcResponse): Promise<void> {
    await this.#options.send(message)
  }

  /** Cancels the asker's own request of that id; anybody else's is left alone. */
  cancel(asker: string, requestId: unknown): void {
    for (const [id, pending] of this.#pending) {
      if (pending.asker === asker && pending.request.id === requestId) {
        this.#abandon(id, cancelled())
      }
    }
  }

  /** Takes a line of the server. */
  receive(value: unknown): void | Promise<void> {
    const message = findMessage(value)
    if (message === undefined) return
    if (isResponse(message)) {
      const pending = message.id === undefined ? undefined : this.#pending.get(message.id)
      const answer = this.#ids.restore(message)
      if (answer !== undefined && isResponse(answer)) pending?.settle(answer)
      return
    }
    const id = this.#addressee(message)
    const pending = id === undefined ? undefined : this.#pending.get(id)
    if (pending === undefined) return this.#options.onUnaddressed(message)
    pending.silence.heard()
    const restored = this.#ids.restore(this.#withoutToken(message, pending))
    if (restored !== undefined && !isResponse(restored)) return pending.onRelated(restored)
  }

  /** The server is gone: every request is answered with that. */
  fail(error: Error): void {
    for (const pending of [...this.#pending.values()]) pending.settle(error)
  }

  /** Tells the server that nobody waits any more. */
  #abandon(id: RequestId, why: RpcError): void {
    const pending = this.#pending.get(id)
    if (pending === undefined) return
    pending.settle(why)
    // The specification forbids cancelling the handshake.
    if (pending.request.method === 'initialize') return
    const params = { requestId: id, reason: 'The caller no longer waits.' }
    // If it cannot be told, it is gone, and that is reported where the process ends.
    this.#options
      .send({ jsonrpc: '2.0', method: 'notifications/cancelled', params })
      .catch(() => {})
  }

  #withToken(request: JsonRpcRequest, id: RequestId): JsonRpcRequest {
    const meta = metaOf(request.params)
    if (!this.#options.isShared || meta.progressToken === undefined) return request
    return { ...request, params: { ...request.params, _meta: { ...meta, progressToken: id } } }
  }

  #withoutToken(call: ServerCall, { request }: Pending): ServerCall {
    if (!this.#options.isShared || call.params?.progressToken === undefined) return call
    const { progressToken } = metaOf(request.params)
    return { ...call, params: { ...call.params, progressToken } }
  }

  /** The request that a notification refers to. */
  #addressee(call: ServerCall): RequestId | undefined {
    if (!isNotification(call)) return undefined
    const subscription = metaOf(call.params)[metaKeys.subscriptionId]
    if (typeof subscription === 'number') return subscription
    const token = call.params?.progressToken
    if (token === undefined || call.method !== 'notifications/progress') return undefined
    if (this.#options.isShared) return typeof token === 'number' ? token : undefined
    for (const [id, { request }] of this.#pending) {
      if (metaOf(request.params).progressToken === token) return id
    }
    return undefined
  }
}

function findMessage(value: unknown): JsonRpcMessage | undefined {
  try {
    return parseMessage(value)
  } catch (error) {
    // What is no message is dropped, as a line that is no JSON is.
    if (error instanceof RpcError) return undefined
    throw error
  }
}
