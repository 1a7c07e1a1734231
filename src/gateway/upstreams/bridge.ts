/**
 * Modern callers of a legacy server: what is said differently in the two eras, and nothing else.
 *
 * The gateway shakes hands with the server on its own behalf and declares no client capabilities,
 * so the server does not try to ask the caller for anything. What a stateless caller could not be
 * given is not offered: subscriptions, log levels, tasks, and notifications of changed lists.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#backward-compatibility-with-initialization-based-versions | MCP versioning}
 * @module
 */

import {
  isObject,
  type JsonObject,
  type JsonRpcRequest,
  type JsonRpcResponse,
  rpcCodes,
} from '../../protocol/json-rpc.ts'
import { metaKeys, metaOf, revisions } from '../../protocol/mcp.ts'

/** Methods that mean the same to every caller of a process and change nothing for the others. */
const independentMethods = new Set([
  'ping',
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'prompts/list',
  'prompts/get',
  'completion/complete',
])

/** Whether a method may be used by several callers of one handshake. */
export const isIndependent = (method: string) => independentMethods.has(method)

/** Results that must say how long they may be kept. */
const cacheableMethods = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'server/discover',
])

const offeredCapabilities = ['tools', 'resources', 'prompts', 'completions']

/** The capabilities that hold for each caller of one handshake, without what needs a session. */
export function independentCapabilities(capabilities: unknown): JsonObject {
  if (!isObject(capabilities)) return {}
  const offered = offeredCapabilities.filter((name) => isObject(capabilities[name]))
  return Object.fromEntries(offered.map((name) => [name, {}]))
}

/** The answer to `server/discover`, out of what the server said to `initialize`. */
export function discoverResult(initialized: JsonObject): JsonObject {
  const { capabilities, serverInfo, instructions } = initialized
  return {
    resultType: 'complete',
    supportedVersions: revisions,
    capabilities: independentCapabilities(capabilities),
    ...(typeof instructions === 'string' ? { instructions } : {}),
    ttlMs: 0,
    cacheScope: 'private',
    ...(isObject(serverInfo) ? { _meta: { [metaKeys.serverInfo]: serverInfo } } : {}),
  }
}

/** A modern request as the legacy server knows it. */
export function legacyRequest(request: JsonRpcRequest): JsonRpcRequest {
  const own: readonly string[] = Object.values(metaKeys)
  const meta = Object.fromEntries(
    Object.entries(metaOf(request.params)).filter(([key]) => !own.includes(key)),
  )
  // Tasks outlive their request, and would be anybody's on a server that knows one client only.
  const { _meta, task: _task, ...rest } = request.params ?? {}
  const params = Object.keys(meta).length === 0 ? rest : { ...rest, _meta: meta }
  return { ...request, params }
}

/** A legacy answer as the modern caller expects it. */
export function modernResponse(method: string, response: JsonRpcResponse): JsonRpcResponse {
  if (!('result' in response)) return modernFailure(response)
  const result = {
    ...response.result,
    resultType: 'complete',
    ...(cacheableMethods.has(method) ? { ttlMs: 0, cacheScope: 'private' } : {}),
  }
  return { ...response, result: withoutTaskSupport(result) }
}

/** -32002 was "resource not found" and must not be sent any more. */
function modernFailure(response: JsonRpcResponse): JsonRpcResponse {
  if (!('error' in response) || response.error.code !== -32002) return response
  return { ...response, error: { ...response.error, code: rpcCodes.invalidParams } }
}

/** `execution` says whether a tool can run as a task, which the modern era knows nothing of. */
function withoutTaskSupport(result: JsonObject): JsonObject {
  if (!Array.isArray(result.tools)) return result
  const tools = result.tools.map((tool: unknown) => {
    if (!isObject(tool)) return tool
    const { execution: _execution, ...rest } = tool
    return rest
  })
  return { ...result, tools }
}
