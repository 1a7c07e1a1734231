/**
 * A protected MCP server with as little in it as can be, and its authorization server, whose user says
 * yes to everything. Usage: node protected-mcp.mjs WORK PORT
 */

import { createServer } from 'node:http'

const port = Number(process.argv[3])
const origin = `http://127.0.0.1:${port}`
const url = `${origin}/mcp`
const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`
const tokens = new Set()

const results = {
  initialize: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'bench', version: '1' },
  },
  'tools/list': { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] },
  'tools/call': { content: [{ type: 'text', text: 'hello' }] },
}

const documents = {
  '/.well-known/oauth-protected-resource/mcp': { resource: url, authorization_servers: [origin] },
  '/.well-known/oauth-authorization-server': {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
  },
}

const posts = {
  '/register': (body) => [201, { ...JSON.parse(body), client_id: 'bench' }],
  '/token': () => {
    const access_token = crypto.randomUUID()
    tokens.add(access_token)
    return [200, { access_token, token_type: 'Bearer', expires_in: 86_400, refresh_token: 'r' }]
  },
}

function speak({ headers, method }, body) {
  if (!tokens.has(headers.authorization?.slice('Bearer '.length))) {
    return [401, undefined, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }]
  }
  if (method !== 'POST') return [405]
  const message = JSON.parse(body)
  if (message.id === undefined) return [202]
  return [200, { jsonrpc: '2.0', id: message.id, result: results[message.method] ?? {} }]
}

function authorize({ searchParams }) {
  const back = new URL(searchParams.get('redirect_uri'))
  back.searchParams.set('code', 'code')
  back.searchParams.set('state', searchParams.get('state'))
  return [302, undefined, { location: back.href }]
}

createServer(async (request, response) => {
  const asked = new URL(request.url, origin)
  const body = Buffer.concat(await request.toArray()).toString()
  const [status, value, headers] =
    asked.pathname === '/mcp'
      ? speak(request, body)
      : asked.pathname === '/authorize'
        ? authorize(asked)
        : (posts[asked.pathname]?.(body) ?? [
            documents[asked.pathname] === undefined ? 404 : 200,
            documents[asked.pathname],
          ])
  const text = value === undefined ? undefined : JSON.stringify(value)
  const length = { 'content-length': Buffer.byteLength(text ?? '') }
  response.writeHead(status, { 'content-type': 'application/json', ...length, ...headers })
  response.end(text)
}).listen(port, '127.0.0.1', () => console.log(JSON.stringify({ target: { url } })))
