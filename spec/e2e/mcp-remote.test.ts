/** `mcp-remote` 0.15: a program that knows only stdio uses a guarded server through it. */

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, temporaryDirectory } from './support/installation.ts'
import { Lines } from './support/lines.ts'
import { Browser } from './support/person.ts'
import { endLater } from './support/reaper.ts'
import {
  expectNothingUnexpected,
  type Surroundings,
  startSurroundings,
} from './support/surroundings.ts'

const proxy = fileURLToPath(import.meta.resolve('mcp-remote/dist/proxy.js'))

const AUTHORIZATION_URL = /^http:\/\/localhost:\d+\/authorize\?/
const CALLBACK_IS_UP = /OAuth callback server running at/

/** Someone's `mcp-remote`: where it keeps its tokens, and the port that its browser comes back to. */
interface Home {
  readonly directory: string
  readonly port: number
}

let surroundings: Surroundings
beforeAll(async () => {
  surroundings = await startSurroundings()
})
afterAll(() => expectNothingUnexpected(surroundings))

async function makeHome(): Promise<Home> {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'bin'))
  // The tests are the browser, so whatever opens one must open none.
  for (const opener of ['xdg-open', 'gio', 'x-www-browser', 'sensible-browser']) {
    await writeFile(join(directory, 'bin', opener), '#!/bin/sh\n', { mode: 0o755 })
  }
  return { directory, port: await freePort() }
}

/** A client over `mcp-remote`, which signs its user in whenever it is told to. */
class RemoteProgram {
  readonly lines = new Lines()
  readonly #client = new Client({ name: 'e2e', version: '1' })
  readonly #transport: StdioClientTransport
  readonly #browser = new Browser(surroundings.alice)
  #signIns = 0

  constructor({ directory, port }: Home, ...options: readonly string[]) {
    const { installation, documents } = surroundings
    const opener = join(directory, 'bin')
    this.#transport = new StdioClientTransport({
      command: process.execPath,
      args: [proxy, installation.mcp('everything'), String(port), ...options],
      env: {
        PATH: `${opener}:${process.env.PATH}`,
        BROWSER: join(opener, 'xdg-open'),
        HOME: directory,
        MCP_REMOTE_CONFIG_DIR: join(directory, 'config'),
        NODE_EXTRA_CA_CERTS: documents.certificate,
      },
      stderr: 'pipe',
    })
    const { stderr } = this.#transport
    if (stderr instanceof Readable) this.lines.read(stderr)
    endLater(() => this.close())
  }

  get signIns(): number {
    return this.lines.all.filter((line) => AUTHORIZATION_URL.test(line)).length
  }

  /** Does something during which the user is sent to sign in. */
  async signingIn<T>(work: Promise<T>): Promise<T> {
    const [done] = await Promise.all([work, this.#signIn()])
    return done
  }

  async #signIn(): Promise<void> {
    this.#signIns++
    const back = await this.#browser.allow(await this.lines.line(AUTHORIZATION_URL, this.#signIns))
    // A person is slower than the listener; this browser is not.
    await this.lines.line(CALLBACK_IS_UP, this.#signIns)
    expect((await fetch(back)).status).toBe(200)
  }

  connect() {
    return this.#client.connect(this.#transport)
  }
  async tools() {
    return (await this.#client.listTools()).tools.map(({ name }) => name)
  }
  async call(name: string, args: Record<string, unknown> = {}) {
    const { content } = await this.#client.callTool({ name, arguments: args })
    return content[0]?.type === 'text' ? content[0].text : ''
  }
  close() {
    return this.#client.close()
  }
}

/** Reads, changes and writes what `mcp-remote` keeps of its tokens. */
async function changeTokens(
  { directory }: Home,
  change: (tokens: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const files = await readdir(join(directory, 'config'), { recursive: true })
  const file = files.find((name) => name.endsWith('tokens.json'))
  if (file === undefined) throw new Error('No tokens were kept.')
  const path = join(directory, 'config', file)
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')))))
}

const redirectUri = ({ port }: Home) => `http://localhost:${port}/oauth/callback`

/** The three ways to be known, as options. */
const registrations = {
  'by a client metadata document': async (home: Home) => {
    const url = surroundings.documents.publish('/mcp-remote.json', {
      client_name: 'MCP Remote',
      redirect_uris: [redirectUri(home)],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    })
    return ['--client-metadata-url', url]
  },
  'by itself': async () => [],
  'by an administrator': async (home: Home) => {
    const redirect = ['--redirect-uri', redirectUri(home)]
    const added = await surroundings.installation.addClient('MCP Remote', ...redirect)
    return ['--static-oauth-client-info', JSON.stringify(added)]
  },
}

describe.each(Object.entries(registrations))('mcp-remote, registered %s', (_, register) => {
  it('signs its user in once, steps up when refused, and refreshes by itself', async () => {
    const home = await makeHome()
    const options = await register(home)

    const first = new RemoteProgram(home, ...options)
    await first.signingIn(first.connect())
    const tools = await first.tools()
    expect(tools).toContain('echo')
    expect(tools).not.toContain('gzip-file-as-resource')
    expect(await first.call('echo', { message: 'hello' })).toBe('Echo: hello')
    // Refused with 403, it asks for the union of scopes, and calls again by itself.
    expect(await first.signingIn(first.call('get-env'))).toContain('"PATH"')
    expect(await first.call('echo', { message: 'hello' })).toBe('Echo: hello')
    expect(first.signIns).toBe(2)
    await first.close()

    const second = new RemoteProgram(home, ...options)
    await second.connect()
    expect(await second.call('echo', { message: 'hello' })).toBe('Echo: hello')
    expect(second.signIns).toBe(0)
    await second.close()

    let refreshToken: unknown
    await changeTokens(home, (tokens) => {
      refreshToken = tokens.refresh_token
      return { ...tokens, access_token: 'gone' }
    })
    const third = new RemoteProgram(home, ...options)
    await third.connect()
    expect(await third.call('echo', { message: 'hello' })).toBe('Echo: hello')
    expect(third.signIns).toBe(0)
    await third.close()
    await changeTokens(home, (tokens) => {
      expect(tokens.refresh_token).not.toBe(refreshToken)
      return tokens
    })
  })
})
