import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createWarder, type Warder, type WarderEvent } from 'warder'
import { createNodeServer } from 'warder/node'
import { codeChallenge } from 'warder/protocol'
import { Secret } from 'warder/vault'
import { Browser } from './support/browser.ts'
import { testStoreUrl } from './support/test-store.ts'

const ISSUER = 'http://localhost:4000'
const VERIFIER = 'canary-verifier-dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1g'
const PASSWORD = 'correct horse battery staple'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'warder-operations-'))
  undo.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function open(settings: object, events: WarderEvent[] = []): Promise<Warder> {
  const warder = await createWarder(settings, { onEvent: (event) => void events.push(event) })
  undo.push(() => warder.close())
  return warder
}

const mcp = { files: { command: ['/bin/false'], tools: { '*': ['files:read'] } } }

describe('Attacks on operations', () => {
  it.each([
    ['a public issuer', 'https://auth.example.com'],
    ['a public issuer whose name begins like loopback', 'https://localhost.example.com'],
  ])('UI-01 %s without a key of its own is refused, and nothing is made', async (_, issuer) => {
    const data = directory()
    await expect(createWarder({ issuer, data })).rejects.toMatchObject({
      name: 'ConfigError',
      path: 'vault.kek',
    })
    expect(readdirSync(data)).toEqual([])
  })

  it('UI-01 SS-01 a public server does not fetch from private addresses, whatever is set', async () => {
    const issuer = 'https://auth.example.com'
    const server = { clientDocuments: { private: true } }
    await expect(createWarder({ issuer, data: directory(), server })).rejects.toMatchObject({
      path: 'server.clientDocuments.private',
    })
  })

  it('UI-01 http is refused anywhere but on loopback', async () => {
    const attempt = createWarder({ issuer: 'http://auth.example.com', data: directory() })
    await expect(attempt).rejects.toMatchObject({ name: 'ConfigError' })
  })

  it('UI-03 a mistake in the settings never repeats the value', async () => {
    const secret = 'canary-value-in-the-wrong-place'
    for (const settings of [
      { vault: { kek: secret } },
      { store: { url: { env: 'X', password: secret } } },
      { issuer: `https://user:${secret}@auth.example.com` },
      { mcp: { files: { command: ['x'], env: { 'A B': secret } } } },
    ]) {
      const error = await createWarder({ data: directory(), ...settings }).catch((e: unknown) => e)
      expect(error).toMatchObject({ name: 'ConfigError' })
      expect(String(error) + JSON.stringify(error)).not.toContain(secret)
    }
  })

  it('MD-07 a wrong key is refused at start, and no signing key is made', async () => {
    const data = directory()
    const keyed = { issuer: ISSUER, data, vault: { kek: { env: 'KEK' } } }
    const withKey = (byte: number) => ({
      readEnv: () => Buffer.from(Array.from({ length: 32 }, (_, i) => i + byte)).toString('base64'),
    })
    const first = await createWarder(keyed, withKey(1))
    const keys = await first.store.list('signingKeys', {}, { limit: 10 })
    await first.close()
    await expect(createWarder(keyed, withKey(2))).rejects.toMatchObject({ path: 'vault.kek' })
    const again = await createWarder(keyed, withKey(1))
    undo.push(() => again.close())
    expect(await again.store.list('signingKeys', {}, { limit: 10 })).toEqual(keys)
  })

  it('LG-18 LG-19 there is no administration over HTTP, and no first run to race for', async () => {
    const warder = await open({
      issuer: ISSUER,
      data: directory(),
      store: { url: await testStoreUrl() },
    })
    for (const path of [
      '/admin',
      '/admin/api',
      '/admin/openapi.json',
      '/setup',
      '/users',
      '/metrics',
    ]) {
      expect((await warder.fetch(new Request(ISSUER + path))).status, path).toBe(404)
    }
    expect(await warder.accounts.list({ limit: 10 })).toEqual([])
  })

  it('UI-11 an account or a client cannot be created twice', async () => {
    const warder = await open({
      issuer: ISSUER,
      data: directory(),
      store: { url: await testStoreUrl() },
    })
    const password = new Secret(PASSWORD)
    await warder.accounts.add({ email: 'alice@example.com', password })
    await expect(warder.accounts.add({ email: 'ALICE@example.com', password })).rejects.toThrow(
      'There is an account with this e-mail address already.',
    )
    const client = {
      id: 'app',
      metadata: { client_name: 'App', redirect_uris: ['https://a.test/'] },
      resources: null,
    }
    await warder.clients.add(client)
    await expect(warder.clients.add(client)).rejects.toMatchObject({ code: 'client_exists' })
  })

  it('UI-07 what a caller says of itself cannot break out of an event', async () => {
    const events: WarderEvent[] = []
    const warder = await open(
      { issuer: ISSUER, data: directory(), store: { url: await testStoreUrl() }, mcp },
      events,
    )
    const clientId = `x"}\n{"type":"login.succeeded"}\u001b[2J${'y'.repeat(5_000)}`
    const query = new URLSearchParams({ client_id: clientId, response_type: 'code' })
    await warder.fetch(new Request(`${ISSUER}/authorize?${query}`))
    const refused = events.filter(({ type }) => type === 'authorization.refused')
    expect(refused).toHaveLength(1)
    // One event is one line, whoever writes it down.
    expect(JSON.stringify(refused[0]).split('\n')).toHaveLength(1)
    expect(JSON.stringify(refused[0]).length).toBeLessThan(2_500)
  })

  it('UI-08 no secret of a whole sign-in is in the log, the store or an error', async () => {
    const data = directory()
    const events: WarderEvent[] = []
    const settings = { issuer: ISSUER, data, mcp }
    const warder = await open(settings, events)
    await warder.accounts.add({ email: 'alice@example.com', password: new Secret(PASSWORD) })
    const metadata = {
      client_name: 'App',
      redirect_uris: ['https://app.test/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
    }
    const added = await warder.clients.add({ id: 'app', metadata, resources: null })
    expect(JSON.stringify(added)).not.toContain('wcs_')
    const secret = added.secret?.reveal('testing')
    const browser = new Browser(warder, ISSUER)
    const location = await browser.authorize({
      response_type: 'code',
      client_id: 'app',
      redirect_uri: 'https://app.test/cb',
      state: 'canary-state',
      code_challenge: await codeChallenge(VERIFIER),
      code_challenge_method: 'S256',
    })
    const code = new URL(location).searchParams.get('code') ?? ''
    const answers: string[] = []
    const post = async (form: Record<string, string>) => {
      const headers = { authorization: `Basic ${btoa(`app:${secret}`)}` }
      const body = new URLSearchParams(form)
      const response = await warder.fetch(
        new Request(`${ISSUER}/token`, { method: 'POST', body, headers }),
      )
      return response.json()
    }
    const grant = { grant_type: 'authorization_code', code, redirect_uri: 'https://app.test/cb' }
    const tokens = await post({ ...grant, code_verifier: VERIFIER })
    const { refresh_token } = tokens
    const renewed = await post({ grant_type: 'refresh_token', refresh_token })
    answers.push(
      JSON.stringify(await post({ ...grant, code_verifier: VERIFIER })),
      JSON.stringify(
        await post({ grant_type: 'refresh_token', refresh_token: `${refresh_token}x` }),
      ),
    )
    const secrets = [
      ...[PASSWORD, VERIFIER, secret, code, tokens.access_token, refresh_token],
      ...[renewed.refresh_token, renewed.access_token, ...browser.cookies.values()],
      readFileSync(join(data, 'kek'), 'utf8').trim(),
    ]
    expect(secrets.every((each) => typeof each === 'string' && each.length > 20)).toBe(true)
    await warder.close()
    const files = readdirSync(data).filter((name) => name !== 'kek')
    expect(files).toContain('warder.db')
    const kept = files.map((name) => readFileSync(join(data, name), 'latin1')).join('\n')
    const told = JSON.stringify(events) + answers.join('\n')
    for (const canary of secrets) expect(kept + told).not.toContain(canary)
    // The private signing key would be JSON with a member “d”.
    expect(kept).not.toContain('"d":"')
  })

  it('UI-08 a secret in the field for the client is told to nobody', async () => {
    const events: WarderEvent[] = []
    const store = { url: await testStoreUrl() }
    const warder = await open({ issuer: ISSUER, data: directory(), store, mcp }, events)
    const secret = 'wcs_a-client-secret-in-the-wrong-field'
    const query = new URLSearchParams({ client_id: secret, response_type: 'code' })
    await warder.fetch(new Request(`${ISSUER}/authorize?${query}`))
    const form = { grant_type: 'client_credentials', client_id: secret, client_secret: 'app' }
    const body = new URLSearchParams(form)
    await warder.fetch(new Request(`${ISSUER}/token`, { method: 'POST', body }))
    expect(events.map(({ type }) => type).slice(-2)).toEqual([
      'authorization.refused',
      'token.refused',
    ])
    expect(JSON.stringify(events)).not.toContain(secret)
  })

  it('UI-07 the name of a parameter does not become the words of an error', async () => {
    const warder = await open({
      issuer: ISSUER,
      data: directory(),
      store: { url: await testStoreUrl() },
      mcp,
    })
    const metadata = { client_name: 'App', redirect_uris: ['https://app.test/cb'] }
    await warder.clients.add({ id: 'app', metadata, resources: null })
    const words = 'Your account was locked. Call +1 555 0100'
    const query = new URLSearchParams([
      ['client_id', 'app'],
      ['redirect_uri', 'https://app.test/cb'],
      [words, 'x'],
      [words, 'y'],
    ])
    const answer = await warder.fetch(new Request(`${ISSUER}/authorize?${query}`))
    const location = new URL(answer.headers.get('location') ?? '')
    expect(location.searchParams.get('error')).toBe('invalid_request')
    expect(location.searchParams.get('error_description')).not.toContain('locked')
  })

  it('RL-05 headers and bodies that never end are given up on', () => {
    const server = createNodeServer(async () => new Response())
    expect(server.headersTimeout).toBeLessThanOrEqual(10_000)
    expect(server.requestTimeout).toBeLessThanOrEqual(30_000)
    expect(server.maxConnections).toBeGreaterThan(0)
  })

  it('RL-05 a header block beyond 16 kB is answered 431', async () => {
    const server = createNodeServer(async () => new Response('reached'))
    undo.push(() => new Promise((resolve) => server.close(resolve)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)
      })
      let text = ''
      socket.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      socket.on('close', () => resolve(text)).on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  })
})
