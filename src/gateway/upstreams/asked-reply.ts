/**
 * The answer to a request over a channel: plain if it comes first, a stream if something related
 * comes before it.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#receiving-messages | Receiving messages}
 * @module
 */

import { WarderError } from '../../errors.ts'
import {
  type JsonRpcRequest,
  type JsonRpcResponse,
  type RequestId,
  RpcError,
  rpcCodes,
} from '../../protocol/json-rpc.ts'
import { refusal } from '../refusal.ts'
import { isCancelled, type ServerCall } from './channel.ts'
import { MessageQueue, type Overflow } from './message-queue.ts'
import type { Reply } from './upstream.ts'

/** A request that is being asked. */
export interface Ask {
  readonly request: JsonRpcRequest
  readonly overflow: Overflow
  /** Asks it; what comes before the answer goes to `onRelated`. */
  run(onRelated: (call: ServerCall) => void | Promise<void>): Promise<JsonRpcResponse>
  /** The stream of the request, while it can take messages. */
  onQueue?(queue: MessageQueue | undefined): void
}

/**
 * Waits for the first thing that comes.
 *
 * @throws {RpcError} if there is no answer, and nothing came before that.
 */
export async function askedReply({ request, overflow, run, onQueue }: Ask): Promise<Reply> {
  let onFirst = () => {}
  const somethingCame = new Promise<'related'>((resolve) => {
    onFirst = () => resolve('related')
  })
  const queue = new MessageQueue({ overflow, onFirst })
  onQueue?.(queue)
  const answer = run((call) => queue.push(call))
    .catch(asRpcError)
    .finally(() => onQueue?.(undefined))
  const first = await Promise.race([answer, somethingCame])
  if (first === 'related') {
    void answer.then((last) => {
      if (!isCancelled(last)) void queue.push(asMessage(last, request.id))
      queue.end()
    })
    return { kind: 'stream', events: queue }
  }
  if (isCancelled(first)) return { kind: 'stream', events: nothing() }
  if (first instanceof RpcError) throw first
  return { kind: 'message', status: 200, message: first }
}

const asMessage = (answer: JsonRpcResponse | RpcError, id: RequestId): JsonRpcResponse =>
  answer instanceof RpcError ? answer.toMessage(id) : answer

/** A failure of the channel as the caller is told it. */
export function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error
  if (!(error instanceof WarderError)) {
    const detail = String(error)
    return new RpcError(rpcCodes.internalError, 'The gateway failed.', {
      status: 500,
      cause: error,
      detail,
    })
  }
  const detail = error.detail ?? error.code
  const isSoon = error.code === 'child_restarting' || error.code === 'child_blocked'
  return isSoon
    ? refusal(503, error.message, { detail, cause: error, headers: { 'retry-after': '1' } })
    : refusal(502, error.message, { detail, cause: error })
}

async function* nothing(): AsyncGenerator<never> {}
