/** `warder connect` and `warder login`: clients that know only stdio, at servers of all kinds. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChromium } from './support/chromium.ts'
import { AUTHORIZATION_URL, userOf, Window } from './support/connected.ts'
import { startCountingServer } from './support/counting-server.ts'
import { sayYes, startExampleServer } from './support/example-server.ts'
import {
  freePort,
  Installation,
  startWarder,
  temporaryDirectory,
  WARDER,
  warder,
} from './support/installation.ts'
import { Browser } from './support/person.ts'
import { startProxy } from './support/proxy.ts'
import {
  expectNothingUnexpected,
  type Surroundings,
  startSurroundings,
} from './support/surroundings.ts'

/** All that is kept below a directory, as one text. */
async function everythingIn(directory: string): Promise<string> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile())
  const texts = files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'))
  return [...files.map(({ name }) => name), ...(await Promise.all(texts))].join('\n')
}

/** Signs a user in from a terminal. */
async function login(
  home: string,
  url: string,
  visit: (url: string) => Promise<URL>,
  ...args: readonly string[]
): Promise<void> {
  const running = startWarder(['login', url, ...args], { env: userOf(home) })
  await fetch(await visit(await running.line(AUTHORIZATION_URL)))
  expect(await running.ended).toMatchObject({ code: 0 })
}

