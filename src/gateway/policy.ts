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
import type { Reach } from './reach.ts'

/** By tool name: the scopes a call needs, all of them, or `false` for never. `*` is any other tool. */
export type ToolPolicy = Readonly<Record<string, readonly string[] | false>>

/** What becomes of a tool whose definition changes. */
export type ToolChanges = 'block' | 'report' | 'allow'

/** What the policy says of a message. */
export type Decision =
  | { readonly allowed: true; readonly scopes: readonly string[]; readonly tool?: string }
  | { readonly allowed: false; readonly tool: string }

/** The policy of a server that configures none: one scope for all of its tools. */
export const defaultToolPolicy: ToolPolicy = { '*': ['mcp:tools'] }

/** As the most tolerant server would read a name: any case, no matter what is invisible. */
export const folded = (name: string): string =>
  name
    .normalize('NFKC')
    .replaceAll(/[\p{C}\p{Z}]/gu, '')
    .toLowerCase()

/**
 * The rule for a tool: its own, else that of `*`, else never. What merely resembles a tool with a
 * rule of its own does not get that of `*`: the server may take the one for the other.
 */
const ruleFor = (policy: ToolPolicy, tool: string): readonly string[] | false => {
  if (tool !== '*' && Object.hasOwn(policy, tool)) return policy[tool] ?? false
  const name = folded(tool)
  if (Object.keys(policy).some((named) => named !== '*' && folded(named) === name)) return false
  return Object.hasOwn(policy, '*') ? (policy['*'] ?? false) : false
}

/** What everything but a tool call needs: the scopes of `*`, if there are any. */
export const baselineScopes = (policy: ToolPolicy): readonly string[] => {
  const baseline = Object.hasOwn(policy, '*') ? policy['*'] : undefined
  return Array.isArray(baseline) ? baseline : []
}

/** Decides on a message. A tool that is out of the caller's reach does not exist for them. */
export function decide(policy: ToolPolicy, message: JsonRpcMessage, reach: Reach): Decision {
  const baseline = { allowed: true, scopes: baselineScopes(policy) } as const
  if (!('method' in message) || message.method !== 'tools/call') return baseline
  const tool = message.params?.name
  if (typeof tool !== 'string') return { allowed: false, tool: '' }
  const scopes = ruleFor(policy, tool)
  if (scopes === false || !reach(scopes)) return { allowed: false, tool }
  return { allowed: true, scopes, tool }
}

/**
 * The tools of a `tools/list` result that a caller may use, or could step up to. Results of another
 * shape are passed on as they are: there is no tool in them.
 */
export function listedTools(policy: ToolPolicy, result: JsonObject, reach: Reach): JsonObject {
  if (!Array.isArray(result.tools)) return result
  const tools = result.tools.filter((tool: unknown) => {
    if (!isObject(tool) || typeof tool.name !== 'string') return false
    const scopes = ruleFor(policy, tool.name)
    return scopes !== false && reach(scopes)
  })
  return { ...result, tools }
}
