import fc from 'fast-check'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { isRevoked } from 'warder/server'
import { anotherServer } from './support/another-server.ts'
import {
  API,
  authorizationServer,
  basic,
  claims,
  ISSUER,
  MCP,
  type Rig,
  type RigOptions,
  refresh,
} from './support/authorization-server.ts'
import type { Browser } from './support/browser.ts'
import { faultyStore, type Interference, touches } from './support/faulty-store.ts'
import { foreignClient } from './support/foreign-client.ts'
import { expectErrorPage, expectPage, wordsOf } from './support/pages.ts'
import { counts, granted, outcome, postFrom, request } from './support/requests.ts'

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

const ON = { device: { enabled: true } }

/** A server for devices: `tv`, `tv2` (public), `box` (with a secret), all for the device grant. */
async function deviceServer(options: RigOptions = {}) {
  const rig = await authorizationServer({ settings: ON, ...options })
  const add = (id: string, metadata: object = {}) =>
    rig.clients.add({
      id,
      resources: null,
      metadata: {
        client_name: id,
        grant_types: [GRANT, 'refresh_token'],
        token_endpoint_auth_method: 'none',
        ...metadata,
      },
    })
  await add('tv', { client_name: 'Television' })
  await add('tv2')
  const box = await add('box', { token_endpoint_auth_method: 'client_secret_basic' })
  return { ...rig, box: basic('box', box.secret?.reveal('testing') ?? '') }
}

interface DeviceAnswer {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri: string
  readonly verification_uri_complete: string
  readonly expires_in: number
  readonly interval: number
}

const FORM = { client_id: 'tv', scope: 'notes:read', resource: MCP }

/** A device asks; gives the answer as it came. */
const ask = (rig: Pick<Rig, 'post'>, changes: Record<string, string> = {}) =>
  rig.post('/device_authorization', { ...FORM, ...changes })

/** A device asks, and is answered. */
async function waiting(rig: Pick<Rig, 'post'>, changes: Record<string, string> = {}) {
  const response = await ask(rig, changes)
  const body: DeviceAnswer & { error?: string } = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(200)
  return body
}

const poll = (
  rig: Pick<Rig, 'post'>,
  device_code: string,
  changes: Record<string, string> = {},
): Promise<Response> =>
  rig.post('/token', { grant_type: GRANT, client_id: 'tv', device_code, ...changes })

/** A browser at the page for codes, signed in. */
async function arrive(browser: Browser, username = 'alice@example.com', url = `${ISSUER}/device`) {
  const at = await browser.open(url)
  const page = await at.response.clone().text()
  return page.includes('name="password"') ? browser.signIn(at, username) : at
}

/** Types a code at the page where the browser is, and follows to what comes next. */
async function type(browser: Browser, at: { response: Response; url: string }, code: string) {
  const response = await browser.press(at, 'confirm', { fields: { user_code: code } })
  const location = response.headers.get('location')
  return location === null ? { response, url: at.url } : browser.open(location)
}

/** The whole way to the question. */
async function enter(browser: Browser, code: string, username?: string) {
  return type(browser, await arrive(browser, username), code)
}

/** The whole way: the user signs in, enters the code and presses a button. */
async function answer(rig: Rig, code: string, action: 'approve' | 'deny', browser = rig.browser()) {
  return browser.press(await enter(browser, code), action)
}

/** The row of the only device that asked. */
const row = async (rig: Rig) => {
  const [first] = await rig.store.list('deviceCodes', {}, { limit: 1 })
  if (first === undefined) throw new Error('No device has asked.')
  return first
}