describe('warder connect at warder serve', () => {
  let surroundings: Surroundings
  let visit: (url: string) => Promise<URL>
  beforeAll(async () => {
    surroundings = await startSurroundings()
    const browser = new Browser(surroundings.alice)
    visit = (url) => browser.allow(url)
  })
  afterAll(() => expectNothingUnexpected(surroundings))

  it('signs its user in once, steps up when refused, and the next window is signed in', async () => {
    const home = await temporaryDirectory()
    const url = surroundings.installation.mcp('everything')
    const first = new Window({ home, url })
    await first.signingIn(first.connect(), visit)
    expect(await first.tools()).toContain('echo')
    expect(await first.call('echo', { message: 'hello' })).toBe('Echo: hello')
    expect(await first.signingIn(first.call('get-env'), visit)).toContain('"PATH"')
    expect(first.signIns).toBe(2)
    await first.close()

    const second = new Window({ home, url })
    await second.connect()
    expect(await second.call('get-env')).toContain('"PATH"')
    expect(second.signIns).toBe(0)
    expect(await everythingIn(home)).not.toMatch(/eyJ|wrt_/)
    expect([...first.lines.all, ...second.lines.all].join('\n')).not.toMatch(/eyJ|wrt_/)
  })

  it('carries the later era as well', async () => {
    const home = await temporaryDirectory()
    const url = surroundings.installation.mcp('ledger')
    await login(home, url, visit)
    const program = new Window({ home, url, mode: { pin: '2026-07-28' } })
    await program.connect()
    expect(program.client.getNegotiatedProtocolVersion()).toBe('2026-07-28')
    expect(await program.call('echo', { message: 'hello' })).toBe('hello')
  })

  it.each(['everything', 'ledger'])('lets a client find out which era %s speaks', async (mount) => {
    const home = await temporaryDirectory()
    const url = surroundings.installation.mcp(mount)
    // The client asks another process than it then uses, and nobody hears what that says.
    await login(home, url, visit)
    const program = new Window({ home, url, mode: 'auto' })
    await program.connect()
    expect(await program.call('echo', { message: 'hello' })).toContain('hello')
  })

  it('serves the earlier line of the SDK', async () => {
    const home = await temporaryDirectory()
    const url = surroundings.installation.mcp('far-everything')
    await login(home, url, visit)
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [WARDER, 'connect', url],
      env: userOf(home),
    })
    const client = new ClientV1({ name: 'e2e', version: '1' })
    await client.connect(transport)
    const answer = await client.callTool({ name: 'echo', arguments: { message: 'hello' } })
    expect(answer.content).toEqual([{ type: 'text', text: 'Echo: hello' }])
    await client.close()
  })

  it('two windows at once cause one sign-in', async () => {
    const home = await temporaryDirectory()
    const url = surroundings.installation.mcp('everything')
    const windows = [new Window({ home, url }), new Window({ home, url })]
    const connected = Promise.all(windows.map((each) => each.connect()))
    const asked = await Promise.race(
      windows.map(async (each) => visit(await each.lines.line(AUTHORIZATION_URL))),
    )
    await Promise.race(windows.map((each) => each.lines.line(/Another window asks/)))
    expect((await fetch(asked)).status).toBe(200)
    await connected
    for (const each of windows) {
      expect(await each.call('echo', { message: 'hello' })).toBe('Echo: hello')
    }
    expect(windows.reduce((sum, { signIns }) => sum + signIns, 0)).toBe(1)
  })

  it('login, token, accounts and logout: a token alone, and none afterwards', async () => {
    const home = await temporaryDirectory()
    const env = userOf(home)
    const url = surroundings.installation.mcp('everything')
    const before = await warder(['token', url], { env })
    expect(before).toMatchObject({ code: 1, stdout: '' })
    expect(before.stderr).toContain(`warder login ${url}`)

    await login(home, url, visit, '--account', 'work')

    const token = await warder(['token', url], { env })
    expect(token.code).toBe(0)
    expect(token.stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/)
    const authorization = `Bearer ${token.stdout.trim()}`
    const clientInfo = { name: 'e2e', version: '1' }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
    const used = await fetch(url, {
      method: 'POST',
      headers: {
        authorization,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
    })
    expect(used.status).toBe(200)

    const accounts = await warder(['accounts', '--json'], { env })
    expect(JSON.parse(accounts.stdout)).toMatchObject([
      { resource: url, account: 'work', renewable: true },
    ])
    expect((await warder(['accounts'], { env })).stdout).toContain('work')
    expect(accounts.stdout).not.toContain(token.stdout.trim())

    expect(await warder(['logout', url], { env })).toMatchObject({ code: 0, stderr: '' })
    expect(await warder(['token', url], { env })).toMatchObject({ code: 1, stdout: '' })
    expect(await warder(['logout', url], { env })).toMatchObject({ code: 1 })
  })

  it('token and logout look for the client, the server and the account that they are told', async () => {
    const home = await temporaryDirectory()
    const env = userOf(home)
    const url = surroundings.installation.mcp('everything')
    await login(home, url, visit)
    const [kept] = JSON.parse((await warder(['accounts', '--json'], { env })).stdout)
    const right = ['--client-id', kept.client_id, '--issuer', kept.issuer, '--resource', url]
    expect(await warder(['token', url, ...right], { env })).toMatchObject({ code: 0 })
    for (const wrong of [
      ['--client-id', 'another'],
      ['--issuer', 'https://another.example.com'],
      ['--resource', 'https://another.example.com'],
    ]) {
      const refused = await warder(['token', url, ...wrong], { env })
      expect(refused).toMatchObject({ code: 1, stdout: '' })
      expect(refused.stderr).toContain(`warder login ${url} ${wrong.join(' ')}`)
    }
    const other = await warder(['logout', url, '--client-id', 'another'], { env })
    expect(other).toMatchObject({ code: 1 })
    const both = await warder(['logout', url, '--all', '--account', 'work'], { env })
    expect(both).toMatchObject({ code: 2, stdout: '' })
    expect(both.stderr).toContain('--all')
    const asking = await warder(['token', url, '--authorize-param', 'prompt=login'], { env })
    expect(asking).toMatchObject({ code: 2, stdout: '' })
    expect(JSON.parse((await warder(['accounts', '--json'], { env })).stdout)).toHaveLength(1)
  })

  it('logout revokes what a client with a secret was given, if it is told the secret', async () => {
    const { installation } = surroundings
    const url = installation.mcp('everything')
    const port = await freePort()
    const redirectUri = `http://localhost:${port}/oauth/callback`
    const added = await installation.addClient('With a secret', '--redirect-uri', redirectUri)
    const SECRET = added.client_secret ?? ''
    const client = ['--client-id', added.client_id]
    const withSecret = [...client, '--client-secret-env', 'SECRET']
    const home = await temporaryDirectory()
    const env = { ...userOf(home), SECRET }
    const signIn = async () => {
      const args = ['login', url, '--port', String(port), ...withSecret]
      const running = startWarder(args, { env })
      await fetch(await visit(await running.line(AUTHORIZATION_URL)))
      expect(await running.ended).toMatchObject({ code: 0 })
    }

    await signIn()
    const nameless = ['logout', url, '--client-secret-env', 'SECRET']
    expect(await warder(nameless, { env })).toMatchObject({ code: 2, stdout: '' })
    const told = await warder(['logout', url, ...withSecret, '--json'], { env })
    expect(told).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(told.stdout)).toEqual([{ account: 'default', revoked: true }])

    await signIn()
    const untold = await warder(['logout', url, ...client], { env })
    expect(untold).toMatchObject({ code: 0 })
    expect(untold.stderr).toContain('The server was not told.')
  })

  it('changes over from mcp-remote by one word: port, document and registered client as they were', async () => {
    const { installation, documents } = surroundings
    const url = installation.mcp('everything')
    const env = { NODE_EXTRA_CA_CERTS: documents.certificate }
    const port = await freePort()
    const redirectUri = `http://localhost:${port}/oauth/callback`
    const document = documents.publish('/warder-connect.json', {
      client_name: 'Warder connect',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
    })
    const added = await installation.addClient('Warder connect', '--redirect-uri', redirectUri)
    const { client_id, client_secret = 'missing' } = added
    expect(client_secret.length).toBeGreaterThan(20)
    const ways = [
      { id: document, way: ['--client-metadata-url', document] },
      { id: client_id, way: ['--static-oauth-client-info', JSON.stringify(added)] },
    ]
    for (const { id, way } of ways) {
      const home = await temporaryDirectory()
      const args = [String(port), ...way, '--debug', '--transport', 'http-first', '--keep-alive']
      const program = new Window({ home, url, args, env })
      await program.signingIn(program.connect(), visit)
      expect(await program.call('echo', { message: 'hello' })).toBe('Echo: hello')
      const all = program.lines.all.join('\n')
      expect(all).toContain(`client_id=${encodeURIComponent(id)}`)
      expect(all).toContain('--keep-alive has no effect')
      expect(all).not.toContain(client_secret)
      await program.close()
    }
  })

  it('signs in with a code on another machine', async () => {
    const settings = { server: { device: { enabled: true, interval: 1 } } }
    const installation = await Installation.make({ settings })
    const alice = await installation.addUser('alice@example.com')
    await installation.start()
    const grants = [
      '--grant',
      'urn:ietf:params:oauth:grant-type:device_code',
      '--grant',
      'refresh_token',
    ]
    const added = await installation.addClient('A machine far away', '--public', ...grants)
    const env = userOf(await temporaryDirectory())
    const url = installation.mcp('everything')
    const login = startWarder(['login', url, '--device', '--client-id', added.client_id], { env })
    const { page } = await (await startChromium())()
    await page.goto((await login.line(/^Or open /)).replace('Or open ', ''))
    await page.fill('#username', alice.username)
    await page.fill('#password', alice.password)
    await page.click('button[value=login]')
    await page.click('button[value=confirm]')
    await page.click('#approve')
    await page.waitForSelector('text=Device connected')
    expect(await login.ended).toMatchObject({ code: 0 })
    expect((await warder(['token', url], { env })).stdout).toMatch(/^eyJ/)
  })

  it('a service signs itself in, by a proxy if it is told to, and not for hosts that are excepted', async () => {
    const { installation } = surroundings
    const added = await installation.addClient('Nightly run', '--grant', 'client_credentials')
    const url = installation.mcp('everything')
    const client = ['--client-credentials', '--client-id', added.client_id]
    const args = [...client, '--client-secret-env', 'NIGHTLY', '--enable-proxy']
    const NIGHTLY = added.client_secret ?? ''
    const proxy = await startProxy()
    for (const NO_PROXY of ['example.com', 'localhost']) {
      const env = { NIGHTLY, NO_PROXY, HTTP_PROXY: proxy.url }
      const program = new Window({ home: await temporaryDirectory(), url, args, env })
      await program.connect()
      expect(await program.call('echo', { message: 'hello' })).toBe('Echo: hello')
      expect(program.lines.all.join('\n')).not.toContain(NIGHTLY)
      await program.close()
      expect(proxy.tunnels > 0).toBe(NO_PROXY === 'example.com')
      proxy.tunnels = 0
    }
  })

  it('exit codes: 2 for what cannot be meant, 3 for who cannot be reached', async () => {
    const env = userOf(await temporaryDirectory())
    expect(await warder(['connect', 'http://example.com/mcp'], { env })).toMatchObject({ code: 2 })
    expect(
      await warder(['connect', 'https://x.test', '--header', 'nonsense'], { env }),
    ).toMatchObject({ code: 2 })
    expect(await warder(['login', 'http://127.0.0.1:9/mcp'], { env })).toMatchObject({ code: 3 })
  })
})

