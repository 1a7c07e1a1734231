/**
 * An MCP server written with version 1 of the SDK, on Express, guarded.
 *
 * Runs by itself: `node examples/mcp-server-v1.mjs`. The issuer is a stand-in that publishes one key.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { startIssuer } from './support/issuer.mjs'

const authority = await startIssuer()
const { issuer } = authority

// #region server
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import express from 'express'
import { expressGuard, expressMetadata } from 'warder/express'
import { createGuard, scopes } from 'warder/guard'
import { z } from 'zod'

const guard = createGuard({
  issuer,
  resource: 'https://notes.example.com/mcp',
  scopes: { baseline: ['notes:read'], hierarchy: { 'notes:write': ['notes:read'] } },
})
const mcp = guard.mcp()
const rules = { write_note: scopes('notes:write'), '*': scopes('notes:read') }

function createServer() {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool(
    'write_note',
    { inputSchema: { text: z.string() } },
    mcp.tool(rules.write_note, async ({ text }, context) => {
      return said(`${mcp.principal(context).subject} wrote: ${text}`)
    }),
  )
  return server
}

const app = express()
app.use(expressMetadata(guard))
app.use('/mcp', expressGuard(guard, scopes('notes:read')), express.json())
app.post(
  '/mcp',
  expressGuard(guard, undefined, async (request, response) => {
    const refusal = await mcp.authorize(request.principal, request.body, rules)
    if (refusal) return refusal
    const transport = new StreamableHTTPServerTransport()
    request.auth = mcp.authInfo(request.principal)
    await createServer().connect(transport)
    await transport.handleRequest(request, response, request.body)
  }),
)
// #endregion

function said(text) {
  return { content: [{ type: 'text', text }] }
}

const listener = app.listen(0, '127.0.0.1')
await once(listener, 'listening')
const url = new URL(`http://127.0.0.1:${listener.address().port}/mcp`)

/** A client whose tokens say what it was given last. */
const held = { scope: 'notes:read' }
const client = new Client({ name: 'example', version: '1.0.0' })
const withToken = async (address, init) => {
  const headers = new Headers(init?.headers)
  const token = await authority.token('https://notes.example.com/mcp', held)
  headers.set('authorization', `Bearer ${token}`)
  return fetch(address, { ...init, headers })
}
await client.connect(new StreamableHTTPClientTransport(url, { fetch: withToken }))

const write = { name: 'write_note', arguments: { text: 'Buy milk.' } }
const refused = await client.callTool(write).catch((error) => error)
assert.equal(refused.code, 403)
assert.match(refused.message, /This needs the scope: notes:write/)

held.scope = 'notes:write'
assert.deepEqual(await client.callTool(write), said('alice wrote: Buy milk.'))

const stranger = await fetch(url, { method: 'POST', body: '{' })
assert.equal(stranger.status, 401)

await client.close()
listener.close()
listener.closeAllConnections()
authority.stop()
console.log(
  'MCP, SDK 1: a call was answered 403 with the scope that it needs, and then was let in.',
)
