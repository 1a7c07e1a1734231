/**
 * An MCP server over HTTP as others write them: the SDK's own handler, of both eras, on a port.
 *
 * Its `whoami` answers with the headers it was sent, so that a test sees what reaches it.
 */

import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { EVERYTHING, freePort } from './installation.ts'
import { Program } from './program.ts'
import { endLater } from './reaper.ts'

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] })

/** Tools by name: `echo`, `whoami`, `drop-tables`, `audit`. */
function makeServer(): McpServer {
  const server = new McpServer({ name: 'ledger', version: '1.0.0' })
  const words = z.object({ message: z.string() })
  server.registerTool('echo', { inputSchema: words }, async ({ message }) => text(message))
  server.registerTool('whoami', { inputSchema: z.object({}) }, async (_, { http }) =>
    text(JSON.stringify(Object.fromEntries(http?.req?.headers ?? []))),
  )
  server.registerTool('drop-tables', { inputSchema: z.object({}) }, async () => text('dropped'))
  server.registerTool('audit', { inputSchema: z.object({}) }, async () => text('nothing amiss'))
  return server
}

/** Starts it; gives its address. */
export async function startUpstream(): Promise<string> {
  const handler = createMcpHandler(makeServer)
  const listener = getRequestListener((request) => handler.fetch(request))
  const server = createServer(listener).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  endLater(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('It has no port.')
  return `http://127.0.0.1:${address.port}/mcp`
}

/** Starts the reference server over HTTP, which is of the earlier era and keeps sessions. */
export async function startEverythingUpstream(): Promise<string> {
  const port = await freePort()
  const server = new Program(process.execPath, [EVERYTHING, 'streamableHttp'], {
    env: { PORT: String(port) },
  })
  await server.line(/listening on port/)
  return `http://localhost:${port}/mcp`
}

/** The mount of the SDK's server: one tool hidden, one for auditors, the user named by headers. */
export const upstreamMount = (url: string) => ({
  title: 'Ledger',
  url,
  identity: { 'x-user': 'email', 'x-client': 'client' },
  tools: { 'drop-tables': false, audit: ['ledger:audit'], '*': ['ledger:read'] },
  scopes: { 'ledger:read': 'read the ledger', 'ledger:audit': 'audit the ledger' },
})
