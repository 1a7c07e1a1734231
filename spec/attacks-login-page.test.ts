import { describe, expect, it } from 'vitest'
import { accountsSettings } from 'warder/accounts'
import { listen } from 'warder/node'
import { Secret } from 'warder/vault'
import {
  authorizationCode,
  authorizationParameters,
  authorizationServer,
  claims,
  PASSWORD,
  type Rig,
  redeem,
  type TokenResponse,
} from './support/authorization-server.ts'
import { Browser } from './support/browser.ts'
import {
  expectAnswer,
  expectErrorAnswer,
  expectErrorPage,
  expectPage,
  wordsOf,
} from './support/pages.ts'

type Changes = Readonly<Record<string, string | undefined>>
type At = { readonly response: Response; readonly url: string }

const SESSION = '__Host-wd_sid'
const ANOTHER = 'violin harbour oxygen sleeve'
const ALICE = 'alice@example.com'

const start = async (browser: Browser, changes: Changes = {}) =>
  browser.start(await authorizationParameters(changes))

/** Sends the sign-in form, and gives what comes back. */
const attempt = (browser: Browser, at: At, username: string, password = 'not it at all') =>
  browser.press(at, 'login', { fields: { username, password } })

/** What is visible of a refusal: all but what is random in every page, and the name that was typed. */
async function visibleOf(response: Response, username: string) {
  const headers = [...response.headers].map(([name, value]) => [
    name,
    value.replace(/'nonce-[^']*'/g, 'NONCE'),
  ])
  const body = (await response.text())
    .replaceAll(username, 'USERNAME')
    .replace(/nonce="[^"]*"/g, 'NONCE')
    .replace(/name="csrf" value="[^"]*"/, 'CSRF')
    .replace(/\?id=[\w-]{43}/, 'ID')
  return { status: response.status, headers, body }
}

/** A user who failed so often that even the right password has to wait. */
async function lockOut(rig: Rig, username: string): Promise<void> {
  const browser = rig.browser()
  browser.address = '203.0.113.1'
  const at = await start(browser)
  for (let tries = 0; tries < 6; tries++) await attempt(browser, at, username)
}

describe('Attacks on the sign-in page: telling who has an account', () => {
  it('LG-01 unknown, wrong, disabled and locked look the same: status, body and headers', async () => {
    const rig = await authorizationServer()
    const bob = await rig.accounts.findByEmail('bob@example.com')
    await rig.accounts.setDisabled(bob?.id ?? '', true)
    await lockOut(rig, 'admin@example.com')
    await lockOut(rig, 'ghost@example.com')
    const seen = []
    for (const [username, password] of [
      [ALICE, 'wrong'],
      ['nobody@example.com', 'wrong'],
      ['nobody@example.com', PASSWORD],
      ['bob@example.com', PASSWORD],
      ['bob@example.com', 'wrong'],
      ['admin@example.com', PASSWORD],
      ['admin@example.com', 'wrong'],
      ['ghost@example.com', 'wrong'],
      ['no address', 'wrong'],
    ] as const) {
      const browser = rig.browser()
      const response = await attempt(browser, await start(browser), username, password)
      expect(browser.cookies.has(SESSION)).toBe(false)
      seen.push(await visibleOf(response, username))
    }
    const [first, ...others] = seen
    expect(first?.status).toBe(400)
    expect(first?.body).toContain('id="error" data-code="login_failed"')
    for (const other of others) expect(other).toEqual(first)
  })

  it('LG-01 the page before the attempt is the same for everybody, too', async () => {
    const rig = await authorizationServer()
    const seen = []
    for (const username of [ALICE, 'nobody@example.com']) {
      const browser = rig.browser()
      const { response } = await start(browser, { login_hint: username })
      seen.push(await visibleOf(response, username))
    }
    const bodies = seen.map(({ body }) => body)
    expect(bodies[1]).toBe(bodies[0])
  })

  it('LG-01 what is not looked at at all says nothing of the account', async () => {
    const rig = await authorizationServer()
    for (const password of ['', 'x'.repeat(5000)]) {
      const seen = []
      for (const username of [ALICE, 'nobody@example.com']) {
        const browser = rig.browser()
        const response = await attempt(browser, await start(browser), username, password)
        const { status, body } = await visibleOf(response, username)
        const withoutReference = body.replace(/<dd>[\w-]{21}<\/dd>/, '')
        seen.push({ status, withoutReference })
      }
      expect(seen[0]?.status).toBe(400)
      expect(seen[1]).toEqual(seen[0])
    }
  })

  it('LG-01 a password never comes back in a page, an address or an event', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const secret = 'zebra-crossing-at-midnight'
    const response = await attempt(browser, await start(browser), secret, secret)
    expect(JSON.stringify(rig.events)).not.toContain(secret)
    const page = await response.text()
    expect(page.split(secret)).toHaveLength(2)
    expect(page).toContain(`name="username" type="email" value="${secret}"`)
  })
})

