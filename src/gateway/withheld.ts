/**
 * What a server says and its caller is not to hear: the operator is told, and a request among it is
 * answered in the caller's stead, because the server waits for that.
 *
 * @module
 */

import type { Principal } from '../guard/index.ts'
import { isRequest, type JsonRpcMessage, RpcError, rpcCodes } from '../protocol/json-rpc.ts'
import { isModern } from '../protocol/mcp.ts'
import type { Exchange, Upstream } from './upstreams/upstream.ts'
import type { Visit } from './visit.ts'

/** Told of each message that is withheld, and of why. */
export type OnWithheld = (message: JsonRpcMessage, why: RpcError) => void

/** Where the server waits for an answer. */
export interface WithheldParts {
  readonly principal: Principal
  readonly upstream: Upstream
  /** How the caller's own answer would have gone. */
  readonly way: Pick<Exchange, 'caller' | 'revision' | 'namedRevision' | 'session'>
}

/** What is done with what is withheld during a visit. */
export function withholding(visit: Visit, parts: WithheldParts): OnWithheld {
  const { principal, upstream, way } = parts
  return (message, why) => {
    const reason = why.detail ?? why.message
    visit.reportWithheld(principal, reason)
    // The modern era has no requests of servers, and so no answers to them.
    if (!isRequest(message) || isModern(way.revision)) return
    const answer = new RpcError(rpcCodes.invalidParams, reason).toMessage(message.id)
    // Not the visit's: the caller may be gone before the server is told.
    const { signal } = new AbortController()
    upstream
      .exchange({ ...way, message: answer, paramHeaders: {}, signal })
      .catch((error: unknown) => void visit.fail(error))
  }
}
