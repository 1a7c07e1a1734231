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

/** Names that can stand in a command as they are. */
const PLAIN_NAME = /^[A-Za-z0-9_][\w./-]*$/

/**
 * The refusal of a tool that is not what was approved. It says which commands mend that; what the
 * server made up is not in them, because somebody will paste them into a shell.
 */
export function changedTool(tool: string, server: string): RpcError {
  const named = PLAIN_NAME.test(tool)
  const commands = named
    ? `“warder tool diff ${server} ${tool}” and “warder tool approve ${server} ${tool}”`
    : `“warder tool list ${server}”`
  return new RpcError(
    403,
    `The server changed this tool after it was approved. The operator can look at the change and approve it with ${commands}.`,
    {
      // An answer to the call, not a challenge to whoever calls.
      status: 200,
      data: { error: 'tool_changed', server, tool },
      detail: 'changed after it was approved',
    },
  )
}