describe('Attacks on the sign-in page: guessing', () => {
  it('LG-03 after five failures even the right password has to wait', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const at = await start(browser)
    for (let tries = 0; tries < 5; tries++)
      expect((await attempt(browser, at, ALICE)).status).toBe(400)
    expect((await attempt(browser, at, ALICE, PASSWORD)).status).toBe(400)
    rig.platform.advance(60_000)
    expect((await attempt(browser, at, ALICE, PASSWORD)).status).toBe(303)
  })

  it('LG-03 a hundred at once: no more than five are looked at', async () => {
    const rig = await authorizationServer({ settings: { limits: { authorize: 1000 } } })
    const browsers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const browser = rig.browser()
        browser.address = `198.51.100.${index + 1}`
        return { browser, at: await start(browser) }
      }),
    )
    // Of a hundred guesses the last is right, and comes too late.
    const responses = await Promise.all(
      browsers.map(({ browser, at }, index) =>
        attempt(browser, at, ALICE, index === 99 ? PASSWORD : `guess ${index} of many`),
      ),
    )
    const statuses = new Set(responses.map(({ status }) => status))
    expect([...statuses].every((status) => status === 400 || status === 503)).toBe(true)
    const failed = rig.events.filter(({ type }) => type === 'login.failed')
    expect(failed.length).toBeLessThanOrEqual(5)
  })

  it('LG-05 X-Forwarded-For and its like are not read: the source is who is connected', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const at = await start(browser)
    let refused = 0
    for (let tries = 0; tries < 40; tries++) {
      const address = `203.0.113.${tries}`
      await browser.press(at, 'login', {
        fields: { username: `user${tries}@example.com`, password: 'not it at all' },
        headers: {
          ...{ 'x-forwarded-for': address, 'x-real-ip': address, forwarded: `for=${address}` },
          ...{ 'true-client-ip': address, 'cf-connecting-ip': address, 'x-client-ip': address },
        },
      })
    }
    for (const event of rig.events) {
      if (event.type === 'login.throttled') refused += 1
      expect(event.source ?? '192.0.2.10').toBe('192.0.2.10')
    }
    // Thirty from one source, whatever it says of itself.
    expect(refused).toBe(10)
  })

  it('LG-05 requests are counted per source, and not per what a header says', async () => {
    const rig = await authorizationServer({ settings: { limits: { authorize: 5 } } })
    const browser = rig.browser()
    const statuses = []
    for (let tries = 0; tries < 6; tries++) {
      const headers = { 'x-forwarded-for': `203.0.113.${tries}` }
      statuses.push((await browser.fetch('/authorize', { headers })).status)
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429])
    const refused = await browser.fetch('/authorize')
    expectPage(refused, 429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const other = rig.browser()
    other.address = '192.0.2.11'
    expect((await other.fetch('/authorize')).status).toBe(400)
  })

  it('LG-05 one IPv6 network is one source, and no address at all is one, too', async () => {
    const rig = await authorizationServer({ settings: { limits: { authorize: 1 } } })
    const ask = async (address: string) => {
      const browser = rig.browser()
      browser.address = address
      return (await browser.fetch('/authorize')).status
    }
    expect(await ask('2001:db8::1')).toBe(400)
    expect(await ask('2001:0db8:0000::ffff:1')).toBe(429)
    expect(await ask('2001:db8:0:1::1')).toBe(400)
    const unknown = () => rig.server.fetch(new Request('https://as.test/authorize'))
    expect((await unknown()).status).toBe(400)
    expect((await unknown()).status).toBe(429)
  })
})