describe('RFC 8628 §3.1 Device authorization request', () => {
  it('is a POST of a form by a client that is registered for it', async () => {
    const rig = await deviceServer()
    for (const method of ['GET', 'PUT']) {
      const response = await request(rig, '/device_authorization?client_id=tv', { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    }
    expect(await outcome(await ask(rig, { client_id: 'pub' }))).toBe('400 unauthorized_client')
    expect(await outcome(await ask(rig, { client_id: 'nobody' }))).toBe('401 invalid_client')
    expect(await outcome(await rig.post('/device_authorization', {}))).toBe('401 invalid_client')
  })

  it('a client with a secret MUST authenticate as at the token endpoint', async () => {
    const rig = await deviceServer()
    expect(await outcome(await ask(rig, { client_id: 'box' }))).toBe('401 invalid_client')
    const { client_id: _, ...form } = FORM
    const response = await rig.post('/device_authorization', form, rig.box)
    const { device_code } = await response.json()
    expect(await outcome(await poll(rig, device_code, { client_id: 'box' }))).toBe(
      '401 invalid_client',
    )
    const mine = { grant_type: GRANT, device_code }
    expect(await outcome(await rig.post('/token', mine, rig.box))).toBe('400 authorization_pending')
  })

  it('CA-02 two methods are refused here too', async () => {
    const rig = await deviceServer()
    const form = { ...FORM, client_id: 'box', client_secret: 'x' }
    expect(await outcome(await rig.post('/device_authorization', form, rig.box))).toBe(
      '400 invalid_request',
    )
  })

  it.each([
    ['a scope that nobody has', { scope: 'nonsense' }, '400 invalid_scope'],
    ['a malformed scope', { scope: 'a  b' }, '400 invalid_scope'],
    ['another resource', { resource: 'https://other.test/' }, '400 invalid_target'],
  ])('what could not be granted is refused at once: %s', async (_, changes, expected) => {
    const rig = await deviceServer()
    expect(await outcome(await ask(rig, changes))).toBe(expected)
    expect(await rig.store.list('deviceCodes', {}, { limit: 1 })).toEqual([])
    expect(rig.events.filter(({ type }) => type === 'authorization.refused')).toHaveLength(1)
  })

  it('MUST NOT be asked for a scope of roles: it is left out, and by itself refused', async () => {
    const rig = await deviceServer()
    const { user_code, device_code } = await waiting(rig, { scope: 'notes:read notes:admin' })
    const browser = rig.browser()
    const at = await enter(browser, user_code, 'admin@example.com')
    await browser.press(at, 'approve')
    expect((await granted(await poll(rig, device_code))).scope).toBe('notes:read')
    expect(await outcome(await ask(rig, { scope: 'notes:admin' }))).toBe('400 invalid_scope')
  })

  it('without a scope the baseline is asked for', async () => {
    const rig = await deviceServer()
    await rig.post('/device_authorization', { client_id: 'tv', resource: API })
    expect(await row(rig)).toMatchObject({ scopes: ['bills:read'], resource: API })
  })

  it('RL-01 a source, and a client from wherever, may ask so often a minute', async () => {
    const device = { enabled: true, perSource: 3, perClient: 5 }
    const rig = await deviceServer({ settings: { device } })
    const from = (address: string, client_id = 'tv') =>
      postFrom(rig, address, '/device_authorization', { ...FORM, client_id })
    for (let i = 0; i < 3; i++) expect((await from('192.0.2.1')).status).toBe(200)
    const refused = await from('192.0.2.1')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '20'])
    for (let i = 0; i < 2; i++) expect((await from('192.0.2.2')).status).toBe(200)
    expect((await from('192.0.2.3')).status).toBe(429)
    expect((await from('192.0.2.3', 'tv2')).status).toBe(200)
  })

  it('DV-15 is off unless it is switched on: no address, no grant, nothing in the metadata', async () => {
    const off = await authorizationServer()
    const metadata = async (rig: Rig) =>
      (await request(rig, '/.well-known/oauth-authorization-server')).json()
    expect(await metadata(off)).not.toHaveProperty('device_authorization_endpoint')
    expect((await metadata(off)).grant_types_supported).not.toContain(GRANT)
    expect((await ask(off)).status).toBe(404)
    expect((await request(off, '/device')).status).toBe(404)
    expect(await outcome(await poll(off, 'x'))).toBe('400 unsupported_grant_type')
    const on = await deviceServer()
    expect(await metadata(on)).toMatchObject({
      device_authorization_endpoint: `${ISSUER}/device_authorization`,
      grant_types_supported: expect.arrayContaining([GRANT]),
    })
  })

  it('DV-15 a client that registers itself never gets it', async () => {
    const rig = await deviceServer()
    const id = await rig.register({
      client_name: 'Dyn',
      redirect_uris: ['https://dyn.test/cb'],
      grant_types: ['authorization_code', GRANT],
      token_endpoint_auth_method: 'none',
    })
    expect(await outcome(await ask(rig, { client_id: id }))).toBe('400 unauthorized_client')
  })
})

describe('RFC 8628 §3.2 Device authorization response', () => {
  it('has the codes, where to enter one, how long they live and how often to ask', async () => {
    const rig = await deviceServer()
    const response = await ask(rig)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    const body: DeviceAnswer = await response.json()
    expect(body).toEqual({
      device_code: expect.stringMatching(/^wdc_[\w-]{43}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: `${ISSUER}/device`,
      verification_uri_complete: `${ISSUER}/device?user_code=${body.user_code}`,
      expires_in: 300,
      interval: 5,
    })
  })

  it('§6.1 user codes are drawn evenly from twenty letters, and none comes up twice', async () => {
    const device = { enabled: true, perSource: 10_000, perClient: 10_000 }
    const rig = await deviceServer({ settings: { device } })
    const seen = new Map<string, number>()
    const codes = new Set<string>()
    for (let i = 0; i < 500; i++) {
      const { user_code } = await waiting(rig)
      codes.add(user_code)
      for (const letter of user_code.replace('-', '')) {
        seen.set(letter, (seen.get(letter) ?? 0) + 1)
      }
    }
    expect([codes.size, seen.size]).toEqual([500, 20])
    for (const count of seen.values()) {
      expect(count).toBeGreaterThan(140)
      expect(count).toBeLessThan(270)
    }
  })

  it('SD-01 neither code is kept, told of or logged', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    await answer(rig, user_code, 'approve')
    await granted(await poll(rig, device_code))
    const kept = JSON.stringify([
      await rig.store.list('deviceCodes', {}, { limit: 10 }),
      await rig.store.list('events', {}, { limit: 100 }),
      rig.events,
    ])
    for (const secret of [device_code, user_code, user_code.replace('-', '')]) {
      expect(kept).not.toContain(secret)
    }
  })
})

