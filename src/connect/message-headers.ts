/**
 * The headers that HTTP needs beside a message, made from the message and the session.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http | Streamable HTTP}
 * @module
 */

import { isObject, isRequest, isResponse, type JsonRpcMessage } from '../protocol/json-rpc.ts'
import { headerValue, nameOf } from '../protocol/mcp.ts'
import {
  isPrimitive,
  type Mirrored,
  mirroredArguments,
  PARAM_PREFIX,
  valueAt,
} from '../protocol/mirrored-arguments.ts'
import { type Carried, modernRevisionOf } from './message.ts'

/** What a session of the legacy era adds. */
export interface LegacyState {
  readonly id?: string | undefined
  readonly revision?: string | undefined
}

/** More tools than any server has. */
const MOST_TOOLS = 10_000

/** The headers of one server's messages. */
export class MessageHeaders {
  readonly #tools = new Map<string, Mirrored>()

  /** Remembers which arguments a server wants mirrored, from what it answers to `tools/list`. */
  learn(message: JsonRpcMessage): void {
    const tools = 'result' in message ? message.result.tools : undefined
    if (!Array.isArray(tools)) return
    for (const tool of tools) {
      if (!isObject(tool) || typeof tool.name !== 'string') continue
      const mirrored = mirroredArguments(tool.inputSchema)
      if (mirrored.size === 0) this.#tools.delete(tool.name)
      else if (this.#tools.size < MOST_TOOLS) this.#tools.set(tool.name, mirrored)
    }
  }

  /** The headers of a message that is sent by POST. */
  of({ message }: Carried, session: LegacyState): Readonly<Record<string, string>> {
    const revision = modernRevisionOf(message)
    return {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(revision === undefined ? sessionHeaders(session) : this.#modern(message, revision)),
    }
  }

  #modern(message: JsonRpcMessage, revision: string): Readonly<Record<string, string>> {
    if (isResponse(message)) return {}
    const name = nameOf(message)
    return {
      'mcp-protocol-version': headerValue(revision),
      'mcp-method': headerValue(message.method),
      ...(name === undefined ? {} : { 'mcp-name': headerValue(name) }),
      ...this.#mirrored(message),
    }
  }

  #mirrored(message: JsonRpcMessage): Readonly<Record<string, string>> {
    if (!isRequest(message) || message.method !== 'tools/call') return {}
    const { name, arguments: given } = message.params ?? {}
    const headers: Record<string, string> = {}
    for (const [header, path] of this.#tools.get(String(name)) ?? []) {
      const value = valueAt(given, path)
      if (isPrimitive(value)) headers[PARAM_PREFIX + header] = headerValue(String(value))
    }
    return headers
  }
}

/** What every request of a legacy session carries. */
export const sessionHeaders = ({
  id,
  revision,
}: LegacyState): Readonly<Record<string, string>> => ({
  ...(id === undefined ? {} : { 'mcp-session-id': id }),
  ...(revision === undefined ? {} : { 'mcp-protocol-version': revision }),
})