describe('warder connect at a server that nobody here wrote', () => {
  it('signs in at the example server of the SDK, and uses it', async () => {
    const home = await temporaryDirectory()
    const url = await startExampleServer('--oauth')
    const program = new Window({ home, url })
    await program.signingIn(program.connect(), sayYes)
    expect(await program.tools()).toContain('greet')
    expect(await program.call('greet', { name: 'Alice' })).toBe('Hello, Alice!')
    await program.close()
    const next = new Window({ home, url })
    await next.connect()
    expect(await next.call('greet', { name: 'Alice' })).toBe('Hello, Alice!')
    expect(next.signIns).toBe(0)
  })

  it('says which resource the token is for, to a server that insists', async () => {
    const home = await temporaryDirectory()
    const url = await startExampleServer('--oauth', '--oauth-strict')
    const program = new Window({ home, url })
    await program.signingIn(program.connect(), sayYes)
    expect(await program.call('greet', { name: 'Alice' })).toBe('Hello, Alice!')
  })
})

describe('warder login at a server that counts', () => {
  it('asks the resource and its server about themselves once, and prints a token that is kept at once', async () => {
    const home = await temporaryDirectory()
    const env = userOf(home)
    const server = await startCountingServer()
    await login(home, server.url, sayYes)
    expect(server.asked).toEqual([
      'GET /mcp',
      'GET /.well-known/oauth-protected-resource/mcp',
      'GET /.well-known/oauth-authorization-server',
      'POST /register',
      'GET /authorize',
      'POST /token',
    ])
    expect(await warder(['token', server.url], { env })).toMatchObject({ stdout: 'access-1\n' })
    expect(server.asked).toHaveLength(6)
  })
})

