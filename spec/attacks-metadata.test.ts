/** Attacks on what the server says of itself (MD): other hosts, private keys, the wrong key. */

import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createWarder } from 'warder'
import { listen } from 'warder/node'
import { loadSigningKeys, serverSettings } from 'warder/server'
import { openStore } from 'warder/store'
import { fakePlatform } from 'warder/testing'
import { createVault, Secret } from 'warder/vault'
import {
  authorizationCode,
  authorizationParameters,
  authorizationServer,
  claims,
  ISSUER,
  type Rig,
  redeem,
  tokens,
} from './support/authorization-server.ts'
import { granted, postJson } from './support/requests.ts'

const paths = [
  '/.well-known/oauth-authorization-server',
  '/.well-known/openid-configuration',
  '/.well-known/jwks.json',
  '/authorize',
  '/token',
  '/revoke',
  '/register',
  '/interaction',
  '/nowhere',
]

describe('Attacks on where the server is', () => {
  it.each(paths)('MD-01 %s is not answered under another host', async (path) => {
    const rig = await authorizationServer()
    for (const origin of [
      ...['https://evil.test', 'https://as.test.evil.test', 'https://as.test:8443'],
      ...['https://as.test.', 'https://127.0.0.1'],
    ]) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'HEAD']) {
        const response = await rig.server.fetch(new Request(`${origin}${path}`, { method }))
        expect(response.status, `${method} ${origin}`).toBe(421)
        expect(response.headers.has('location')).toBe(false)
        expect(await response.text()).not.toContain('evil')
      }
    }
  })

  it('MD-01 no header moves it: neither documents nor pages nor tokens', async () => {
    const rig = await authorizationServer()
    const headers = {
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '8080',
      forwarded: 'host=evil.test;proto=http',
      'x-original-url': '/evil',
      'x-rewrite-url': '/evil',
    }
    const get = async (url: string) => rig.server.fetch(new Request(url, { headers }))
    for (const path of paths.slice(0, 3)) {
      const [plain, moved] = [
        await rig.server.fetch(new Request(ISSUER + path)),
        await get(ISSUER + path),
      ]
      expect(await moved.text()).toBe(await plain.text())
    }
    const query = new URLSearchParams(await authorizationParameters())
    const start = await get(`${ISSUER}/authorize?${query}`)
    expect(start.headers.get('location')).toMatch(/^https:\/\/as\.test\/interaction\?/)
    const page = await get(start.headers.get('location') ?? '')
    expect(await page.text()).not.toContain('evil.test')
    const { access_token } = await tokens(rig)
    expect(claims(access_token).iss).toBe(ISSUER)
  })

  it('MD-01 over the wire: a foreign Host and a foreign absolute request line get nothing', async () => {
    let rig: Rig | undefined
    const handler = async (request: Request) =>
      rig === undefined ? new Response() : rig.server.fetch(request)
    const listening = await listen(handler, { port: 0, host: '127.0.0.1' })
    const [address = ''] = listening.addresses
    rig = await authorizationServer({ issuer: `http://${address}` })
    const path = paths[0]
    const say = (line: string, host: string) =>
      new Promise<string>((resolve, reject) => {
        let answer = ''
        const socket = connect(Number(address.split(':')[1]), '127.0.0.1')
        socket.setEncoding('utf8').on('data', (text) => {
          answer += text
        })
        socket.on('close', () => resolve(answer)).on('error', reject)
        socket.write(`${line}\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      })
    try {
      const good = await say(`GET ${path} HTTP/1.1`, address)
      expect(good).toMatch(/^HTTP\/1\.1 200 /)
      expect(good).toContain(`"issuer":"http://${address}"`)
      for (const [line, host] of [
        [`GET ${path} HTTP/1.1`, 'evil.test'],
        [`GET http://evil.test${path} HTTP/1.1`, 'evil.test'],
        [`GET ${path} HTTP/1.1`, `${address}@evil.test`],
        [`GET ${path} HTTP/1.1`, ''],
        [`GET //evil.test${path} HTTP/1.1`, address],
      ]) {
        const answer = await say(line ?? '', host ?? '')
        expect(answer, `${line} ${host}`).toMatch(/^HTTP\/1\.1 4\d\d /)
        expect(answer).not.toContain('"issuer"')
        expect(answer).not.toContain('evil.test/')
      }
      // Node looks at Host alone; whoever is asked for, the answer speaks of this server only.
      const absolute = await say(`GET http://evil.test${path} HTTP/1.1`, address)
      expect(absolute).not.toContain('evil.test')
    } finally {
      await listening.close()
    }
  })
})

describe('Attacks on the keys', () => {
  /** Every member of everything, however deep. */
  function members(value: unknown): string[] {
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([name, inner]) => [name, ...members(inner)])
  }

  const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']

  it('MD-03 no JSON that is served has a private member of a key', async () => {
    const rig = await authorizationServer()
    const served: unknown[] = []
    for (const path of paths.slice(0, 3)) {
      served.push(await (await rig.server.fetch(new Request(ISSUER + path))).json())
    }
    const code = await authorizationCode(rig, { scope: 'openid notes:read' })
    const given = await granted(await redeem(rig, code))
    const header = Buffer.from(given.access_token.split('.')[0] ?? '', 'base64url').toString()
    served.push(given, claims(given.access_token), claims(given.id_token ?? ''), JSON.parse(header))
    const app = { client_name: 'x', redirect_uris: ['https://x.test/cb'] }
    served.push(await (await postJson(rig, '/register', app)).json())
    served.push(rig.events)
    const found = members(served)
    expect(found).toContain('kid')
    expect(found.filter((name) => PRIVATE.includes(name))).toEqual([])
  })

  it('MD-03 what is kept of a key is sealed', async () => {
    const rig = await authorizationServer()
    const kept = await rig.store.list('signingKeys', {}, { limit: 10 })
    expect(kept).toHaveLength(1)
    expect(members(kept).filter((name) => PRIVATE.includes(name))).toEqual([])
    expect(JSON.stringify(kept)).not.toContain('"d"')
  })

  it('MD-07 under another key-encryption key no key is loaded, and none is made', async () => {
    const rig = await authorizationServer()
    const { store, platform } = rig
    const vault = createVault(new Secret(new Uint8Array(32).fill(8)))
    const before = await store.list('signingKeys', {}, { limit: 10 })
    const settings = serverSettings.parse({})
    await expect(loadSigningKeys({ store, vault, platform, settings })).rejects.toMatchObject({
      code: 'vault_error',
    })
    expect(await store.list('signingKeys', {}, { limit: 10 })).toEqual(before)
  })

  it('MD-07 the whole product refuses to start under another key, says which setting it is, and writes nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'warder-'))
    const url = `sqlite:${join(directory, 'warder.db')}`
    const settings = { issuer: ISSUER, store: { url }, vault: { kek: { env: 'WARDER_KEK' } } }
    const start = (seed: number) => {
      const kek = Buffer.from(fakePlatform(0, seed).random(32)).toString('base64')
      return createWarder(settings, { readEnv: () => kek })
    }
    const everything = async () => {
      const store = await openStore(url)
      const page = { limit: 100 }
      const rows = [
        await store.list('signingKeys', {}, page),
        await store.list('facts', {}, page),
        await store.list('events', {}, page),
      ]
      await store.close()
      return rows
    }
    try {
      await (await start(7)).close()
      const before = await everything()
      expect(before[0]).toHaveLength(1)
      await expect(start(8)).rejects.toMatchObject({ code: 'config_error', path: 'vault.kek' })
      expect(await everything()).toEqual(before)
      await (await start(7)).close()
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
