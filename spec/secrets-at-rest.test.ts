/**
 * Secrets at rest: a whole Warder goes through everything that makes or takes a secret, and then
 * nothing of them is found where data lies or is written to: the database, its log, the events kept
 * and told, the warnings. In the clear or in base64, base64url or hex.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createWarder, type Warder, type WarderEvent } from 'warder'
import { codeChallenge } from 'warder/protocol'
import { Secret } from 'warder/vault'
import { Browser } from './support/browser.ts'

const ISSUER = 'http://localhost:4000'
const CALLBACK = 'https://app.test/cb'
const PASSWORD = 'correct horse battery staple'
const NEW_PASSWORD = 'purple lantern gravel otter'
const VERIFIER = 'canary-verifier-dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1g'
const KEKS = [1, 2].map((seed) =>
  Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 37 + seed * 11) % 256)).toString('base64'),
)

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

/** An installation, and everything it says. */
interface Watched {
  readonly warder: Warder
  readonly data: string
  /** Events and warnings, as they were told. */
  readonly told: string[]
  /** Values that only their owners may have, by what they are. */
  readonly canaries: Map<string, string>
}

async function open(): Promise<Watched> {
  const data = mkdtempSync(join(tmpdir(), 'warder-at-rest-'))
  undo.push(() => rmSync(data, { recursive: true, force: true }))
  const told: string[] = []
  const mcp = {
    files: {
      command: ['/bin/false'],
      tools: { '*': ['files:read'] },
      env: { UPSTREAM_KEY: { env: 'UPSTREAM_KEY' } },
    },
  }
  const references = { KEK: KEKS[0], OLD_KEK: KEKS[1], UPSTREAM_KEY: 'canary-of-the-upstream-key' }
  const vault = { kek: { env: 'KEK' }, previousKeks: [{ env: 'OLD_KEK' }] }
  const warder = await createWarder(
    { issuer: ISSUER, data, vault, mcp },
    {
      readEnv: (name) => new Map<string, string | undefined>(Object.entries(references)).get(name),
      onEvent: (event: WarderEvent) => void told.push(JSON.stringify(event)),
      onWarning: (warning) => void told.push(warning),
    },
  )
  undo.push(() => warder.close())
  const canaries = new Map(Object.entries(references).map(([name, value]) => [name, value ?? '']))
  return { warder, data, told, canaries }
}

/** Posts a form, and gives the answer whatever it is. */
async function post(
  warder: Warder,
  path: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  const body = new URLSearchParams({ ...form })
  const request = new Request(`${ISSUER}${path}`, { method: 'POST', body, headers })
  const text = await (await warder.fetch(request)).text()
  return text === '' ? {} : JSON.parse(text)
}

const form = async (clientId: string) => ({
  response_type: 'code',
  client_id: clientId,
  redirect_uri: CALLBACK,
  state: 'canary-of-the-state',
  code_challenge: await codeChallenge(VERIFIER),
  code_challenge_method: 'S256',
})