describe('RFC 8628 §3.3 User interaction', () => {
  it('the user signs in, enters the code, is asked, and the device gets what they allowed', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig, { scope: 'openid notes:read' })
    const browser = rig.browser()
    const entry = await arrive(browser)
    expectPage(entry.response)
    const at = await type(browser, entry, user_code)
    expectPage(at.response)
    const words = wordsOf(await at.response.clone().text())
    for (const shown of ['Television', 'Verified', 'Notes', 'mcp.test', 'read your notes']) {
      expect(words).toContain(shown)
    }
    expect(words).toContain(user_code)
    const done = await browser.press(at, 'approve')
    expectPage(done)
    expect(wordsOf(await done.text())).toContain('Device connected')
    const given = await granted(await poll(rig, device_code))
    expect(given).toMatchObject({ token_type: 'Bearer', scope: 'openid notes:read' })
    expect(claims(given.access_token)).toMatchObject({ aud: MCP, client_id: 'tv', iss: ISSUER })
    expect(claims(given.id_token ?? '')).toMatchObject({ aud: 'tv' })
    const again = await granted(await refresh(rig, given.refresh_token ?? '', { client_id: 'tv' }))
    expect(claims(again.access_token).sid).toBe(claims(given.access_token).sid)
  })

  it('its events carry one correlation id, from the question to the token', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    await answer(rig, user_code, 'approve')
    const { access_token } = await granted(await poll(rig, device_code))
    const { cid } = claims(access_token)
    const flow = rig.events.filter(({ correlationId }) => correlationId === cid)
    expect(flow.map(({ type }) => type)).toEqual([
      ...['device.requested', 'device.claimed', 'consent.granted', 'device.redeemed'],
      'token.issued',
    ])
  })

  it.each([
    ['as it is shown', (code: string) => code],
    ['in small letters', (code: string) => code.toLowerCase()],
    ['without the hyphen', (code: string) => code.replace('-', '')],
    ['with spaces', (code: string) => ` ${[...code.replace('-', '')].join(' ')} `],
    ['with another dash', (code: string) => code.replace('-', '–')],
    ['with underscores and dots', (code: string) => code.replace('-', '_.')],
  ])('§6.1 DV-01 the code is read %s', async (_, typed) => {
    const rig = await deviceServer()
    const { user_code } = await waiting(rig)
    const at = await enter(rig.browser(), typed(user_code))
    expect(await at.response.text()).toContain('value="approve"')
  })

  it.each(['', 'BCDF', 'BCDF-GHJKL', 'AEIO-UAEI', 'ß', '１２３４', 'İıſK-BCDF', '%00', '<script>'])(
    'what is no code is answered like a wrong one: %j',
    async (typed) => {
      const rig = await deviceServer()
      const at = await enter(rig.browser(), typed)
      expectPage(at.response, 400)
      const page = await at.response.text()
      expect(page).toContain('id="error" data-code="invalid_user_code"')
      expect(page).not.toContain('<script>')
    },
  )

  it('every form needs the token of its page, and to come from it', async () => {
    const rig = await deviceServer()
    const { user_code, device_code } = await waiting(rig)
    const browser = rig.browser()
    const entry = await arrive(browser)
    for (const forged of [
      { fields: { user_code, csrf: '' } },
      { fields: { user_code, csrf: 'x'.repeat(66) } },
      { fields: { user_code }, headers: { 'sec-fetch-site': 'cross-site' } },
      { fields: { user_code }, headers: { 'sec-fetch-site': 'same-site' } },
    ]) {
      await expectErrorPage(await browser.press(entry, 'confirm', forged), 403)
    }
    const at = await type(browser, entry, user_code)
    for (const action of ['approve', 'deny']) {
      const csrf = { fields: { csrf: '' } }
      await expectErrorPage(await browser.press(at, action, csrf), 403)
      const elsewhere = { headers: { 'sec-fetch-site': 'cross-site' } }
      await expectErrorPage(await browser.press(at, action, elsewhere), 403)
    }
    expect((await row(rig)).state).toBe('pending')
    expect(await outcome(await poll(rig, device_code))).toBe('400 authorization_pending')
  })

  it('the token of the question of one code is not that of another', async () => {
    const rig = await deviceServer()
    const [first, second] = [await waiting(rig), await waiting(rig)]
    const browser = rig.browser()
    const one = await enter(browser, first.user_code)
    const other = await enter(browser, second.user_code)
    const page = await one.response.clone().text()
    const swapped = await browser.submit(page, other.url, { fields: { action: 'approve' } })
    await expectErrorPage(swapped, 403)
  })

  it('who is not who they thought switches the account, and the code goes with them', async () => {
    const rig = await deviceServer()
    const { user_code, device_code } = await waiting(rig)
    const browser = rig.browser()
    const at = await enter(browser, user_code, 'bob@example.com')
    const out = await browser.press(at, 'logout')
    const login = await browser.open(out.headers.get('location') ?? '')
    const again = await browser.signIn(login, 'alice@example.com')
    const question = await type(browser, again, user_code)
    await browser.press(question, 'approve')
    const { access_token } = await granted(await poll(rig, device_code))
    const alice = await rig.accounts.findByEmail('alice@example.com')
    expect(claims(access_token).sub).toBe(alice?.id)
  })

  it('a button of a page that is not there does nothing', async () => {
    const rig = await deviceServer()
    const browser = rig.browser()
    const entry = await arrive(browser)
    for (const action of ['', 'redeem', '__proto__', 'constructor']) {
      await expectErrorPage(await browser.press(entry, action), 400)
    }
  })
})

