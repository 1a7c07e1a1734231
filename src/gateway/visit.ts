/**
 * One request to a mount: what is known of it so far, and what is reported of it.
 *
 * @module
 */

import type { Decision } from '../decisions.ts'
import { WarderError } from '../errors.ts'
import { type EventFields, type EventMaker, eventMaker } from '../events.ts'
import type { Principal } from '../guard/index.ts'
import { newCorrelationId } from '../platform.ts'
import { type JsonRpcMessage, type RequestId, RpcError } from '../protocol/json-rpc.ts'
import { StoreUnavailable } from '../store/errors.ts'
import { failureAnswer, refusalAnswer, unavailableAnswer } from './answer.ts'
import type { GatewayContext, MountOptions } from './options.ts'

/** Where a request comes from, as far as the listener knows. */
export interface Connection {
  readonly remoteAddress?: string
}

/** How long a tool's name may be in an event: callers choose it. */
const MAX_TOOL_CHARS = 200

/** A request at hand. */
export class Visit {
  readonly request: Request
  readonly connection: Connection
  /** Who calls, once that is known. */
  principal: Principal | undefined
  /** The id of its JSON-RPC request, once that is read. */
  id: RequestId | undefined
  readonly #context: GatewayContext
  readonly #fields: EventFields
  readonly #gone = new AbortController()
  #make: EventMaker

  constructor(
    request: Request,
    { name, resource }: Pick<MountOptions, 'name' | 'resource'>,
    { context, remoteAddress }: Connection & { readonly context: GatewayContext },
  ) {
    this.request = request
    this.connection = remoteAddress === undefined ? {} : { remoteAddress }
    this.#context = context
    const source = remoteAddress === undefined ? {} : { source: remoteAddress }
    this.#fields = { server: name, resource, ...source }
    this.#make = eventMaker(context.platform, newCorrelationId(context.platform))
    if (request.signal.aborted) this.leave()
    else request.signal.addEventListener('abort', this.leave)
  }

  /** Aborts when the caller is gone. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** The visit is over: the caller has the answer, is gone, or has to go. */
  readonly leave = (): void => {
    // The platform keeps a request for as long as somebody listens to its signal.
    this.request.signal.removeEventListener('abort', this.leave)
    this.#gone.abort()
  }

  /** From now on events belong to the authorization that the caller came with. */
  belongsTo(principal: Principal): void {
    this.principal = principal
    this.#make = eventMaker(this.#context.platform, principal.correlationId)
  }

  /** Records a tool call, or its refusal. Never its arguments. */
  report(
    type: 'tool.called' | 'tool.refused',
    { subject, clientId }: Principal,
    message: JsonRpcMessage,
    why: Pick<EventFields, 'reason' | 'scope' | 'error'> & Partial<Decision> = {},
  ): void {
    const tool = 'method' in message ? message.params?.name : undefined
    const named = typeof tool === 'string' ? { tool: tool.slice(0, MAX_TOOL_CHARS) } : {}
    const fields = { ...this.#fields, subject, clientId, method: 'tools/call', ...named, ...why }
    this.#context.onEvent(this.#make(type, fields))
  }

  /** Records that something a server said was kept from its caller. */
  reportWithheld({ subject, clientId }: Principal, reason: string): void {
    const fields = { ...this.#fields, subject, clientId, reason }
    this.#context.onEvent(this.#make('elicitation.refused', fields))
  }

  /** The answer to what went wrong. The operator hears of it when it is not the caller's doing. */
  fail(error: unknown): Response {
    if (error instanceof RpcError && error.status !== 500) {
      const reason = error.detail ?? error.message
      // Whatever breaks because the caller left is nobody's failure.
      if (error.status > 500 && !this.request.signal.aborted) {
        this.#context.onEvent(this.#make('upstream.failed', { ...this.#fields, reason }))
      }
      return refusalAnswer(error, this.id)
    }
    const event = this.#make('request.failed', { ...this.#fields, reason: describe(error) })
    this.#context.onEvent(event)
    const answer = error instanceof StoreUnavailable ? unavailableAnswer : failureAnswer
    return answer(event.correlationId, this.id)
  }
}

const describe = (error: unknown): string => {
  // What is thrown on purpose says itself what is wrong.
  if (error instanceof WarderError) return error.detail ?? error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