describe('warder connect, 20 at once', () => {
  it('CL-15 with an expired token cause one refresh', async () => {
    const home = await temporaryDirectory()
    const server = await startCountingServer()
    await login(home, server.url, sayYes)
    server.expire()
    const windows = Array.from({ length: 20 }, () => new Window({ home, url: server.url }))
    await Promise.all(windows.map((each) => each.connect()))
    const answers = await Promise.all(windows.map((each) => each.call('any')))
    expect(answers).toEqual(Array(20).fill('called'))
    expect(server.counts).toMatchObject({ signIns: 1, refreshes: 1, reused: 0 })
  })

  it('CL-15 warder token as well, by the clock alone', async () => {
    const home = await temporaryDirectory()
    const env = userOf(home)
    const server = await startCountingServer()
    server.life = 1
    await login(home, server.url, sayYes)
    server.life = 3600
    const [kept] = JSON.parse((await warder(['accounts', '--json'], { env })).stdout)
    await expect.poll(() => Date.now()).toBeGreaterThan(Date.parse(kept.expires_at))
    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => warder(['token', server.url], { env })),
    )
    expect(new Set(tokens.map(({ stdout }) => stdout))).toEqual(new Set(['access-2\n']))
    expect(server.counts).toMatchObject({ refreshes: 1, reused: 0 })
  })
})
