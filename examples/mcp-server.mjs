/**
 * An MCP server written with the SDK (v2), guarded: a tool that needs a permission, and one that has
 * clients step up.
 *
 * Runs by itself: `node examples/mcp-server.mjs`. The issuer is a stand-in that publishes one key.
 */

import assert from 'node:assert/strict'
import {
  Client,
  InsufficientScopeError,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { startIssuer } from './support/issuer.mjs'

const authority = await startIssuer()
const { issuer } = authority

// #region server
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { fetchGuard } from 'warder/fetch'
import { createGuard, permission, scopes } from 'warder/guard'
import { z } from 'zod'

const guard = createGuard({
  issuer,
  resource: 'https://notes.example.com/mcp',
  scopes: { baseline: ['notes:read'], hierarchy: { 'notes:write': ['notes:read'] } },
  permissions: { editor: ['tool:publish_note'] },
})
const mcp = guard.mcp()

const notes = createMcpHandler(() => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool(
    'write_note',
    {
      inputSchema: z.object({ text: z.string() }),
      scopeChallenge: mcp.scopeChallenge('notes:write'),
    },
    mcp.tool(scopes('notes:write'), async ({ text }, context) => {
      return said(`${mcp.principal(context).subject} wrote: ${text}`)
    }),
  )
  server.registerTool(
    'publish_note',
    { scopeChallenge: mcp.scopeChallenge('notes:write') },
    mcp.tool(permission('tool:publish_note'), async (context) => {
      return said(`${mcp.principal(context).subject} published it`)
    }),
  )
  return server
})

const handler = fetchGuard(guard, scopes('notes:read'), (request) => {
  return notes.fetch(request, { authInfo: mcp.authInfo(request.principal) })
})
// #endregion

function said(text) {
  return { content: [{ type: 'text', text }] }
}

/** What the tokens of the client say. */
const held = { scope: 'notes:read', roles: [] }
/** The challenges that it got. */
const challenges = []

const client = new Client({ name: 'example', version: '1.0.0' })
const transport = new StreamableHTTPClientTransport(new URL('https://notes.example.com/mcp'), {
  authProvider: { token: () => authority.token('https://notes.example.com/mcp', held) },
  fetch: async (url, init) => {
    const answer = await handler(new Request(url, init))
    challenges.push(answer.headers.get('www-authenticate'))
    return answer
  },
})
await client.connect(transport)
const { tools } = await client.listTools()
assert.deepEqual(
  tools.map(({ name }) => name),
  ['write_note', 'publish_note'],
)

// #region step-up
const write = { name: 'write_note', arguments: { text: 'Buy milk.' } }
const refused = await client.callTool(write).catch((error) => error)
assert(refused instanceof InsufficientScopeError)
assert.equal(refused.requiredScope, 'notes:write')
// #endregion
assert.equal(
  challenges.at(-1),
  'Bearer error="insufficient_scope", error_description="This needs the scope: notes:write.", scope="notes:write", resource_metadata="https://notes.example.com/.well-known/oauth-protected-resource/mcp"',
)

// Here the client asks the user; the user agrees.
held.scope = refused.requiredScope
assert.deepEqual(await client.callTool(write), said('alice wrote: Buy milk.'))

const publish = { name: 'publish_note' }
const denied = await client.callTool(publish)
assert.equal(denied.isError, true)
assert.equal(denied.content[0].text, 'This needs the permission: tool:publish_note.')

held.roles = ['editor']
assert.deepEqual(await client.callTool(publish), said('alice published it'))

const stranger = await handler(new Request('https://notes.example.com/mcp', { method: 'POST' }))
assert.equal(
  stranger.headers.get('www-authenticate'),
  'Bearer resource_metadata="https://notes.example.com/.well-known/oauth-protected-resource/mcp", scope="notes:read"',
)

await client.close()
authority.stop()
console.log('MCP: a scope was asked for when it was needed, a permission could not be asked for.')
