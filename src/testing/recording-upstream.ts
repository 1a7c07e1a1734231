/**
 * A Streamable HTTP server that records what it received, for tests of what stands in front of it.
 *
 * It answers as `respond` says; with {@link legacyServer} and {@link modernServer} it is a small but
 * whole MCP server of one era, each of whose answers names the request it belongs to.
 *
 * @module
 */

import {
  isRequest,
  type JsonObject,
  type JsonRpcMessage,
  type JsonRpcRequest,
  parseMessage,
} from '../protocol/json-rpc.ts'

/** One request, as it arrived. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  /** The body's own bytes as text; empty if there was none. */
  readonly text: string
  readonly message: JsonRpcMessage | undefined
  /** Aborts when whoever sent it has gone. */
  readonly signal: AbortSignal
}

/** An upstream, and what it has seen. */
export interface RecordingUpstream {
  readonly received: readonly Received[]
  fetch(request: Request): Promise<Response>
}

/** Makes an upstream that answers as told. */
export function recordingUpstream(
  respond: (received: Received) => Response | Promise<Response>,
): RecordingUpstream {
  const all: Received[] = []
  return {
    received: all,
    async fetch(request) {
      const text = await request.text()
      const received: Received = {
        method: request.method,
        url: request.url,
        headers: new Headers(request.headers),
        text,
        message: text === '' ? undefined : parseMessage(JSON.parse(text)),
        signal: request.signal,
      }
      all.push(received)
      return await respond(received)
    },
  }
}

/** Tools that the small servers have. */
const tools = ['read', 'write', 'secret'].map((name) => ({
  name,
  inputSchema: {
    type: 'object',
    properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
  },
}))

const serverInfo = { name: 'recording', version: '1' }

function resultOf({ method, params }: JsonRpcRequest): JsonObject {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params?.protocolVersion ?? '2025-11-25',
        capabilities: { tools: {} },
        serverInfo,
      }
    case 'server/discover':
      return { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, ttlMs: 0 }
    case 'tools/list':
      return { tools, ttlMs: 60_000, cacheScope: 'public' }
    case 'tools/call':
      return { content: [{ type: 'text', text: JSON.stringify(params?.arguments ?? null) }] }
    default:
      return {}
  }
}

/** A server with sessions: `session-1`, `session-2` … */
export function legacyServer(): (received: Received) => Response {
  let sessions = 0
  return ({ method, message, headers }) => {
    if (method === 'DELETE') return new Response(null, { status: 204 })
    if (method === 'GET') return new Response(null, { status: 405 })
    if (message === undefined || !isRequest(message)) return new Response(null, { status: 202 })
    if (message.method === 'server/discover' || !isKnown(message, headers)) {
      const error = { code: -32000, message: 'Bad Request: Server not initialized' }
      return Response.json({ jsonrpc: '2.0', id: null, error }, { status: 400 })
    }
    const answer = { jsonrpc: '2.0', id: message.id, result: resultOf(message) }
    const opened = message.method === 'initialize'
    if (opened) sessions++
    return Response.json(answer, {
      headers: opened ? { 'mcp-session-id': `session-${sessions}` } : {},
    })
  }
}

const isKnown = ({ method }: JsonRpcRequest, headers: Headers) =>
  method === 'initialize' || headers.has('mcp-session-id')

/** A server in which each request stands alone. */
export function modernServer(): (received: Received) => Response {
  return ({ method, message }) => {
    if (method !== 'POST') return new Response(null, { status: 405 })
    if (message === undefined || !isRequest(message)) return new Response(null, { status: 202 })
    const result = { resultType: 'complete', ...resultOf(message) }
    return Response.json({ jsonrpc: '2.0', id: message.id, result })
  }
}
