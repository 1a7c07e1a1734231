/**
 * The gateway's own refusals, as JSON-RPC errors whose code is the HTTP status.
 *
 * MCP reserves -32768 to -32000 and asks implementations to stay outside of it.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes | MCP error codes}
 * @module
 */

import { RpcError, type RpcErrorContext, rpcCodes } from '../protocol/json-rpc.ts'

/** A refusal with an HTTP status. `message` says how to mend it; `detail` is for the operator. */
export const refusal = (
  status: number,
  message: string,
  context: Omit<RpcErrorContext, 'status'> = {},
): RpcError => new RpcError(status, message, { ...context, status })

/** What a server says of a tool it does not have. */
export const unknownTool = (name: string, detail: string): RpcError =>
  new RpcError(rpcCodes.invalidParams, `Unknown tool: ${name}`, { status: 200, detail })
