/** Ways for a client to a protected server: with a token of its own, and over stdio with a program between. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { cpuMicros } from '../machine.mjs'
import { freePort, spawnChild } from '../process.mjs'

const warder = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const mcpRemote = fileURLToPath(import.meta.resolve('mcp-remote/dist/proxy.js'))

const AUTHORIZATION_URL = /^https?:\/\/\S+\/authorize\?/

/** The SDK's transport gives all of its calls one signal, on which Node's listeners add up: it would grow slower. */
const unsignalled = (url, { signal: _, ...init }) => fetch(url, init)

/** A user without a desktop, whose tokens are kept below a directory. */
function userOf(home) {
  const bin = join(home, 'bin')
  mkdirSync(bin, { recursive: true })
  for (const opener of ['xdg-open', 'gio', 'x-www-browser', 'sensible-browser']) {
    writeFileSync(join(bin, opener), '#!/bin/sh\n', { mode: 0o755 })
  }
  return {
    ...{
      HOME: home,
      XDG_STATE_HOME: join(home, 'state'),
      MCP_REMOTE_CONFIG_DIR: join(home, 'remote'),
    },
    ...{ PATH: `${bin}:${process.env.PATH}`, BROWSER: join(bin, 'xdg-open') },
    ...{ DISPLAY: '', WAYLAND_DISPLAY: '', NODE_ENV: 'production' },
  }
}

/** Runs a program until its user has signed in. */
async function signIn(args, env, isDone) {
  const child = spawnChild([process.execPath, ...args], { env, stdio: 'pipe' })
  await new Promise((resolve, reject) => {
    const hear = (line) => {
      // Whoever comes back at once may be quicker than the listener.
      if (AUTHORIZATION_URL.test(line)) setTimeout(() => fetch(line).catch(reject), 500)
      if (isDone(line)) resolve()
    }
    for (const stream of [child.stderr, child.stdout]) {
      createInterface({ input: stream }).on('line', hear)
    }
    child.once('exit', resolve)
  })
  child.kill()
}

const clientOf = () => new Client({ name: 'bench', version: '1' })

/** A window over stdio. */
async function overStdio(args, env) {
  const before = performance.now()
  const transport = new StdioClientTransport({
    command: process.execPath,
    args,
    env,
    stderr: 'ignore',
  })
  const client = clientOf()
  await client.connect(transport)
  await client.listTools()
  const { pid } = transport
  return {
    startMicros: (performance.now() - before) * 1000,
    cpuMicros: () => cpuMicros(pid),
    call: () => client.callTool({ name: 'echo', arguments: { message: 'hello' } }),
    close: () => client.close(),
  }
}

/** The contestants: how each signs in, and opens a window. */
export const windows = [
  {
    name: 'direct',
    title: 'the client itself',
    async prepare({ url }) {
      const answer = await fetch(new URL('/token', url), { method: 'POST', body: '' })
      const { access_token } = await answer.json()
      const headers = { authorization: `Bearer ${access_token}` }
      return async () => {
        const client = clientOf()
        const options = { requestInit: { headers }, fetch: unsignalled }
        await client.connect(new StreamableHTTPClientTransport(new URL(url), options))
        return {
          call: () => client.callTool({ name: 'echo', arguments: { message: 'hello' } }),
          close: () => client.close(),
        }
      }
    },
  },
  {
    name: 'warder',
    title: '`warder connect`',
    async prepare({ url, home }) {
      const env = userOf(join(home, 'warder'))
      await signIn([warder, 'login', url], env, () => false)
      return () => overStdio([warder, 'connect', url], env)
    },
  },
  {
    name: 'mcp-remote',
    title: 'mcp-remote',
    async prepare({ url, home }) {
      const env = userOf(join(home, 'mcp-remote'))
      const args = [mcpRemote, url, String(await freePort())]
      await signIn(args, env, (line) => line.includes('Proxy established'))
      return () => overStdio(args, env)
    },
  },
]