describe('Attacks on the session', () => {
  it('LG-09 every cookie is __Host-, Secure, HttpOnly, SameSite=Lax and without a Domain', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const asked = await browser.fetch(
      `/authorize?${new URLSearchParams(await authorizationParameters())}`,
    )
    const at = await browser.open(asked.headers.get('location') ?? '')
    const signedIn = await attempt(browser, at, ALICE, PASSWORD)
    const consent = await browser.open(signedIn.headers.get('location') ?? '')
    const left = await browser.press(consent, 'logout')
    const lines = [asked, signedIn, left].flatMap(({ headers }) => headers.getSetCookie())
    expect(lines).toHaveLength(4)
    for (const line of lines) {
      expect(line).toMatch(
        /^__Host-wd_(?:sid|dev|int_[\w-]{8})=[\w.-]*; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=\d+$/,
      )
    }
  })

  it('LG-09 the session and the interaction have 256 random bits, and only hashes are kept', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    const kept = JSON.stringify([
      await rig.store.list('sessions', {}, { limit: 10 }),
      await rig.store.list('interactions', {}, { limit: 10 }),
    ])
    for (const [name, value] of browser.cookies) {
      if (name !== '__Host-wd_dev') expect(value).toMatch(/^[\w-]{43}$/)
      expect(kept).not.toContain(value)
    }
  })

  it('LG-10 a session that was planted is not taken over: signing in makes a new one', async () => {
    const rig = await authorizationServer()
    const mallory = rig.browser()
    await mallory.authorize(await authorizationParameters(), 'bob@example.com')
    const planted = mallory.cookies.get(SESSION) ?? ''
    const victim = rig.browser()
    const login = await start(victim)
    victim.cookies.set(SESSION, planted)
    await victim.signIn(login)
    expect(victim.cookies.get(SESSION)).not.toBe(planted)
    // What was planted is dead, for whoever planted it as well.
    const { response } = await start(mallory, { prompt: 'none' })
    expectErrorAnswer(response, 'login_required')
  })

  it('LG-10 signing in again ends the session before', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    const before = browser.cookies.get(SESSION) ?? ''
    rig.platform.advance(1)
    await browser.signIn(await start(browser, { prompt: 'login' }))
    const old = rig.browser()
    old.cookies.set(SESSION, before)
    expectErrorAnswer((await start(old, { prompt: 'none' })).response, 'login_required')
  })

  it.each<[string, (rig: Rig, id: string) => Promise<unknown>]>([
    ['a change of password', (rig, id) => rig.accounts.setPassword(id, new Secret(ANOTHER))],
    ['disabling', (rig, id) => rig.accounts.setDisabled(id, true)],
    ['removal', (rig, id) => rig.accounts.remove(id)],
  ])('LG-10 a session is dead after %s', async (_, change) => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    await change(rig, (await rig.accounts.findByEmail(ALICE))?.id ?? '')
    expectErrorAnswer((await start(browser, { prompt: 'none' })).response, 'login_required')
    expect(await (await start(browser)).response.text()).toContain('name="password"')
  })

  it('LG-10 a session is dead after signing out, though its cookie was kept', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const consent = await browser.signIn(await start(browser))
    const cookie = browser.cookies.get(SESSION) ?? ''
    await browser.press(consent, 'logout')
    expect(browser.cookies.has(SESSION)).toBe(false)
    browser.cookies.set(SESSION, cookie)
    expect(await (await browser.fetch(consent.url)).text()).toContain('name="password"')
    const approved = await browser.press(consent, 'approve')
    expect(approved.headers.get('location')).toBeNull()
  })

  it('LG-10 a session ends when it is not used, and after a day however often it is', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    const silent = async () => (await start(browser, { prompt: 'none' })).response
    for (let hour = 0; hour < 24; hour++) {
      rig.platform.advance(3_600_000 - 1)
      expect(expectAnswer(await silent()).parameters.has('code')).toBe(true)
    }
    rig.platform.advance(24)
    expectErrorAnswer(await silent(), 'login_required')
  })

  it('LG-10 the cookie lives as long as its session can, and not only until that is idle', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const { headers } = await attempt(browser, await start(browser), ALICE, PASSWORD)
    const ages = headers.getSetCookie().map((line) => Number(/Max-Age=(\d+)/.exec(line)?.[1]))
    const { sessions } = accountsSettings.parse({})
    expect(ages).toEqual([sessions.absolute, sessions.knownDevice])
  })

  it('LG-17 a cookie that came twice is believed neither time', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const login = await start(browser)
    await browser.signIn(login)
    const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const session = `${SESSION}=${browser.cookies.get(SESSION)}`
    const asked = `/authorize?${new URLSearchParams(await authorizationParameters({ prompt: 'none' }))}`
    const error = async (cookie: string) =>
      expectAnswer(await browser.fetch(asked, { headers: { cookie } })).parameters.get('error')
    expect(await error(cookies)).toBe('consent_required')
    expect(await error(`${cookies}; ${SESSION}=planted`)).toBe('login_required')
    expect(await error(`${SESSION}=planted; ${cookies}`)).toBe('login_required')
    expect(await error(`${session}; ${session}`)).toBe('login_required')
    const interaction = [...browser.cookies].find(([name]) => name.startsWith('__Host-wd_int_'))
    const tossed = `${cookies}; ${interaction?.[0]}=planted`
    await expectErrorPage(await browser.fetch(login.url, { headers: { cookie: tossed } }), 403)
  })

  it('LG-17 a name that only looks like ours is another cookie', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    const value = browser.cookies.get(SESSION)
    const asked = `/authorize?${new URLSearchParams(await authorizationParameters({ prompt: 'none' }))}`
    for (const cookie of [
      ...[`wd_sid=${value}`, `__host-wd_sid=${value}`, `__Host-wd_sid =${value}`],
      ...[`x__Host-wd_sid=${value}`, `__Host-wd_sid="${value}"`, `__Host-wd_sid=${value}x`],
    ]) {
      expectErrorAnswer(await browser.fetch(asked, { headers: { cookie } }), 'login_required')
    }
  })

  it('LG-17 cookies in masses and of any size are no session', async () => {
    const rig = await authorizationServer()
    const asked = `/authorize?${new URLSearchParams(await authorizationParameters({ prompt: 'none' }))}`
    for (const cookie of [
      `${SESSION}=${'A'.repeat(100_000)}`,
      Array.from({ length: 1000 }, (_, index) => `c${index}=x`).join('; '),
      Array.from({ length: 1000 }, () => `${SESSION}=x`).join(';'),
      ';;;===;;',
    ]) {
      const response = await rig.browser().fetch(asked, { headers: { cookie } })
      expectErrorAnswer(response, 'login_required')
    }
  })

  it('LG-17 no site can fill a browser with our cookies: of many open requests the newest count', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const first = await start(browser)
    for (let opened = 0; opened < 50; opened++) await start(browser)
    const last = await start(browser)
    const open = [...browser.cookies.keys()].filter((name) => name.startsWith('__Host-wd_int_'))
    expect(open).toHaveLength(20)
    expect((await browser.fetch(first.url)).status).toBe(403)
    expect((await browser.signIn(last)).response.status).toBe(200)
  })

  it('LG-17 where there is a port, a cookie of 100 kB is turned away before it is read', async () => {
    let asked = 0
    const handler = async () => {
      asked += 1
      return new Response()
    }
    const { addresses, close } = await listen(handler, { port: 0, host: '127.0.0.1' })
    const cookie = `${SESSION}=${'A'.repeat(100_000)}`
    const response = await fetch(`http://${addresses[0]}/authorize`, { headers: { cookie } })
    await close(0)
    expect([response.status, asked]).toEqual([431, 0])
  })
})

