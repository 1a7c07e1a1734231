/**
 * Ids of our own for requests on their way to a server.
 *
 * Every caller numbers from zero. A server that ties answers to requests by id alone, across
 * connections, would hand one caller another's answer; with ids of our own it cannot, and an answer
 * that nobody asked for is seen to be one.
 *
 * @module
 */

import {
  isObject,
  isResponse,
  type JsonRpcMessage,
  type RequestId,
} from '../../protocol/json-rpc.ts'
import { metaKeys, metaOf } from '../../protocol/mcp.ts'

/** How many unanswered requests are remembered; clients that go away never get theirs. */
const MAX_PENDING = 1_000

/** Counts the requests to one server. */
export type Counter = () => number

/** A counter that starts at 1. */
export function counter(): Counter {
  let last = 0
  return () => ++last
}

/** The requests of one caller's session, or of one exchange, that are not answered yet. */
export class PendingIds {
  readonly #next: Counter
  readonly #originals = new Map<RequestId, RequestId>()

  constructor(next: Counter) {
    this.#next = next
  }

  /** The id under which a request goes out. */
  begin(original: RequestId): number {
    const outgoing = this.#next()
    this.#originals.set(outgoing, original)
    if (this.#originals.size > MAX_PENDING) {
      for (const oldest of this.#originals.keys()) {
        this.#originals.delete(oldest)
        break
      }
    }
    return outgoing
  }

  /** The id under which the caller's request went out, if it is not answered yet. */
  findOutgoing(original: RequestId): RequestId | undefined {
    let found: RequestId | undefined
    for (const [outgoing, id] of this.#originals) if (id === original) found = outgoing
    return found
  }

  forget(outgoing: RequestId): void {
    this.#originals.delete(outgoing)
  }

  /** A message from the server in the caller's own ids; nothing if it answers what nobody asked. */
  restore(message: JsonRpcMessage): JsonRpcMessage | undefined {
    if (isResponse(message)) {
      if (message.id === undefined) return undefined
      const original = this.#originals.get(message.id)
      if (original === undefined) return undefined
      this.#originals.delete(message.id)
      return withSubscription({ ...message, id: original }, original)
    }
    const subscription = metaOf(message.params)[metaKeys.subscriptionId]
    const original =
      typeof subscription === 'number' || typeof subscription === 'string'
        ? this.#originals.get(subscription)
        : undefined
    if (original === undefined) return message
    const meta = { ...metaOf(message.params), [metaKeys.subscriptionId]: original }
    return { ...message, params: { ...message.params, _meta: meta } }
  }
}

/** The result that ends a subscription names it by the id of its request. */
function withSubscription<M extends JsonRpcMessage>(message: M, original: RequestId): M {
  if (!('result' in message)) return message
  const meta = message.result._meta
  if (!isObject(meta) || !(metaKeys.subscriptionId in meta)) return message
  const _meta = { ...meta, [metaKeys.subscriptionId]: original }
  return { ...message, result: { ...message.result, _meta } }
}