describe('RFC 8628 §3.4, §3.5 Device access token request and response', () => {
  it('device_code is REQUIRED', async () => {
    const rig = await deviceServer()
    const form = { grant_type: GRANT, client_id: 'tv' }
    expect(await outcome(await rig.post('/token', form))).toBe('400 invalid_request')
  })

  it.each(['nonsense', 'wdc_', `wdc_${'A'.repeat(43)}`, "' OR 1=1 --", 'x'.repeat(50_000)])(
    'invalid_grant for what is no device code: %s',
    async (code) => {
      const rig = await deviceServer()
      await waiting(rig)
      expect(await outcome(await poll(rig, code))).toBe('400 invalid_grant')
    },
  )

  it('TK-08 no other thing is a device code, and a device code is nothing else', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    const { id } = await row(rig)
    for (const other of [user_code, id, rig.secrets.web, device_code.replace('wdc_', 'wac_')]) {
      expect(await outcome(await poll(rig, other))).toBe('400 invalid_grant')
    }
    const code = { grant_type: 'authorization_code', code: device_code, client_id: 'pub' }
    expect(await outcome(await rig.post('/token', code))).toBe('400 invalid_grant')
    expect(await outcome(await refresh(rig, device_code))).toBe('400 invalid_grant')
  })

  it('authorization_pending until there is an answer, which is no refusal to be recorded', async () => {
    const rig = await deviceServer()
    const { device_code, interval } = await waiting(rig)
    for (let i = 0; i < 5; i++) {
      const response = await poll(rig, device_code)
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await outcome(response)).toBe('400 authorization_pending')
      rig.platform.advance(interval * 1000)
    }
    expect(counts(rig.events)).toMatchObject({ 'device.requested': 1 })
    expect(rig.events.filter(({ type }) => /refused/.test(type))).toEqual([])
  })

  it('slow_down MUST make the interval 5 seconds longer, for this and all later requests', async () => {
    const rig = await deviceServer()
    const { device_code } = await waiting(rig)
    const pollAfter = async (seconds: number) => {
      rig.platform.advance(seconds * 1000)
      return outcome(await poll(rig, device_code))
    }
    expect(await pollAfter(0)).toBe('400 authorization_pending')
    expect(await pollAfter(1)).toBe('400 slow_down')
    expect(await pollAfter(9)).toBe('400 slow_down')
    expect(await pollAfter(14)).toBe('400 slow_down')
    expect(await pollAfter(20)).toBe('400 authorization_pending')
    expect(await pollAfter(19.6)).toBe('400 authorization_pending')
    expect(await pollAfter(19)).toBe('400 slow_down')
    for (let i = 0; i < 20; i++) expect(await pollAfter(0)).toBe('400 slow_down')
    expect((await row(rig)).interval).toBe(60)
    expect(await pollAfter(60)).toBe('400 authorization_pending')
    expect(rig.events.filter(({ type }) => /refused/.test(type))).toEqual([])
  })

  it('a device that asked too soon still gets its answer at once', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    for (let i = 0; i < 5; i++) await poll(rig, device_code)
    await answer(rig, user_code, 'approve')
    await granted(await poll(rig, device_code))
  })

  it('access_denied when the user turned it down, as often as it is asked', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    const done = await answer(rig, user_code, 'deny')
    expect(wordsOf(await done.text())).toContain('Nothing was connected')
    for (let i = 0; i < 3; i++) {
      expect(await outcome(await poll(rig, device_code))).toBe('400 access_denied')
    }
  })

  it('expired_token when its time is over, also when it was approved and not fetched', async () => {
    const rig = await deviceServer()
    const [first, second] = [await waiting(rig), await waiting(rig)]
    await answer(rig, second.user_code, 'approve')
    rig.platform.advance(299_999)
    expect(await outcome(await poll(rig, first.device_code))).toBe('400 authorization_pending')
    rig.platform.advance(1)
    expect(await outcome(await poll(rig, first.device_code))).toBe('400 expired_token')
    expect(await outcome(await poll(rig, second.device_code))).toBe('400 expired_token')
    await rig.store.sweep(rig.platform.now(), 1_000)
    expect(await outcome(await poll(rig, first.device_code))).toBe('400 expired_token')
    rig.platform.advance(600_000)
    await rig.store.sweep(rig.platform.now(), 1_000)
    expect(await outcome(await poll(rig, first.device_code))).toBe('400 invalid_grant')
    expect(await rig.store.list('deviceCodes', {}, { limit: 1 })).toEqual([])
  })

  it('RS-08 for no other resource than was asked for', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    await answer(rig, user_code, 'approve')
    expect(await outcome(await poll(rig, device_code, { resource: API }))).toBe(
      '400 invalid_target',
    )
    await granted(await poll(rig, device_code, { resource: MCP }))
  })

  it('a client that registered for the device grant alone gets no refresh token, and its token ends with the grant', async () => {
    const rig = await deviceServer()
    await rig.clients.add({
      id: 'once',
      resources: null,
      metadata: { client_name: 'x', grant_types: [GRANT], token_endpoint_auth_method: 'none' },
    })
    const { device_code, user_code } = await waiting(rig, { client_id: 'once' })
    await answer(rig, user_code, 'approve')
    const given = await granted(await poll(rig, device_code, { client_id: 'once' }))
    expect(given.refresh_token).toBeUndefined()
    const { sub, jti, sid, client_id } = claims(given.access_token)
    await rig.accounts.setDisabled(String(sub), true)
    const token = { jti: String(jti), sid: String(sid), client_id: String(client_id) }
    expect(await isRevoked(token, rig.store)).toBe(true)
  })
})

