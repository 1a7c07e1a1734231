/**
 * MCP clients that sign their user in to a protected server: with a `fetch`, with a code on another
 * machine, and with the SDK in the lead.
 *
 * Runs by itself: `node examples/mcp-client.mjs`. Warder with a server behind its gateway is in this
 * process, and so is the person at the browser.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createWarder } from 'warder'
import { listen } from 'warder/node'
import { Secret } from 'warder/vault'
import { signIn } from './support/headless-sign-in.mjs'

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

const data = await mkdtemp(join(tmpdir(), 'warder-mcp-client-'))
const port = await freePort()
const issuer = `http://localhost:${port}`
const everything = import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js')
const warder = await createWarder({
  issuer,
  data,
  mcp: { everything: { command: [process.execPath, fileURLToPath(everything), 'stdio'] } },
})
const person = { username: 'alice@example.com', password: 'correct horse battery staple' }
await warder.accounts.add({ email: person.username, password: new Secret(person.password) })
const listening = await listen(warder.fetch, { port })
const [{ resource: server }] = warder.resources

/** The browser: the person signs in, and it goes where it is sent. */
const pages = []
async function open(url) {
  pages.push(fetch(await signIn(url, person)).then((page) => page.text()))
  return true
}

// #region fetch
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { loopback, mcpAuthProvider, withBrowser } from 'warder/client/mcp'

const clientName = 'Editor'
const notify = ({ url }) => console.error(`Sign in at ${url}`)
const { fetch: mcpFetch } = mcpAuthProvider({
  server,
  clientName,
  signIn: withBrowser(loopback({ clientName, notify, open })),
})

const client = new Client({ name: 'editor', version: '1.0.0' })
await client.connect(new StreamableHTTPClientTransport(new URL(server), { fetch: mcpFetch }))
const { tools } = await client.listTools()
// #endregion

assert(tools.length > 5)
assert.match(await pages[0], /Editor may now use your account at localhost/)
await client.close()

// #region provider
import { mcpOAuthClientProvider } from 'warder/client/mcp'

const visit = await loopback({ clientName, open }).visit([])
let signedIn
const authProvider = mcpOAuthClientProvider({
  server,
  clientName,
  redirectUri: visit.redirectUri,
  redirect(departure) {
    signedIn = visit.send(departure, async (callbackUrl) => {
      await transport.finishAuth(await authProvider.authorizationResponse(callbackUrl))
    })
  },
})

const transport = new StreamableHTTPClientTransport(new URL(server), { authProvider })
const led = new Client({ name: 'editor', version: '1.0.0' })
await led.connect(transport).catch(() => signedIn)
await visit.close()
await led.connect(new StreamableHTTPClientTransport(new URL(server), { authProvider }))
// #endregion

assert.deepEqual((await led.listTools()).tools.length, tools.length)
assert.equal((await authProvider.tokens()).issuer, issuer)
await led.close()

await listening.close(100)
await warder.close()
await rm(data, { recursive: true })
console.log('MCP clients: a person signed in twice, and was shown what came of it.')
