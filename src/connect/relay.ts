/**
 * Between a client that knows only stdio and a server that is somewhere else: what the one writes is
 * carried to the other as it is, in order, and every request is answered.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio | MCP stdio transport}
 * @module
 */

import { isRequest, isResponse, type RequestId, RpcError, rpcCodes } from '../protocol/json-rpc.ts'
import type { Piece } from '../protocol/line-framing.ts'
import { lineOf } from '../protocol/message-framing.ts'
import {
  type Carried,
  type CarriedRequest,
  cancelledId,
  isOpening,
  modernRevisionOf,
  readLine,
} from './message.ts'
import { failureOf } from './refused.ts'
import type { RelayLimits, Remote } from './remote.ts'
import type { ToolFilter } from './tool-filter.ts'

/** What a relay stands between, and how it tells of itself. */
export interface RelayOptions {
  /** Makes the way to the server, whose messages go to `deliver`. */
  readonly remote: (deliver: (carried: Carried) => Promise<void>) => Remote
  /** Writes a line for the client; resolves when more can be written. */
  readonly write: (line: string) => Promise<void> | void
  readonly limits: RelayLimits
  readonly tools: ToolFilter
  /** The server's name in what the client is told. */
  readonly host: string
  readonly tell: (text: string) => void
}

/** A request of the client's that has no answer yet. */
interface Pending {
  readonly method: string
  readonly isModern: boolean
  readonly passage: AbortController
  isCancelled: boolean
}

/** Whose answer may be as long in coming as the program runs. */
const LASTING = 'subscriptions/listen'

/** Carries messages until it is closed. */
export class Relay {
  readonly #options: RelayOptions
  readonly #remote: Remote
  readonly #pending = new Map<RequestId, Pending>()
  readonly #closed = new AbortController()
  /** Resolves when the next message may be sent. */
  #turn: Promise<unknown> = Promise.resolve()
  #onAnswer = () => {}

  constructor(options: RelayOptions) {
    this.#options = options
    this.#remote = options.remote((carried) => this.#deliver(carried))
  }

  /** Takes a line of the client's. */
  take(piece: Piece): void {
    try {
      const carried = readLine(piece)
      if (carried !== undefined) this.#begin(carried)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      this.#refuse(error)
    }
  }

  /** The machine slept, or its network is another. */
  wake(): void {
    this.#remote.wake()
  }

  /** Resolves when every request has its answer, except for those that wait for whatever may happen. */
  async finished(): Promise<void> {
    for (;;) {
      await this.#turn
      const isIdle = ({ method, isCancelled }: Pending) => method === LASTING || isCancelled
      if ([...this.#pending.values()].every(isIdle)) return
      await new Promise<void>((resolve) => {
        this.#onAnswer = resolve
      })
    }
  }

  /** Ends what is under way, and says goodbye to the server. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('closed'))
    for (const { passage } of this.#pending.values()) passage.abort(new Error('closed'))
    await this.#remote.close()
  }

  #begin(carried: Carried): void {
    const { message } = carried
    const cancelled = cancelledId(message)
    if (cancelled !== undefined && this.#cancel(cancelled)) return
    if (isRequest(message)) this.#beginRequest({ ...carried, message })
    else this.#follow(carried)
  }

  #beginRequest(carried: CarriedRequest): void {
    const { message } = carried
    const { id, method } = message
    try {
      this.#options.tools.check(message)
      this.#checkRoom(id)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      this.#refuse(error, id)
      return
    }
    const isModern = modernRevisionOf(message) !== undefined
    const passage = new AbortController()
    this.#pending.set(id, { method, isModern, passage, isCancelled: false })
    this.#follow(carried, { id, signal: passage.signal })
  }

  /** @throws {RpcError} if the id is taken, or too many requests are. */
  #checkRoom(id: RequestId): void {
    if (this.#pending.has(id)) {
      throw new RpcError(rpcCodes.invalidRequest, 'A request with this id is under way already.')
    }
    if (this.#pending.size < this.#options.limits.requests) return
    throw new RpcError(429, 'Too many requests are under way. Wait for answers first.')
  }

  /** Sends a message when its turn has come, and lets the next one have its own. */
  #follow(
    carried: Carried,
    asked?: { readonly id: RequestId; readonly signal: AbortSignal },
  ): void {
    const turn = this.#turn
    // What opens a session must be over before anything else is sent in it.
    const holds = isOpening(carried) || isInitialized(carried)
    this.#turn = new Promise((next) => {
      const onSent = holds ? () => {} : () => next(undefined)
      turn.then(() => this.#send(carried, onSent, asked)).finally(() => next(undefined))
    })
  }

  async #send(
    carried: Carried,
    onSent: () => void,
    asked: { readonly id: RequestId; readonly signal: AbortSignal } | undefined,
  ): Promise<void> {
    const signal = asked?.signal ?? this.#closed.signal
    if (signal.aborted) return
    try {
      await this.#remote.send(carried, { signal, onSent })
    } catch (error) {
      await this.#failed(error, asked?.id)
    }
    // The server has heard that it may stop. Not every server then ends the exchange.
    const cancelled = cancelledId(carried.message)
    if (cancelled !== undefined) this.#end(cancelled)
  }

  async #failed(error: unknown, id: RequestId | undefined): Promise<void> {
    const pending = id === undefined ? undefined : this.#pending.get(id)
    const isOver = id !== undefined && pending === undefined
    if (this.#closed.signal.aborted || isOver) return
    this.#options.tell(reasonOf(error))
    if (id === undefined) return
    this.#forget(id)
    if (pending?.isCancelled !== true) await this.#write(failureOf(error, id, this.#options.host))
  }

  /** @returns Whether that was all there is to do: in the modern era, to end its stream is to cancel. */
  #cancel(id: RequestId): boolean {
    const pending = this.#pending.get(id)
    if (pending === undefined) return false
    pending.isCancelled = true
    if (pending.isModern) this.#end(id)
    return pending.isModern
  }

  #end(id: RequestId): void {
    const pending = this.#pending.get(id)
    this.#forget(id)
    pending?.passage.abort(new Error('cancelled'))
  }

  /** Hands a message of the server's on, once: an answer that nobody waits for is none. */
  async #deliver(carried: Carried): Promise<void> {
    const { message } = carried
    if (!isResponse(message)) return this.#write(carried)
    const pending = message.id === undefined ? undefined : this.#pending.get(message.id)
    if (message.id === undefined || pending === undefined) {
      return this.#options.tell('The server answered what nobody asks.')
    }
    this.#forget(message.id)
    if (pending.isCancelled) return
    const isList = pending.method === 'tools/list'
    await this.#write(isList ? this.#options.tools.filtered(carried) : carried)
  }

  #forget(id: RequestId): void {
    this.#pending.delete(id)
    this.#onAnswer()
  }

  #refuse(error: RpcError, id?: RequestId): void {
    void this.#options.write(lineOf(JSON.stringify(error.toMessage(id))))
  }

  async #write({ text }: Carried): Promise<void> {
    await this.#options.write(lineOf(text))
  }
}

const isInitialized = ({ message }: Carried): boolean =>
  'method' in message && message.method === 'notifications/initialized'

/** For the log: what failed, and what is known of why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const detail = 'detail' in error && typeof error.detail === 'string' ? ` (${error.detail})` : ''
  return `${error.message}${detail}`
}
