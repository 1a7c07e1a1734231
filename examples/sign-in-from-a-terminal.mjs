/**
 * Signing in from a terminal: with `warder login`, and in a program of your own.
 *
 * Runs by itself: `node examples/sign-in-from-a-terminal.mjs`. Warder, an API and the person at the
 * browser are in this process; `warder login` and `warder token` are programs beside it.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { signIn } from './support/headless-sign-in.mjs'
import { startWarderAndApi } from './support/warder-and-api.mjs'

const { api, person, stop } = await startWarderAndApi()
const directory = await mkdtemp(join(tmpdir(), 'warder-terminal-'))
const command = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const env = { ...process.env, XDG_STATE_HOME: directory, DISPLAY: '', WAYLAND_DISPLAY: '' }

/** Runs `warder …`; whoever is sent to sign in does. */
async function warder(...args) {
  const child = spawn(process.execPath, [command, ...args], { env })
  let out = ''
  child.stdout.on('data', (text) => {
    out += text
  })
  createInterface({ input: child.stderr }).on('line', async (line) => {
    if (line.startsWith('http')) await fetch(await signIn(line, person))
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  return { code, out: out.trim() }
}

assert.equal((await warder('token', api)).code, 1)
const { out } = await warder('login', api)
assert.match(out, /^Signed in at localhost:\d+/)
const token = await warder('token', api)
const answer = await fetch(api, { headers: { authorization: `Bearer ${token.out}` } })
assert.deepEqual((await answer.json()).notes, ['Buy milk'])
assert.equal((await warder('logout', api)).code, 0)

/** The browser: the person signs in, and it goes where it is sent. */
async function open(url) {
  void signIn(url, person).then((back) => fetch(back))
  return true
}

// #region program
import { createClient, sealedGrantStore } from 'warder/client'
import { loopback, withBrowser } from 'warder/client/mcp'

const clientName = 'Notes on the command line'
const notify = ({ url }) => console.error(`Sign in with your browser, or open:\n${url}`)
const client = createClient({
  resource: api,
  registration: { clientName },
  store: sealedGrantStore({ directory: join(directory, 'notes') }),
  onSignInNeeded: withBrowser(loopback({ clientName, notify, open })),
})

const response = await client.fetch(api)
// #endregion

assert.equal(response.status, 200)
assert.equal((await client.logout()).revoked, true)

await stop()
await rm(directory, { recursive: true })
console.log('Everything was as it should be.')
