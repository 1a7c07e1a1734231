/**
 * A client that knows only stdio, at a protected server: `warder connect` stands between them.
 *
 * Runs by itself: `node examples/stdio-client.mjs`. Warder with a server behind its gateway is in this
 * process, and so is the person at the browser.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { signIn } from './support/headless-sign-in.mjs'
import { startWarderAndApi } from './support/warder-and-api.mjs'

const { mcp: server, person, stop } = await startWarderAndApi()
const directory = await mkdtemp(join(tmpdir(), 'warder-stdio-'))
const warder = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const env = { ...process.env, XDG_STATE_HOME: directory, DISPLAY: '', WAYLAND_DISPLAY: '' }

// #region client
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const transport = new StdioClientTransport({
  command: process.execPath,
  args: [warder, 'connect', server],
  env,
  stderr: 'pipe',
})
const client = new Client({ name: 'editor', version: '1.0.0' })
// #endregion

const signedIn = new Promise((resolve, reject) => {
  createInterface({ input: transport.stderr }).on('line', (line) => {
    if (line.startsWith('http')) signIn(line, person).then(fetch).then(resolve, reject)
  })
})
await Promise.all([client.connect(transport), signedIn])
const { tools } = await client.listTools()
assert(tools.length > 5)
const { content } = await client.callTool({ name: 'echo', arguments: { message: 'hello' } })
assert.deepEqual(content, [{ type: 'text', text: 'Echo: hello' }])
await client.close()

// The next one is signed in already.
const next = new StdioClientTransport({
  command: process.execPath,
  args: [warder, 'connect', server, '--ignore-tool', 'get-*'],
  env,
})
const other = new Client({ name: 'editor', version: '1.0.0' })
await other.connect(next)
const names = (await other.listTools()).tools.map(({ name }) => name)
assert(names.includes('echo') && !names.includes('get-sum'))
await other.close()

await stop()
await rm(directory, { recursive: true })
console.log('Everything was as it should be.')