describe('Attacks on the sign-in form', () => {
  it.each<[string, Parameters<Browser['press']>[2]]>([
    ['without a token', { fields: { csrf: '' } }],
    ['with a made-up token', { fields: { csrf: `${'A'.repeat(22)}.${'A'.repeat(43)}` } }],
    ['from another site', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['from a sibling site', { headers: { 'sec-fetch-site': 'same-site' } }],
  ])('LG-14 nobody is signed in by a form %s', async (_, submission) => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const at = await start(browser)
    const credentials = { username: 'bob@example.com', password: PASSWORD }
    const fields = { ...credentials, ...submission?.fields }
    await expectErrorPage(await browser.press(at, 'login', { ...submission, fields }), 403)
    expect(browser.cookies.has(SESSION)).toBe(false)
    expect(rig.events.map(({ type }) => type)).not.toContain('login.succeeded')
  })

  it("LG-14 an attacker's own form, token and account do not sign a victim in", async () => {
    const rig = await authorizationServer()
    const [mallory, victim] = [rig.browser(), rig.browser()]
    const his = await start(mallory)
    await expectErrorPage(await attempt(victim, his, 'bob@example.com', PASSWORD), 403)
    // Not even into a request that the victim has open.
    const hers = await start(victim)
    const crossed = { response: his.response, url: hers.url }
    await expectErrorPage(await attempt(victim, crossed, 'bob@example.com', PASSWORD), 403)
    expect(victim.cookies.has(SESSION)).toBe(false)
  })

  it('LG-14 credentials in an address or in JSON are not looked at', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const { response, url } = await start(browser)
    const csrf = /name="csrf" value="([^"]*)"/.exec(await response.text())?.[1] ?? ''
    const fields = { csrf, action: 'login', username: ALICE, password: PASSWORD }
    expectPage(await browser.fetch(`${url}&${new URLSearchParams(fields)}`))
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const headers = { 'content-type': type, 'sec-fetch-site': 'same-origin' }
      const body = JSON.stringify(fields)
      await expectErrorPage(await browser.fetch(url, { method: 'POST', headers, body }))
    }
    expect(browser.cookies.has(SESSION)).toBe(false)
  })

  it.each<Changes>([{ prompt: 'login' }, { max_age: '0' }])(
    'LG-15 %o is kept here and cannot be taken out of what follows',
    async (changes) => {
      const rig = await authorizationServer()
      const browser = rig.browser()
      await browser.authorize(await authorizationParameters({ scope: 'openid' }))
      rig.platform.advance(60_000)
      const login = await start(browser, { scope: 'openid', ...changes })
      for (const url of [`${login.url}&prompt=none`, `${login.url}&max_age=9999&prompt=`])
        expect(await (await browser.fetch(url)).text()).toContain('name="password"')
      const fields = { prompt: 'none', max_age: '9999', acr_values: '0' }
      const approved = await browser.press(login, 'approve', { fields })
      expect(approved.headers.get('location')).toBeNull()
      const { response } = await browser.signIn(login)
      const code = expectAnswer(response).parameters.get('code') ?? ''
      const tokens: TokenResponse = await (await redeem(rig, code)).json()
      const now = Math.floor(rig.platform.now() / 1000)
      expect(claims(tokens.id_token ?? '').auth_time).toBe(now)
    },
  )

  it('LG-15 whoever takes it out of the request itself cannot lie about when the user signed in', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const signedInAt = Math.floor(rig.platform.now() / 1000)
    await browser.authorize(await authorizationParameters({ scope: 'openid' }))
    rig.platform.advance(60_000)
    const code = await authorizationCode(rig, { scope: 'openid' }, browser)
    const tokens: TokenResponse = await (await redeem(rig, code)).json()
    expect(claims(tokens.id_token ?? '').auth_time).toBe(signedInAt)
    expect(claims(tokens.access_token).auth_time).toBe(signedInAt)
  })

  it.each(['//evil.test', '/\\evil.test', 'https:evil.test', 'https://evil.test', 'javascript:1'])(
    'LG-16 no parameter says where to go after signing in: %s',
    async (away) => {
      const rig = await authorizationServer()
      const browser = rig.browser()
      const names = ['return_to', 'redirect', 'next', 'continue', 'url', 'redirect_uri', 'id']
      const away_ = Object.fromEntries(names.map((name) => [name, away]))
      const { redirect_uri: _, id: __, ...inQuery } = away_
      const login = await start(browser, inQuery)
      const fields = { ...away_, username: ALICE, password: PASSWORD }
      const signedIn = await browser.press(
        { ...login, url: `${login.url}&${new URLSearchParams(inQuery)}` },
        'login',
        { fields },
      )
      expect(signedIn.headers.get('location')).toBe(login.url)
    },
  )

  it('asks an empty or overlong password to be mended, and counts nothing', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const at = await start(browser)
    for (const password of ['', 'x'.repeat(2000)])
      await expectErrorPage(await attempt(browser, at, ALICE, password))
    expect((await attempt(browser, at, ALICE, PASSWORD)).status).toBe(303)
  })

  it('shows a scheme as what it is, and not as the host it looks like', async () => {
    const rig = await authorizationServer()
    const redirect_uri = 'accounts.google.com:/cb'
    const client_id = await rig.register({
      client_name: 'Google',
      redirect_uris: [redirect_uri],
      token_endpoint_auth_method: 'none',
    })
    const { response } = await start(rig.browser(), { client_id, redirect_uri })
    expect(wordsOf(await response.text())).toContain('Google accounts.google.com: Sign in')
  })
})

