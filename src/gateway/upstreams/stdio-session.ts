/**
 * One legacy session with a stdio server of its own: what the client says goes to the process, what
 * the process says goes to the client, and to nobody else.
 *
 * A message of the server that refers to no request goes to the stream of the session's GET if one
 * is open, else onto the stream of a request that is being answered, else it waits for one of them.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports | MCP transports 2025-11-25}
 * @module
 */

import {
  isNotification,
  isRequest,
  isResponse,
  type JsonRpcMessage,
  type RequestId,
} from '../../protocol/json-rpc.ts'
import { refusal } from '../refusal.ts'
import { askedReply } from './asked-reply.ts'
import { Channel, type ServerCall } from './channel.ts'
import type { Child, ChildExit } from './child/index.ts'
import { MessageQueue } from './message-queue.ts'
import { counter } from './pending-ids.ts'
import type { Reply, StreamEvent, UpstreamContext } from './upstream.ts'

/** How much of what the server says unasked waits for a stream to go to. */
const MAX_BACKLOG = 64

/** One client of the process, so any name for it will do. */
const ASKER = 'session'

/** What a process is started with by its session. */
export interface SessionHandlers {
  onMessage(message: unknown): void | Promise<void>
  onExit(exit: ChildExit): void
}

/** One session. */
export class StdioSession {
  readonly #child: Child
  readonly #channel: Channel
  readonly #onGone: (exit: ChildExit) => void
  /** Requests of the server that the client has not answered yet. */
  readonly #asked = new Set<RequestId>()
  readonly #streams = new Set<MessageQueue>()
  #listener: MessageQueue | undefined
  #backlog: ServerCall[] = []

  constructor(
    start: (handlers: SessionHandlers) => Child,
    { timers, limits }: Pick<UpstreamContext, 'timers' | 'limits'>,
    onGone: (exit: ChildExit) => void,
  ) {
    this.#onGone = onGone
    this.#channel = new Channel({
      send: (message) => this.#child.send(message),
      next: counter(),
      isShared: false,
      onUnaddressed: (call) => this.#deliver(call),
      timers,
      silenceMs: limits.silenceMs,
    })
    this.#child = start({
      onMessage: (message) => this.#channel.receive(message),
      onExit: (exit) => this.#gone(exit),
    })
  }

  async exchange(message: JsonRpcMessage, signal: AbortSignal): Promise<Reply> {
    if (isRequest(message)) {
      return await this.#ask(message, signal)
    }
    if (isNotification(message) && message.method === 'notifications/cancelled') {
      this.#channel.cancel(ASKER, message.params?.requestId)
      return { kind: 'accepted' }
    }
    // An answer to what was not asked, or was answered already, changes nothing.
    if (isResponse(message) && (message.id === undefined || !this.#asked.delete(message.id))) {
      return { kind: 'accepted' }
    }
    await this.#channel.send(message)
    return { kind: 'accepted' }
  }

  /**
   * Opens the stream of a GET.
   *
   * @throws {RpcError} 409 if there is one already.
   */
  listen(signal: AbortSignal): AsyncIterable<StreamEvent> {
    if (this.#listener !== undefined) {
      throw refusal(409, 'This session has such a stream already. Close it first.')
    }
    const queue = new MessageQueue({
      overflow: 'wait',
      onEnd: () => {
        if (this.#listener === queue) this.#listener = undefined
      },
    })
    this.#listener = queue
    signal.addEventListener('abort', () => queue.end(), { once: true })
    for (const call of this.#backlog.splice(0)) void queue.push(call)
    return queue
  }

  async close(): Promise<void> {
    this.#listener?.end()
    await this.#child.close()
  }

  #ask(request: Parameters<Channel['request']>[0], signal: AbortSignal): Promise<Reply> {
    let own: MessageQueue | undefined
    return askedReply({
      request,
      overflow: 'wait',
      run: (onRelated) => this.#channel.request(request, { asker: ASKER, signal, onRelated }),
      onQueue: (queue) => {
        if (own !== undefined) this.#streams.delete(own)
        own = queue
        // During the handshake the client expects nothing but its answer.
        if (queue !== undefined && request.method !== 'initialize') this.#streams.add(queue)
      },
    })
  }

  #deliver(call: ServerCall): void | Promise<void> {
    if (isRequest(call)) this.#asked.add(call.id)
    const stream = this.#listener ?? [...this.#streams].at(-1)
    if (stream !== undefined) return stream.push(call)
    this.#backlog.push(call)
    if (this.#backlog.length > MAX_BACKLOG) this.#backlog.shift()
  }

  #gone(exit: ChildExit): void {
    this.#channel.fail(exit.error)
    this.#listener?.end()
    this.#onGone(exit)
  }
}
