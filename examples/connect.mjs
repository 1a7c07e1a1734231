/**
 * What a program with an MCP client goes through at a guarded server: it is sent away to sign in,
 * lists the tools, calls one, is refused another, and asks for what it lacks.
 *
 *   $ npm start
 *   $ WARDER_PASSWORD=… node examples/connect.mjs
 *
 * WARDER_PASSWORD is the one that the demo prints; WARDER_URL and WARDER_USER say where and who, if
 * not the demo's. The sign-in is done here without a browser; a real program opens the address.
 */

import assert from 'node:assert/strict'
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { signIn } from './support/headless-sign-in.mjs'

const url = new URL(process.env.WARDER_URL ?? 'http://localhost:4000/mcp/everything')
const person = {
  username: process.env.WARDER_USER ?? 'demo@example.com',
  password: process.env.WARDER_PASSWORD ?? '',
  cookies: new Map(),
}
if (person.password === '') {
  console.error('Set WARDER_PASSWORD to the password that the demo printed.')
  process.exit(2)
}

/** What the SDK has a program remember, and where the program's user has to go. */
const program = {
  redirectUrl: 'http://127.0.0.1:1/callback',
  clientMetadata: {
    client_name: 'Connect example',
    redirect_uris: ['http://127.0.0.1:1/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  },
  state: () => 'the-state-of-the-example',
  clientInformation: () => program.information,
  saveClientInformation: (information) => Object.assign(program, { information }),
  tokens: () => program.saved,
  saveTokens: (saved) => Object.assign(program, { saved }),
  codeVerifier: () => program.verifier,
  saveCodeVerifier: (verifier) => Object.assign(program, { verifier }),
  discoveryState: () => program.discovery,
  saveDiscoveryState: (discovery) => Object.assign(program, { discovery }),
  redirectToAuthorization: (page) => Object.assign(program, { page }),
}

const refusals = []
/** `fetch`, with an eye on refusals. */
async function watchingFetch(input, init) {
  const response = await fetch(input, init)
  const challenge = response.headers.get('www-authenticate')
  if (challenge !== null) refusals.push({ status: response.status, challenge })
  return response
}

const makeTransport = () =>
  new StreamableHTTPClientTransport(url, { authProvider: program, fetch: watchingFetch })

/** The user opens the page that the program was told of, and comes back with the answer. */
async function visitPage(transport) {
  const answer = new URL(await signIn(program.page, person))
  assert.equal(answer.searchParams.get('state'), program.state())
  await transport.finishAuth(answer.searchParams)
}

const first = makeTransport()
const client = new Client({ name: 'connect-example', version: '1.0.0' })
await assert.rejects(client.connect(first), UnauthorizedError)
assert.equal(refusals[0].status, 401)
console.log('connect     401, and where to sign in:', program.page.origin)

await visitPage(first)
const transport = makeTransport()
await client.connect(transport)
console.log('signed in   as', person.username, 'with the scope', program.saved.scope)

const { tools } = await client.listTools()
assert.ok(tools.some(({ name }) => name === 'echo'))
console.log('tools      ', tools.map(({ name }) => name).join(', '))

const echo = await client.callTool({ name: 'echo', arguments: { message: 'hello' } })
assert.deepEqual(echo.content, [{ type: 'text', text: 'Echo: hello' }])
console.log('echo       ', echo.content[0].text)

await assert.rejects(client.callTool({ name: 'get-env', arguments: {} }), UnauthorizedError)
const { status, challenge } = refusals.at(-1)
assert.equal(status, 403)
assert.match(challenge, /error="insufficient_scope".*scope="demo:admin"/)
console.log('get-env     403, and the scope that it needs: demo:admin')

await visitPage(transport)
const environment = await client.callTool({ name: 'get-env', arguments: {} })
assert.match(environment.content[0].text, /"PATH"/)
console.log('get-env     allowed, with the scope', program.saved.scope)

await transport.terminateSession()
await client.close()
console.log('Everything was as it should be.')