describe('Attacks by other names of the server', () => {
  it.each(['evil.test', 'as.test.evil.test', 'as.test:8443', 'localhost', '127.0.0.1', 'as.test.'])(
    'MD-01 asked as %s it answers nothing: 421',
    async (host) => {
      const rig = await authorizationServer()
      const browser = new Browser(rig.server, `https://${host}`)
      const query = new URLSearchParams(await authorizationParameters())
      const paths = ['/', '/token', '/register', '/revoke', '/interaction?id=x', '/nowhere']
      const documents = ['oauth-authorization-server', 'openid-configuration', 'jwks.json']
      for (const path of [`/authorize?${query}`, ...paths]) {
        const response = await browser.fetch(path)
        expect(response.status).toBe(421)
        expect(response.headers.get('location')).toBeNull()
        expect(response.headers.getSetCookie()).toEqual([])
        expect(await response.text()).not.toContain(host)
      }
      for (const name of documents)
        expect((await browser.fetch(`/.well-known/${name}`)).status).toBe(421)
      expect(await rig.store.list('interactions', {}, { limit: 10 })).toEqual([])
    },
  )

  it('MD-01 no header changes what it calls itself', async () => {
    const rig = await authorizationServer()
    const headers = {
      ...{ 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'http', 'x-host': 'evil.test' },
      ...{ forwarded: 'host=evil.test;proto=http', 'x-original-host': 'evil.test' },
      ...{ 'x-forwarded-prefix': '/evil', 'x-original-url': '/evil', 'x-rewrite-url': '/evil' },
    }
    const browser = rig.browser()
    const metadata = await browser.fetch('/.well-known/oauth-authorization-server', { headers })
    expect(JSON.stringify(await metadata.json())).not.toContain('evil')
    const query = new URLSearchParams(await authorizationParameters())
    const asked = await browser.fetch(`/authorize?${query}`, { headers })
    expect(asked.headers.get('location')).toMatch(/^https:\/\/as\.test\/interaction\?id=/)
    const page = await browser.fetch(asked.headers.get('location') ?? '', { headers })
    expect(await page.text()).not.toContain('evil')
  })
})