describe('Attacks on the device grant', () => {
  it('DV-01 five wrong codes, then the account waits: not even the right one gets through', async () => {
    const rig = await deviceServer()
    const { user_code } = await waiting(rig)
    const browser = rig.browser()
    const entry = await arrive(browser)
    for (let i = 0; i < 5; i++) {
      expect((await type(browser, entry, 'BCDF-GHJK')).response.status).toBe(400)
    }
    const refused = await browser.press(entry, 'confirm', { fields: { user_code } })
    await expectErrorPage(refused, 429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await row(rig)).sessionId).toBeNull()
    browser.address = '198.51.100.7'
    expect((await type(browser, entry, user_code)).response.status).toBe(429)
    rig.platform.advance(6_000)
    expect((await type(browser, entry, user_code)).response.status).toBe(200)
  })

  it('DV-01 a hundred at once are not more, and a right one in between earns no more', async () => {
    const rig = await deviceServer()
    const { user_code } = await waiting(rig)
    const browser = rig.browser()
    const entry = await arrive(browser)
    const tries = (count: number) =>
      Promise.all(
        Array.from({ length: count }, async () => {
          const fields = { user_code: 'BCDF-GHJK' }
          return (await browser.press(entry, 'confirm', { fields })).status
        }),
      )
    expect((await tries(3)).filter((status) => status === 400)).toHaveLength(3)
    expect((await type(browser, entry, user_code)).response.status).toBe(200)
    expect((await tries(100)).filter((status) => status === 400)).toHaveLength(2)
  })

  it('DV-01 one source has one budget, whatever accounts it signs in with', async () => {
    const rig = await deviceServer()
    for (const username of ['alice@example.com', 'bob@example.com']) {
      const browser = rig.browser()
      const entry = await arrive(browser, username)
      for (let i = 0; i < 3; i++) await type(browser, entry, 'BCDF-GHJK')
    }
    const browser = rig.browser()
    const entry = await arrive(browser, 'admin@example.com')
    expect((await type(browser, entry, 'BCDF-GHJK')).response.status).toBe(429)
  })

  it('DV-01 all accounts together have one', async () => {
    const rig = await deviceServer({
      settings: { device: { enabled: true, wrongCodesOfAll: 4 } },
    })
    const statuses: number[] = []
    for (const [i, username] of ['alice@example.com', 'bob@example.com'].entries()) {
      const browser = rig.browser()
      browser.address = `198.51.100.${i}`
      const entry = await arrive(browser, username)
      for (let j = 0; j < 3; j++) {
        statuses.push((await type(browser, entry, 'BCDF-GHJK')).response.status)
      }
    }
    expect(statuses).toEqual([400, 400, 400, 400, 429, 429])
  })

  it('DV-01 nobody guesses without an account, or by address', async () => {
    const rig = await deviceServer()
    const { verification_uri_complete } = await waiting(rig)
    const known = await rig.browser().open(verification_uri_complete)
    const unknown = await rig.browser().open(`${ISSUER}/device?user_code=BCDF-GHJK`)
    const shape = (page: string) => wordsOf(page)
    expect(shape(await known.response.text())).toBe(shape(await unknown.response.text()))
    const browser = rig.browser()
    const mine = await arrive(browser, 'alice@example.com', verification_uri_complete)
    const guess = await browser.open(`${ISSUER}/device?user_code=BCDF-GHJK`)
    const words = async ({ response }: typeof mine) => wordsOf(await response.text())
    expect(await words(mine)).toBe(await words(guess))
  })

  it('DV-04 one answer: whatever is pressed afterwards, the first counts', async () => {
    const rig = await deviceServer()
    for (const [first, second, expected] of [
      ['approve', 'approve', '200'],
      ['approve', 'deny', '200'],
      ['deny', 'approve', '400 access_denied'],
      ['deny', 'deny', '400 access_denied'],
    ] as const) {
      const { device_code, user_code } = await waiting(rig)
      const browser = rig.browser()
      const at = await enter(browser, user_code)
      await browser.press(at, first)
      const again = await browser.press(at, second)
      expect(wordsOf(await again.text())).toContain('Your first answer counts')
      expect(wordsOf(await (await browser.open(at.url)).response.text())).toContain('Already done')
      expect(await outcome(await poll(rig, device_code))).toBe(expected)
      expect(await outcome(await poll(rig, device_code))).toMatch(
        first === 'deny' ? /^400 access_denied$/ : /^400 invalid_grant$/,
      )
    }
  })

  it('DV-04 an answer that comes too late is none', async () => {
    const rig = await deviceServer()
    for (const action of ['approve', 'deny']) {
      const { device_code, user_code } = await waiting(rig)
      const browser = rig.browser()
      const at = await enter(browser, user_code)
      rig.platform.advance(300_000)
      const late = await browser.press(at, action)
      expect(wordsOf(await late.text())).toContain('That code does not work')
      expect(await outcome(await poll(rig, device_code))).toBe('400 expired_token')
    }
    const { user_code } = await waiting(rig)
    rig.platform.advance(300_000)
    expect((await enter(rig.browser(), user_code)).response.status).toBe(400)
  })

  it('DV-05 FT-09 fifty questions at once after the answer, at two servers: one is given tokens', async () => {
    for (let round = 0; round < 5; round++) {
      const rig = await deviceServer()
      const other = await anotherServer(rig, { settings: ON })
      const { device_code, user_code } = await waiting(rig)
      await answer(rig, user_code, 'approve')
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, i) => poll(i % 2 === 0 ? rig : other, device_code)),
      )
      const outcomes = await Promise.all(answers.map((each) => outcome(each.clone())))
      expect(outcomes.filter((each) => each === '200')).toHaveLength(1)
      expect(outcomes.filter((each) => each === '400 invalid_grant')).toHaveLength(49)
      expect(await rig.store.list('families', {}, { limit: 10 })).toHaveLength(1)
      const winner = answers.find(({ status }) => status === 200)
      const { refresh_token = '' } = await granted(winner ?? Response.json({}))
      await granted(await refresh(rig, refresh_token, { client_id: 'tv' }))
    }
  })

  it('FT-09 fifty questions at once before the answer: one in time, and none is lost in the rush', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    const answers = await Promise.all(Array.from({ length: 50 }, () => poll(rig, device_code)))
    const outcomes = await Promise.all(answers.map(outcome))
    expect(outcomes.filter((each) => each === '400 authorization_pending')).toHaveLength(1)
    expect(outcomes.filter((each) => each === '400 slow_down')).toHaveLength(49)
    await answer(rig, user_code, 'approve')
    await granted(await poll(rig, device_code))
  })

  it('FT-09 questions while the user answers: one terminal state, at most one grant', async () => {
    for (const actions of [
      ['approve', 'approve'],
      ['deny', 'approve'],
      ['approve', 'deny'],
      ['deny', 'deny'],
    ]) {
      for (let round = 0; round < 5; round++) {
        const rig = await deviceServer()
        const { device_code, user_code } = await waiting(rig)
        const browser = rig.browser()
        const at = await enter(browser, user_code)
        const presses = actions.map((action) => browser.press(at, action))
        const polls = Array.from({ length: 50 }, () => poll(rig, device_code).then(outcome))
        const pages = await Promise.all((await Promise.all(presses)).map((page) => page.text()))
        const outcomes = await Promise.all(polls)
        outcomes.push(await outcome(await poll(rig, device_code)))
        const decided = pages.filter((page) => !page.includes('Your first answer counts'))
        expect(decided).toHaveLength(1)
        const isApproved = decided[0]?.includes('Device connected') === true
        expect(outcomes.filter((each) => each === '200')).toHaveLength(isApproved ? 1 : 0)
        expect((await row(rig)).state).toBe(isApproved ? 'redeemed' : 'denied')
        expect(outcomes.filter((each) => each.startsWith('5'))).toEqual([])
        expect(await rig.store.list('families', {}, { limit: 5 })).toHaveLength(isApproved ? 1 : 0)
      }
    }
  })

  it('1.27-2 whatever comes in whatever order, it goes one way: a model says the same', async () => {
    const event = fc.constantFrom('confirm', 'approve', 'deny', 'poll', 'wait', 'strangers')
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
        const rig = await deviceServer()
        const { device_code, user_code } = await waiting(rig)
        const browser = rig.browser()
        const entry = await arrive(browser)
        let question: Awaited<ReturnType<typeof type>> | undefined
        let state = 'pending'
        let age = 0
        for (const each of events) {
          const over = age >= 300
          if (each === 'wait') {
            rig.platform.advance(70_000)
            age += 70
          } else if (each === 'confirm') {
            const at = await type(browser, entry, user_code)
            expect(at.response.status).toBe(state === 'pending' && !over ? 200 : 400)
            if (at.response.status === 200) question = at
          } else if (each === 'approve' || each === 'deny') {
            if (question === undefined) continue
            const page = await (await browser.press(question, each)).text()
            const isFirst = state === 'pending' && !over
            expect(page.includes('You can close this window.')).toBe(isFirst)
            if (isFirst) state = each === 'approve' ? 'approved' : 'denied'
          } else if (each === 'poll') {
            const expected = {
              pending: over ? /expired_token/ : /authorization_pending|slow_down/,
              approved: over ? /expired_token/ : /^200$/,
              denied: /access_denied/,
              redeemed: /invalid_grant/,
            }[state]
            expect(await outcome(await poll(rig, device_code))).toMatch(expected ?? /never/)
            if (state === 'approved' && !over) state = 'redeemed'
          } else {
            const stranger = await poll(rig, device_code, { client_id: 'tv2' })
            expect(await outcome(stranger)).toBe('400 invalid_grant')
          }
        }
      }),
      { numRuns: 25, seed: 8628 },
    )
  })

  it('DV-06 another client that has the code is refused, and it is not spent', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    const steal = async () => outcome(await poll(rig, device_code, { client_id: 'tv2' }))
    expect(await steal()).toBe('400 invalid_grant')
    await answer(rig, user_code, 'approve')
    expect(await steal()).toBe('400 invalid_grant')
    expect(rig.events).toContainEqual(
      expect.objectContaining({
        type: 'code.misused',
        clientId: 'tv2',
        rule: 'code.owner/1',
        owner: 'tv',
      }),
    )
    await granted(await poll(rig, device_code))
  })

  it('DV-07 a code that alice entered is hers: bob neither sees the question nor answers it', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    const alice = rig.browser()
    const question = await enter(alice, user_code)
    const bob = rig.browser()
    const entry = await arrive(bob, 'bob@example.com')
    await expectErrorPage((await type(bob, entry, user_code)).response, 403)
    const peeked = await bob.open(question.url)
    expect(await peeked.response.clone().text()).not.toContain('value="approve"')
    for (const action of ['approve', 'deny']) {
      // With a token of his own for that very address: only the binding to alice stands in the way.
      await expectErrorPage(await bob.press(peeked, action), 403)
    }
    expect(counts(rig.events)['device.misused']).toBe(3)
    expect(await outcome(await poll(rig, device_code))).toBe('400 authorization_pending')
    await alice.press(question, 'approve')
    await granted(await poll(rig, device_code))
  })

  it('DV-07 nor does alice herself in another browser, nor anybody before it was entered', async () => {
    const rig = await deviceServer()
    const { device_code, user_code, verification_uri_complete } = await waiting(rig)
    const early = rig.browser()
    const unclaimed = await arrive(early, 'alice@example.com', verification_uri_complete)
    for (const action of ['approve', 'deny']) {
      await expectErrorPage(await early.press(unclaimed, action), 403)
    }
    await enter(rig.browser(), user_code)
    const elsewhere = await type(early, unclaimed, user_code)
    await expectErrorPage(elsewhere.response, 403)
    expect(await outcome(await poll(rig, device_code))).toBe('400 authorization_pending')
  })

  it('DV-07 two who enter it at once: one has it', async () => {
    const rig = await deviceServer()
    const { user_code } = await waiting(rig)
    const browsers = [rig.browser(), rig.browser()]
    const entries = await Promise.all(
      browsers.map((browser, i) =>
        arrive(browser, i === 0 ? 'alice@example.com' : 'bob@example.com'),
      ),
    )
    const pages = await Promise.all(
      browsers.map((browser, i) =>
        type(browser, entries[i] ?? { response: new Response(), url: '' }, user_code),
      ),
    )
    expect(pages.map(({ response }) => response.status).sort()).toEqual([200, 403])
  })

  it('DV-07 signed out in between, the question is nobody’s until it is entered again', async () => {
    const rig = await deviceServer()
    const { user_code } = await waiting(rig)
    const browser = rig.browser()
    const question = await enter(browser, user_code)
    const login = await browser.press(question, 'logout')
    expect((await row(rig)).sessionId).toBeNull()
    const at = await browser.open(login.headers.get('location') ?? '')
    const page = await at.response.text()
    expect(page).toContain('name="password"')
    await expectErrorPage(await browser.press(question, 'approve'), 403)
    expect((await row(rig)).state).toBe('pending')
  })

  it('DV-08 a link with the code in it does nothing by itself, also for who is signed in', async () => {
    const rig = await deviceServer()
    const { device_code, verification_uri_complete } = await waiting(rig)
    const browser = rig.browser()
    await arrive(browser)
    for (const method of ['GET', 'GET']) {
      const response = await browser.fetch(verification_uri_complete, { method })
      expectPage(response)
      const page = await response.text()
      expect(page).not.toMatch(/<script|http-equiv|autofocus/)
      expect(wordsOf(page)).toContain('If somebody sent you this link, close this window')
    }
    expect(await row(rig)).toMatchObject({ state: 'pending', sessionId: null })
    expect(await outcome(await poll(rig, device_code))).toBe('400 authorization_pending')
  })

  it('DV-08 the question asks to compare the code, and says who, for what, since when and from where', async () => {
    const rig = await deviceServer()
    const answered = await postFrom(rig, '203.0.113.99', '/device_authorization', FORM)
    const { user_code }: DeviceAnswer = await answered.json()
    rig.platform.advance(120_000)
    const at = await enter(rig.browser(), user_code)
    const words = wordsOf(await at.response.text())
    for (const shown of [
      ...['Television', 'Notes', 'mcp.test', 'read your notes', user_code, '2 minutes ago'],
      'Asked for from another network, 203.0.113.99',
      'Only allow this if the device is in front of you',
      'Did somebody send you the code, or a link? Then deny',
    ]) {
      expect(words).toContain(shown)
    }
  })

  it('DV-11 on the network that the user is on, it says so', async () => {
    const rig = await deviceServer()
    const answered = await postFrom(rig, '192.0.2.10', '/device_authorization', FORM)
    const { user_code }: DeviceAnswer = await answered.json()
    const at = await enter(rig.browser(), user_code)
    expect(wordsOf(await at.response.text())).toContain('from the network that you use now')
  })

  it('DV-08 being asked once is no consent for the next time', async () => {
    const rig = await deviceServer()
    const browser = rig.browser()
    for (let i = 0; i < 2; i++) {
      const { user_code } = await waiting(rig)
      const at = await enter(browser, user_code)
      expect(await at.response.clone().text()).toContain('value="approve"')
      await browser.press(at, 'approve')
    }
    expect(await rig.store.list('consents', {}, { limit: 1 })).toEqual([])
  })

  it.each<[string, RegExp, (rig: Rig, userId: string) => unknown]>([
    [
      'the account is disabled',
      /access_denied|invalid_grant/,
      (rig, id) => rig.accounts.setDisabled(id, true),
    ],
    [
      'it is disabled and enabled again',
      /access_denied/,
      async (rig, id) => {
        await rig.accounts.setDisabled(id, true)
        await rig.accounts.setDisabled(id, false)
      },
    ],
    ['it is removed', /access_denied|invalid_grant/, (rig, id) => rig.accounts.remove(id)],
    ['the client is removed', /invalid_client|invalid_grant/, (rig) => rig.clients.remove('tv')],
  ])('DV-09 between the answer and the question: %s', async (_, expected, change) => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    await answer(rig, user_code, 'approve')
    const alice = await rig.accounts.findByEmail('alice@example.com')
    await change(rig, alice?.id ?? '')
    expect(await outcome(await poll(rig, device_code))).toMatch(expected)
    expect(await rig.store.list('families', { revokedAt: null }, { limit: 1 })).toEqual([])
  })

  it('DV-09 a resource or a scope that is gone by then is not given', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    await answer(rig, user_code, 'approve')
    const without = await anotherServer(rig, { settings: ON, resources: [] })
    expect(await outcome(await poll(without, device_code))).toBe('400 invalid_target')
    await granted(await poll(rig, device_code))
  })

  it('FT-08 disabling the account races with fetching the tokens: none outlive it', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    await answer(rig, user_code, 'approve')
    const alice = await rig.accounts.findByEmail('alice@example.com')
    const between: Interference = {
      async write(next, changes) {
        if (!touches(changes, 'families')) return next()
        delete between.write
        await rig.accounts.setDisabled(alice?.id ?? '', true)
        return next()
      },
    }
    const slow = await anotherServer(rig, { settings: ON, store: faultyStore(rig.store, between) })
    expect(await outcome(await poll(slow, device_code))).toBe('400 access_denied')
    expect(await rig.store.list('families', {}, { limit: 1 })).toEqual([])
  })

  it('LG-10 revoking the refresh token of a device, or its account, ends what it has', async () => {
    const rig = await deviceServer()
    const { device_code, user_code } = await waiting(rig)
    await answer(rig, user_code, 'approve')
    const given = await granted(await poll(rig, device_code))
    const { jti, sid, client_id } = claims(given.access_token)
    const token = { jti: String(jti), sid: String(sid), client_id: String(client_id) }
    expect(await isRevoked(token, rig.store)).toBe(false)
    await rig.post('/revoke', { client_id: 'tv', token: given.refresh_token ?? '' })
    expect(await isRevoked(token, rig.store)).toBe(true)
  })

  it('what somebody else could fill in is shown as text', async () => {
    const rig = await deviceServer()
    const url = `${ISSUER}/device?user_code=${encodeURIComponent('"><script>alert(1)</script>')}`
    const { response } = await arrive(rig.browser(), 'alice@example.com', url)
    expectPage(response)
    expect(await response.text()).not.toContain('alert(1)')
  })
})

describe('RFC 8628 with an implementation that is not ours', () => {
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterAll(() => {
    vi.useRealTimers()
  })

  it('oauth4webapi finds the endpoint, waits, and takes the tokens', async () => {
    const rig = await deviceServer()
    vi.setSystemTime(rig.platform.now())
    const { server, options } = await foreignClient(rig)
    const client = { client_id: 'tv' }
    const asked = await oauth.deviceAuthorizationRequest(
      server,
      client,
      oauth.None(),
      { scope: 'openid notes:read', resource: MCP },
      options,
    )
    const device = await oauth.processDeviceAuthorizationResponse(server, client, asked)
    const fetchTokens = async () => {
      const response = await oauth.deviceCodeGrantRequest(
        server,
        client,
        oauth.None(),
        device.device_code,
        options,
      )
      return oauth.processDeviceCodeResponse(server, client, response)
    }
    await expect(fetchTokens()).rejects.toMatchObject({ error: 'authorization_pending' })
    await answer(rig, device.user_code, 'approve')
    expect(await fetchTokens()).toMatchObject({ token_type: 'bearer', scope: 'openid notes:read' })
  })
})
