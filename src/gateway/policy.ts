/**
 * Which scopes a message needs, and which tools exist for callers at all.
 *
 * The message itself decides, never a header. A tool that the policy does not name, in a policy
 * without `*`, is never allowed: a tool that a server gains tomorrow must not be open today.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#runtime-insufficient-scope-errors | MCP runtime insufficient scope}
 * @module
 */

import type { JsonObject, JsonRpcMessage } from '../protocol/json-rpc.ts'
import { isObject } from '../protocol/json-rpc.ts'

/** By tool name: the scopes a call needs, all of them, or `false` for never. `*` is any other tool. */
export type ToolPolicy = Readonly<Record<string, readonly string[] | false>>

/** What the policy says of a message. */
export type Decision =
  | { readonly allowed: true; readonly scopes: readonly string[]; readonly tool?: string }
  | { readonly allowed: false; readonly tool: string }

/** The policy of a server that configures none: one scope for all of its tools. */
export const defaultToolPolicy: ToolPolicy = { '*': ['mcp:tools'] }

/** The rule for a tool: its own, else that of `*`, else never. */
const ruleFor = (policy: ToolPolicy, tool: string): readonly string[] | false => {
  if (tool !== '*' && Object.hasOwn(policy, tool)) return policy[tool] ?? false
  return Object.hasOwn(policy, '*') ? (policy['*'] ?? false) : false
}

/** What everything but a tool call needs: the scopes of `*`, if there are any. */
export const baselineScopes = (policy: ToolPolicy): readonly string[] => {
  const baseline = Object.hasOwn(policy, '*') ? policy['*'] : undefined
  return Array.isArray(baseline) ? baseline : []
}

/** Decides on a message. A tool call without a name is left to the server to refuse. */
export function decide(policy: ToolPolicy, message: JsonRpcMessage): Decision {
  const baseline = { allowed: true, scopes: baselineScopes(policy) } as const
  if (!('method' in message) || message.method !== 'tools/call') return baseline
  const tool = message.params?.name
  if (typeof tool !== 'string') return { allowed: false, tool: '' }
  const scopes = ruleFor(policy, tool)
  return scopes === false ? { allowed: false, tool } : { allowed: true, scopes, tool }
}

/**
 * The tools of a `tools/list` result that a caller may use, or could step up to. Results of another
 * shape are passed on as they are: there is no tool in them.
 */
export function listedTools(policy: ToolPolicy, result: JsonObject): JsonObject {
  if (!Array.isArray(result.tools)) return result
  const tools = result.tools.filter(
    (tool: unknown) =>
      isObject(tool) && typeof tool.name === 'string' && ruleFor(policy, tool.name) !== false,
  )
  return { ...result, tools }
}