/** Goes through all that a user, a client and an administrator do, well and badly. */
async function live({ warder, canaries }: Watched): Promise<void> {
  const keep = (name: string, value: unknown) => {
    expect(value, name).toBeTypeOf('string')
    canaries.set(name, String(value))
  }
  keep('the password', PASSWORD)
  keep('the next password', NEW_PASSWORD)
  keep('the verifier', VERIFIER)
  const { id } = await warder.accounts.add({
    email: 'alice@example.com',
    password: new Secret(PASSWORD),
  })
  const metadata = {
    client_name: 'App',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  }
  const added = await warder.clients.add({ id: 'app', metadata, resources: null })
  const secret = added.secret?.reveal('testing')
  keep('the client secret', secret)
  const basic = btoa(`app:${secret}`)
  keep('the client credentials', basic)
  const authorized = { authorization: `Basic ${basic}` }

  const browser = new Browser(warder, ISSUER)
  await browser.signIn(
    await browser.start(await form('app')),
    'alice@example.com',
    'a wrong canary',
  )
  keep('a wrong password', 'a wrong canary')
  const location = new URL(await browser.authorize(await form('app')))
  const code = location.searchParams.get('code')
  keep('the code', code)
  for (const [name, value] of browser.cookies) keep(`the cookie ${name}`, value)

  const grant = { grant_type: 'authorization_code', code: code ?? '', redirect_uri: CALLBACK }
  const redeem = { ...grant, code_verifier: VERIFIER }
  const first = await post(warder, '/token', redeem, authorized)
  keep('the access token', first.access_token)
  keep('the refresh token', first.refresh_token)
  const renew = { grant_type: 'refresh_token', refresh_token: first.refresh_token ?? '' }
  const second = await post(warder, '/token', renew, authorized)
  keep('the next access token', second.access_token)
  keep('the next refresh token', second.refresh_token)
  const machine = await post(warder, '/token', { grant_type: 'client_credentials' }, authorized)
  keep('the token of the client itself', machine.access_token)

  const registration = await warder.fetch(
    new Request(`${ISSUER}/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'Other', redirect_uris: [CALLBACK] }),
    }),
  )
  const registered: Record<string, string> = JSON.parse(await registration.text())
  keep('the secret of a registered client', registered.client_secret)
  const rotated = await warder.clients.rotateSecret('app')
  keep('a rotated client secret', rotated.secret?.reveal('testing'))

  const issued = await warder.apiKeys.create({ name: 'ci', scopes: ['files:read'] })
  const renewed = await warder.apiKeys.rotate(issued.id)
  for (const [name, { key }] of Object.entries({ issued, renewed })) {
    const text = key.reveal('testing')
    keep(`the ${name} API key`, text)
    keep(`the secret of the ${name} API key`, text.slice(text.lastIndexOf('_') + 1))
    for (const sent of [text, `${text}x`]) {
      const url = `${ISSUER}/mcp/files?key=${sent}`
      await warder.fetch(new Request(url, { method: 'DELETE', headers: { 'x-api-key': sent } }))
    }
  }

  // What is refused is told of, and must not be told with.
  const stolen = 'wcs_canary-that-nobody-was-given-at-all'
  keep('a made up secret', stolen)
  await post(warder, '/token', { ...redeem, client_id: stolen, client_secret: stolen })
  await post(warder, '/token', { ...redeem, code: `${code}x` }, authorized)
  await post(warder, '/revoke', { token: second.refresh_token ?? '', client_id: 'app' }, authorized)
  await post(warder, '/token', redeem, authorized)
  await warder.fetch(
    new Request(`${ISSUER}/mcp/files?access_token=${first.access_token}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${first.access_token}x`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    }),
  )
  await warder.accounts.setPassword(id, new Secret(NEW_PASSWORD))
  await warder.rekeying.addDataKey()
  await warder.rekeying.reseal()
}

/** The ways a value may be written. */
function spellings(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  // Within longer base64, a value has three spellings; the edges belong to its neighbours.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(4, -4),
  )
  const decoded = /^[A-Za-z0-9+/=]{40,}$/.test(value) ? Buffer.from(value, 'base64') : bytes
  const binary = [decoded.toString('latin1'), decoded.toString('hex'), bytes.toString('hex')]
  const texts = [value, encodeURIComponent(value), ...shifted]
  return [...texts, ...binary].flatMap((text) => [
    text,
    text.replaceAll('+', '-').replaceAll('/', '_'),
  ])
}

describe('Secrets at rest', () => {
  it('UI-08 no secret is in the database, its log, an event or a warning', {
    timeout: 30_000,
  }, async () => {
    const watched = await open()
    const { warder, data, told, canaries } = watched
    await live(watched)
    // While it runs there is a log beside the database, and after it a database that has it all.
    const beside = () =>
      readdirSync(data).map((name) => [name, readFileSync(join(data, name), 'latin1')] as const)
    const running = beside()
    await warder.close()
    const places = new Map([
      ...running.map(([name, content]) => [`${name} while it runs`, content] as const),
      ...beside(),
      ['what was told', told.join('\n')],
    ])
    expect([...places.keys()]).toContain('warder.db-wal while it runs')
    expect(told.length).toBeGreaterThan(20)
    expect(canaries.size).toBeGreaterThan(15)
    const found = [...canaries].flatMap(([name, value]) =>
      [...places].flatMap(([place, content]) =>
        spellings(value).some((spelling) => content.includes(spelling))
          ? [`${name}: ${place}`]
          : [],
      ),
    )
    expect(found).toEqual([])
    // A private key would be JSON with a member “d”, or PEM.
    for (const [place, content] of places) {
      expect(content, place).not.toMatch(/"d":"[\w-]{20,}|PRIVATE KEY/)
    }
  })

  it('is looked for in a way that finds it', () => {
    const [kek = ''] = KEKS
    const hidden = [
      Buffer.from(`xx${PASSWORD}yyy`).toString('base64'),
      Buffer.from(`x${PASSWORD}y`).toString('base64url'),
      Buffer.from(PASSWORD).toString('hex'),
      encodeURIComponent(PASSWORD),
    ]
    for (const text of hidden) {
      expect(spellings(PASSWORD).some((spelling) => text.includes(spelling))).toBe(true)
    }
    const raw = Buffer.from(kek, 'base64').toString('latin1')
    expect(spellings(kek).some((spelling) => raw.includes(spelling))).toBe(true)
  })
})
