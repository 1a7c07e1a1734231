/**
 * Tools that a client is not to see: they are taken out of lists, and calls of them are refused.
 *
 * @module
 */

import {
  isObject,
  isRequest,
  type JsonRpcMessage,
  RpcError,
  rpcCodes,
} from '../protocol/json-rpc.ts'
import type { Carried } from './message.ts'

/** Which tools there are for the client. */
export interface ToolFilter {
  /** @throws {RpcError} for a call of a tool that it is not to see. */
  check(message: JsonRpcMessage): void
  /** The answer to `tools/list` without them. */
  filtered(carried: Carried): Carried
}

/** Makes a filter of patterns in which `*` stands for anything. */
export function toolFilter(patterns: readonly string[]): ToolFilter {
  const matchers = patterns.map(matcher)
  const isIgnored = (name: unknown) =>
    typeof name === 'string' && matchers.some((matches) => matches(name))
  return {
    check(message) {
      if (!isRequest(message) || message.method !== 'tools/call') return
      const name = message.params?.name
      if (!isIgnored(name)) return
      throw new RpcError(rpcCodes.invalidParams, `Unknown tool: ${String(name)}`)
    },
    filtered(carried) {
      const { message } = carried
      if (matchers.length === 0 || !('result' in message)) return carried
      const { tools } = message.result
      if (!Array.isArray(tools)) return carried
      const kept = tools.filter((tool) => !(isObject(tool) && isIgnored(tool.name)))
      if (kept.length === tools.length) return carried
      const shorter = { ...message, result: { ...message.result, tools: kept } }
      return { text: JSON.stringify(shorter), message: shorter }
    },
  }
}

/** Whether a name fits a pattern, in time linear in both: each part is looked for once, in order. */
function matcher(pattern: string): (name: string) => boolean {
  const [head = '', ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return (name) => name === pattern
  return (name) => {
    if (name.length < head.length + tail.length) return false
    if (!name.startsWith(head) || !name.endsWith(tail)) return false
    const end = name.length - tail.length
    let from = head.length
    for (const part of rest) {
      const at = name.indexOf(part, from)
      if (at === -1 || at + part.length > end) return false
      from = at + part.length
    }
    return true
  }
}
