/**
 * An MCP server that has what the official conformance suite asks servers for, in both eras, to
 * stand behind the gateway.
 *
 * Names and texts are those of the suite's scenarios. Sessions of the legacy era are kept here,
 * because the SDK's handler serves that era without any.
 */

import { randomUUID } from 'node:crypto'
import { serve } from '@hono/node-server'
import {
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { conformanceServer } from './upstream-server.mjs'

/** Starts the server on a free port of this machine. */
export async function startUpstream() {
  const modern = createMcpHandler(() => conformanceServer(modern.notify), { legacy: 'reject' })
  const sessions = new Map()

  async function legacy(request) {
    const id = request.headers.get('mcp-session-id')
    if (id !== null) {
      const session = sessions.get(id)
      return session?.handleRequest(request) ?? new Response('No such session', { status: 404 })
    }
    const isOpening = request.method === 'POST' && isInitializeRequest(await request.clone().json())
    if (!isOpening) return new Response('Mcp-Session-Id is missing', { status: 400 })
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (opened) => void sessions.set(opened, transport),
      onsessionclosed: (closed) => void sessions.delete(closed),
    })
    await conformanceServer().connect(transport)
    return transport.handleRequest(request)
  }

  const fetch = async (request) =>
    (await isLegacyRequest(request)) ? legacy(request) : modern.fetch(request)
  const server = serve({ fetch, hostname: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    url: `http://127.0.0.1:${server.address().port}/mcp`,
    async close() {
      await modern.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
