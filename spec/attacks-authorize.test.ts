import { describe, expect, it } from 'vitest'
import {
  API,
  authorizationParameters,
  authorizationServer,
  type Rig,
  redeem,
} from './support/authorization-server.ts'
import type { Browser } from './support/browser.ts'
import {
  answerIn,
  expectAnswer,
  expectErrorAnswer,
  expectErrorPage,
  expectPage,
  wordsOf,
} from './support/pages.ts'

type Changes = Readonly<Record<string, string | undefined>>
const web = { client_id: 'web', redirect_uri: 'https://web.test/cb' }

const start = async (browser: Browser, changes: Changes = {}) =>
  browser.start(await authorizationParameters(changes))

const ask = async (rig: Rig, changes: Changes = {}) =>
  (await start(rig.browser(), changes)).response

/** Asks for `web` with a redirect URI encoded once, as any client would. */
const askFor = (rig: Rig, redirect_uri: string) => ask(rig, { ...web, redirect_uri })

/** Asks with pairs as they are to stand in the query. */
const askRaw = (browser: Browser, query: string) => browser.fetch(`/authorize?${query}`)

/** How many codes were issued. */
const codes = async (rig: Rig) =>
  (await rig.store.list('authorizationCodes', {}, { limit: 100 })).length

/** What the whole server keeps of a request under way and its result. */
const kept = async (rig: Rig) => [
  await rig.store.list('interactions', {}, { limit: 100 }),
  await rig.store.list('authorizationCodes', {}, { limit: 100 }),
  await rig.store.list('consents', {}, { limit: 100 }),
]

describe('Attacks on the redirect URI', () => {
  it("RU-01 an attacker's site gets nothing, not even its name into the page", async () => {
    const rig = await authorizationServer()
    const page = await expectErrorPage(await askFor(rig, 'https://evil.test/cb'))
    expect(page).not.toContain('evil')
    expect(rig.fetched).toEqual([])
  })

  it.each([
    ...['/cb/', '/CB', '/cb?x=1', '/cb?', '/cb#f', '/cb#', '/cb%20', '/cb ', '/cb%00', '/cb/../cb'],
    ...['/./cb', '//cb', '/cb;x', '/cb/..;/x', '/cb/..%2fx', '/%63b', '/cb%2f', '/cb\\', '/cb\t'],
    ...['/cb3', '/c', '', '/'],
  ])('RU-02 the path must be equal: %s', async (path) => {
    await expectErrorPage(await askFor(await authorizationServer(), `https://web.test${path}`))
  })

  it.each([
    ...['https://web.test@evil.test/cb', 'https://web.test:x@evil.test', 'https://@web.test/cb'],
    ...['https://a@b@evil.test/cb', 'https://web.test%40evil.test/cb', 'https://x@web.test/cb'],
    ...['https://web.test%2f@evil.test/cb', 'https://web.test#@evil.test/cb'],
  ])('RU-03 a user name before the host does not make it ours: %s', async (redirect_uri) => {
    await expectErrorPage(await askFor(await authorizationServer(), redirect_uri))
  })

  it.each([
    ...['https://web.test.evil.test/cb', 'https://evilweb.test/cb', 'https://web.test./cb'],
    ...['https://web.test\\.evil.test/cb', 'https:/\\web.test/cb', 'https:\\\\web.test/cb'],
    ...['https://web。test/cb', 'https://ｗeb.test/cb', 'https://WEB.test/cb', '//web.test/cb'],
    ...['https://web.test:443/cb', 'https://web.test:/cb', 'https:///web.test/cb', 'web.test/cb'],
    ...[
      'http://web.test/cb',
      'https:web.test/cb',
      'hxxps://web.test/cb',
      'https://web.test:8443/cb',
    ],
  ])('RU-04 a host that some parser reads as ours is not ours: %s', async (redirect_uri) => {
    await expectErrorPage(await askFor(await authorizationServer(), redirect_uri))
  })

  it.each([
    ...['https%3A%2F%2Fweb.test%2F%252e%252e%2Fcb', 'https%3A%2F%2Fweb.test%2F%c0%afcb'],
    ...['https%3A%2F%2Fweb.test%2Fcb%0d%0aSet-Cookie:x=y', 'https%3A%2F%2Fweb.test%2Fcb%0a'],
    ...['java%09script:alert(1)', 'java%0ascript:alert(1)', '%09https%3A%2F%2Fweb.test%2Fcb'],
    ...['%20https%3A%2F%2Fweb.test%2Fcb', 'https%3A%2F%2Fweb.test%2Fcb%00', '%ff', '%', '%zz'],
    ...['https%253A%252F%252Fweb.test%252Fcb', '%ed%a0%80', 'javascript:alert(1)//web.test/cb'],
  ])('RU-05 encodings of the query hide nothing: %s', async (encoded) => {
    const rig = await authorizationServer()
    const rest = new URLSearchParams(
      await authorizationParameters({ client_id: 'web', redirect_uri: undefined }),
    )
    const response = await askRaw(rig.browser(), `redirect_uri=${encoded}&${rest}`)
    const page = await expectErrorPage(response)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(page).not.toContain('script:')
  })

  it.each([
    ...['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\nscript:x'],
    ...['data:text/html,x', 'vbscript:x', 'blob:https://web.test/x', 'file:///etc/passwd'],
    ...['about:blank', 'http://web.test/cb', 'ws://web.test/cb', 'chrome-extension://abc/cb'],
    ...['javascript://web.test/%0aalert(1)', 'com.example.app:alert(1)', 'intent://x#Intent;end'],
    ...['mailto:a@web.test', 'view-source:https://web.test/', 'https://*.web.test/cb'],
  ])('RU-07 a scheme that is not allowed cannot be registered: %s', async (redirect_uri) => {
    const rig = await authorizationServer()
    for (const application_type of ['native', 'web', undefined]) {
      const metadata = { client_name: 'c', redirect_uris: [redirect_uri], application_type }
      await expect(rig.register(metadata)).rejects.toThrow('invalid_redirect_uri')
      const mixed = { ...metadata, redirect_uris: ['https://evil.test/cb', redirect_uri] }
      await expect(rig.register(mixed)).rejects.toThrow('invalid_redirect_uri')
    }
  })

  it.each([
    ...['http://localhost.evil.test/cb', 'http://127.0.0.1.evil.test', 'http://0.0.0.0/cb'],
    ...['http://localhost:80@evil.test', 'http://[::1].evil.test', 'http://127.1/cb'],
    ...[
      'http://2130706433/cb',
      'http://0x7f.1/cb',
      'http://017700000001/cb',
      'http://LOCALHOST/cb',
    ],
    ...[
      'http://localhost./cb',
      'http://[::]/cb',
      'http://[0:0:0:0:0:0:0:1]/cb',
      'http://[::1%25lo]/',
    ],
  ])('RU-08 what only looks like loopback cannot be registered: %s', async (redirect_uri) => {
    const rig = await authorizationServer()
    const metadata = { client_name: 'c', redirect_uris: [redirect_uri], application_type: 'native' }
    await expect(rig.register(metadata)).rejects.toThrow('invalid_redirect_uri')
  })

  it('RU-09 any port of a registered loopback address is good', async () => {
    const redirect_uri = 'http://127.0.0.1:49152/cb'
    expectPage(await ask(await authorizationServer(), { client_id: 'nat', redirect_uri }))
  })

  it.each([
    ...['http://127.0.0.1:49152/cb?x=1', 'http://127.0.0.1:49152/CB', 'http://[::1]:1/cb'],
    ...['https://127.0.0.1:1/cb', 'http://127.0.0.1:49152/cb/../x', 'http://127.0.0.1:49152'],
    ...['http://127.0.0.1:49152/cb/', 'http://127.0.0.1:49152/cb#f', 'http://127.0.0.1:1:2/cb'],
  ])('RU-10 nothing but the port of a loopback address is free: %s', async (redirect_uri) => {
    await expectErrorPage(
      await ask(await authorizationServer(), { client_id: 'nat', redirect_uri }),
    )
  })

  it('RU-11 localhost with any port is good where it is allowed, and its user is warned', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const client_id = await rig.register({
      client_name: 'Code',
      redirect_uris: ['http://localhost/callback'],
      token_endpoint_auth_method: 'none',
    })
    const redirect_uri = 'http://localhost:5000/callback'
    const { response } = await browser.signIn(await start(browser, { client_id, redirect_uri }))
    const words = wordsOf(await response.text())
    expect(words).toContain('An app on this computer wants access.')
    expect(words).toContain('localhost:5000')
    const off = await authorizationServer({ settings: { registration: { localhost: false } } })
    const nat = { client_id: 'nat', redirect_uri: 'http://localhost:5000/cb' }
    await expectErrorPage(await ask(off, nat))
  })

  it('RU-13 two redirect URIs are none, in either order, by GET and by POST', async () => {
    const rig = await authorizationServer()
    const rest = Object.entries(
      await authorizationParameters({ client_id: 'web', redirect_uri: undefined }),
    )
    const [good, evil] = ['https://web.test/cb', 'https://evil.test/cb']
    for (const both of [
      [good, evil],
      [evil, good],
      [good, good],
    ]) {
      const pairs: [string, string][] = [
        ...rest,
        ...both.map((uri): [string, string] => ['redirect_uri', uri]),
      ]
      const byGet = await askRaw(rig.browser(), `${new URLSearchParams(pairs)}`)
      const byPost = await rig.post('/authorize', pairs)
      for (const response of [byGet, byPost]) {
        expect(await expectErrorPage(response)).toContain('data-code="invalid_request"')
      }
    }
  })

  it('RU-13 there is no syntax for lists: brackets are a name, and JSON is no form', async () => {
    const rig = await authorizationServer()
    const rest = await authorizationParameters({ client_id: 'web', redirect_uri: undefined })
    for (const name of ['redirect_uri[]', 'redirect_uri[0]', 'redirect_uri.0', 'REDIRECT_URI']) {
      const query = new URLSearchParams({ ...rest, [name]: 'https://web.test/cb' })
      await expectErrorPage(await askRaw(rig.browser(), `${query}`))
    }
    const json = await rig.browser().fetch('/authorize', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...rest, redirect_uri: ['https://web.test/cb'] }),
    })
    await expectErrorPage(json)
  })

  it('RU-13 parameters in the query and in the body are not added up', async () => {
    const rig = await authorizationServer()
    const body = await authorizationParameters()
    const path = `/authorize?redirect_uri=${encodeURIComponent('https://evil.test/cb')}`
    await expectErrorPage(await rig.post(path, body))
  })

  it('RU-17 prompt=none does not come before the check of the redirect URI', async () => {
    const rig = await authorizationServer()
    const changes = { prompt: 'none', redirect_uri: 'https://evil.test/cb' }
    await expectErrorPage(await ask(rig, changes))
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    await expectErrorPage((await start(browser, changes)).response)
  })

  it('RU-24 a registered redirect URI that redirects on gets no query of an attacker', async () => {
    const rig = await authorizationServer()
    for (const query of ['?next=https://evil.test', '?next=//evil.test', '?x=1&next=https:evil'])
      await expectErrorPage(await askFor(rig, `https://web.test/cb${query}`))
  })

  it('RU-25 the way to the client is a 303 of the server, and never an address in a page', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const login = await start(browser)
    const consent = await browser.signIn(login)
    for (const { response } of [login, consent]) {
      const page = await response.clone().text()
      expect(page).not.toContain('https://spa.test/cb')
      expect(page).not.toMatch(/location\s*[.=]|http-equiv/)
    }
    const answers = [
      await browser.press(consent, 'approve'),
      await browser.press(await start(browser, { prompt: 'consent' }), 'deny'),
    ]
    for (const answer of answers) {
      expect(expectAnswer(answer).target).toBe('https://spa.test/cb')
      expect(await answer.text()).toBe('')
    }
  })
})

describe('Attacks on the way of asking and answering', () => {
  it('RU-18 credentials are never posted on: every form is answered by 303', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    // Signed out, but remembered: the form with the password leads to the client in two steps.
    browser.cookies.delete('__Host-wd_sid')
    const login = await start(browser)
    const fields = { username: 'alice@example.com', password: 'correct horse battery staple' }
    const answer = await browser.press(login, 'login', { fields })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).not.toContain('password')
    const { response } = await browser.open(answer.headers.get('location') ?? '')
    expect(expectAnswer(response).target).toBe('https://spa.test/cb')
  })

  it.each(['fragment', 'form_post', 'web_message', 'jwt', 'query.jwt', 'QUERY', 'query fragment'])(
    'RU-19 response_mode=%s is refused, in the query',
    async (response_mode) => {
      const rig = await authorizationServer()
      const state = '"><script>alert(1)</script>'
      const response = await ask(rig, { response_mode, state })
      expectErrorAnswer(response, 'invalid_request', state)
      expect(response.headers.get('location')).not.toMatch(/[<>"#]/)
    },
  )

  it('RU-19 response_mode=query is what is done anyway', async () => {
    expectPage(await ask(await authorizationServer(), { response_mode: 'query' }))
  })

  it('RU-22 no page says where it was: no third-party resource, and no Referer', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const login = await start(browser)
    const consent = await browser.signIn(login)
    const error = await ask(rig, { client_id: 'nobody' })
    for (const response of [login.response, consent.response, error]) {
      expect(response.headers.get('referrer-policy')).toBe('no-referrer')
      const page = await response.clone().text()
      expect(page).not.toMatch(/<(?:img|link|iframe|object|embed|base|meta[^>]*http-equiv)\b/i)
      expect(page).not.toMatch(/\b(?:src|href|srcset|poster|background|ping)=/i)
    }
  })

  it.each(['token', 'id_token token', 'code token', 'id_token', 'code id_token', 'none'])(
    'RU-26 response_type=%s is refused, and nothing says it is supported',
    async (response_type) => {
      const rig = await authorizationServer()
      expectErrorAnswer(await ask(rig, { response_type }), 'unsupported_response_type')
      for (const name of ['oauth-authorization-server', 'openid-configuration']) {
        const metadata = await rig.browser().fetch(`/.well-known/${name}`)
        expect(await metadata.json()).toMatchObject({ response_types_supported: ['code'] })
      }
    },
  )

  it.each(['code code', 'code ', ' code', 'CODE', 'code\n', 'code,code', 'code\u200b'])(
    'RU-27 response_type=“%s” is not code',
    async (response_type) => {
      const rig = await authorizationServer()
      expectErrorAnswer(await ask(rig, { response_type }), 'unsupported_response_type')
    },
  )

  it('RU-27 a missing response_type is an invalid request', async () => {
    const rig = await authorizationServer()
    expectErrorAnswer(await ask(rig, { response_type: undefined }), 'invalid_request')
  })

  it.each(['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND'])(
    'RU-28 %s does nothing at the authorization endpoint nor at an interaction',
    async (method) => {
      const rig = await authorizationServer()
      const browser = rig.browser()
      // Allowed before, so that a GET of either address would give a code.
      await browser.authorize(await authorizationParameters())
      browser.cookies.delete('__Host-wd_sid')
      const open = await start(browser)
      const other = await start(browser, { state: 'other' })
      await browser.signIn(other)
      const before = await kept(rig)
      const request = `/authorize?${new URLSearchParams(await authorizationParameters())}`
      for (const url of [request, open.url]) {
        const headers = { origin: 'https://spa.test', 'access-control-request-method': 'POST' }
        const response = await browser.fetch(url, { method, headers })
        expect(response.status).toBe(405)
        expect(response.headers.get('allow')).toBe('GET, POST')
        expect(response.headers.get('location')).toBeNull()
        expect(response.headers.get('access-control-allow-origin')).toBeNull()
      }
      expect(await kept(rig)).toEqual(before)
    },
  )
})

describe('What is only read', () => {
  it.each(['/', '/.well-known/jwks.json', '/.well-known/openid-configuration'])(
    'answers HEAD: %s',
    async (path) => {
      const rig = await authorizationServer()
      expect((await rig.browser().fetch(path, { method: 'HEAD' })).status).toBe(200)
    },
  )
})

describe('Attacks on a request that waits for its user', () => {
  it('RU-29 the address of an interaction alone gets nothing, whoever is signed in', async () => {
    const rig = await authorizationServer()
    const [alice, mallory] = [rig.browser(), rig.browser()]
    const consent = await alice.signIn(await start(alice))
    await mallory.authorize(await authorizationParameters(), 'bob@example.com')
    for (const browser of [mallory, rig.browser()]) {
      await expectErrorPage(await browser.fetch(consent.url), 403)
      await expectErrorPage(await browser.press(consent, 'approve'), 403)
      await expectErrorPage(await browser.press(consent, 'deny'), 403)
    }
    expect(expectAnswer(await alice.press(consent, 'approve')).parameters.has('code')).toBe(true)
  })

  it("RU-29 the cookie of one interaction opens no other, and a session without it doesn't either", async () => {
    const rig = await authorizationServer()
    const [alice, mallory] = [rig.browser(), rig.browser()]
    const hers = await alice.signIn(await start(alice))
    const his = await mallory.signIn(await start(mallory), 'bob@example.com')
    const cookieOf = (browser: Browser) =>
      [...browser.cookies].find(([name]) => name.startsWith('__Host-wd_int_')) ?? ['', '']
    const [herName] = cookieOf(alice)
    const [, hisValue] = cookieOf(mallory)
    mallory.cookies.set(herName, hisValue)
    await expectErrorPage(await mallory.fetch(hers.url), 403)
    await expectErrorPage(await mallory.press(hers, 'approve'), 403)
    // Her session in his browser is still not her browser.
    mallory.cookies.set('__Host-wd_sid', alice.cookies.get('__Host-wd_sid') ?? '')
    await expectErrorPage(await mallory.fetch(hers.url), 403)
    await expectErrorPage(await alice.press(his, 'approve'), 403)
    expect(await codes(rig)).toBe(0)
  })

  it('RU-30 an interaction is found by its whole random id only, and holds no code', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const consent = await browser.signIn(await start(browser))
    const id = new URL(consent.url).searchParams.get('id') ?? ''
    expect(id).toMatch(/^[\w-]{43}$/)
    const [row] = await rig.store.list('interactions', {}, { limit: 1 })
    for (const wrong of [
      '',
      id.slice(0, 42),
      `${id}A`,
      id.toUpperCase(),
      row?.id ?? '',
      '*',
      '%00',
    ])
      await expectErrorPage(await browser.fetch(`/interaction?id=${wrong}`))
    await expectErrorPage(await browser.fetch('/interaction'))
    for (const path of ['/approval', '/interaction/', `/interaction/${id}`, '/code'])
      await expectErrorPage(await rig.browser().fetch(`${path}?req=${id}&id=${id}`), 404)
    const { parameters } = expectAnswer(await browser.press(consent, 'approve'))
    const after = await browser.fetch(consent.url)
    expectPage(after)
    expect(await after.text()).not.toContain(parameters.get('code'))
  })

  it('RU-30 neither the id nor the cookie can be read from the store', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const login = await start(browser)
    const id = new URL(login.url).searchParams.get('id') ?? ''
    const kept = JSON.stringify(await rig.store.list('interactions', {}, { limit: 10 }))
    expect(kept).not.toContain(id)
    for (const value of browser.cookies.values()) expect(kept).not.toContain(value)
  })

  it('RU-31 fields that were added to a form change nothing of what was asked', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const fields = {
      ...{ client_id: 'evil', redirect_uri: 'https://evil.test/cb', state: 'other', iss: 'x' },
      ...{ scope: 'notes:admin notes:write', resource: API, response_type: 'token', sub: 'bob' },
      ...{ code_challenge: 'E'.repeat(43), id: 'x', roles: 'admin', finished: 'true' },
    }
    const login = await start(browser)
    const signedIn = await browser.press(login, 'login', {
      fields: {
        ...fields,
        username: 'alice@example.com',
        password: 'correct horse battery staple',
      },
    })
    const consent = await browser.open(signedIn.headers.get('location') ?? '')
    const { target, parameters } = expectAnswer(await browser.press(consent, 'approve', { fields }))
    expect([target, parameters.get('state')]).toEqual(['https://spa.test/cb', 'a state'])
    const tokens = await redeem(rig, parameters.get('code') ?? '')
    expect(await tokens.json()).toMatchObject({ scope: 'notes:read' })
  })

  it('a step cannot be skipped: approving before sign-in does nothing', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const login = await start(browser)
    for (const action of ['approve', 'deny', 'logout', 'confirm', '', 'constructor', '__proto__']) {
      await expectErrorPage(await browser.press(login, action))
    }
    expect(await codes(rig)).toBe(0)
    const consent = await browser.signIn(login)
    expect(expectAnswer(await browser.press(consent, 'approve')).parameters.has('code')).toBe(true)
  })

  it('two tabs do not disturb each other', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const one = await start(browser, { state: 'one' })
    const two = await start(browser, { state: 'two', scope: 'notes:write' })
    const consentOne = await browser.signIn(one)
    const consentTwo = await browser.open(two.url)
    expect(wordsOf(await consentTwo.response.clone().text())).toContain('change your notes')
    const answerTwo = expectAnswer(await browser.press(consentTwo, 'deny'))
    expect(answerTwo.parameters.get('error')).toBe('access_denied')
    expect(answerTwo.parameters.get('state')).toBe('two')
    const answerOne = expectAnswer(await browser.press(consentOne, 'approve'))
    expect(answerOne.parameters.get('state')).toBe('one')
    const tokens = await redeem(rig, answerOne.parameters.get('code') ?? '')
    expect(await tokens.json()).toMatchObject({ scope: 'notes:read' })
  })

  it('two tabs with the sign-in form open: both can be filled in', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const one = await start(browser, { state: 'one' })
    const two = await start(browser, { state: 'two' })
    const consentOne = await browser.signIn(one)
    const consentTwo = await browser.signIn(two)
    for (const [consent, state] of [
      [consentOne, 'one'],
      [consentTwo, 'two'],
    ] as const) {
      const { parameters } = expectAnswer(await browser.press(consent, 'approve'))
      expect([parameters.get('state'), parameters.has('code')]).toEqual([state, true])
    }
  })

  it('whoever signs in at the form of a tab is who answers it, though another signed in meanwhile', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    browser.cookies.delete('__Host-wd_sid')
    const one = await start(browser, { state: 'one' })
    await browser.signIn(await start(browser, { state: 'two' }))
    // alice allowed this before, so her session alone would answer for bob.
    const at = await browser.signIn(one, 'bob@example.com')
    expect(wordsOf(await at.response.clone().text())).toContain('Signed in as bob@example.com')
  })

  it('the button that was pressed counts, though another tab allowed the same meanwhile', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const one = await browser.signIn(await start(browser, { state: 'one' }))
    const two = await start(browser, { state: 'two' })
    const three = await start(browser, { state: 'three' })
    await browser.press(two, 'approve')
    expectErrorAnswer(await browser.press(one, 'deny'), 'access_denied', 'one')
    const left = await browser.press(three, 'logout')
    expect(await codes(rig)).toBe(1)
    const login = await browser.open(left.headers.get('location') ?? '')
    expect(await login.response.text()).toContain('name="password"')
  })

  it('what one account was shown, another does not allow', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const one = await browser.signIn(await start(browser, { state: 'one' }))
    const two = await start(browser, { state: 'two' })
    const left = await browser.press(two, 'logout')
    await browser.signIn(await browser.open(left.headers.get('location') ?? ''), 'bob@example.com')
    // The page of the first tab still says “Signed in as alice”.
    await expectErrorPage(await browser.press(one, 'approve'), 403)
    expect(await codes(rig)).toBe(0)
    const again = await browser.open(one.url)
    expect(wordsOf(await again.response.clone().text())).toContain('Signed in as bob@example.com')
    expect(expectAnswer(await browser.press(again, 'approve')).parameters.has('code')).toBe(true)
  })

  it('an interaction ends when it is too old', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const consent = await browser.signIn(await start(browser))
    rig.platform.advance(600_000)
    await expectErrorPage(await browser.fetch(consent.url))
    await expectErrorPage(await browser.press(consent, 'approve'))
    expect(await codes(rig)).toBe(0)
  })

  it('an interaction does not survive the disabling of its user', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const consent = await browser.signIn(await start(browser))
    const alice = await rig.accounts.findByEmail('alice@example.com')
    await rig.accounts.setDisabled(alice?.id ?? '', true)
    const pressed = await browser.press(consent, 'approve')
    expect(pressed.headers.get('location')).toBeNull()
    expect(await codes(rig)).toBe(0)
    const again = await browser.open(consent.url)
    expect(await again.response.clone().text()).toContain('name="password"')
    expectPage((await browser.signIn(again)).response, 400)
  })

  it('an interaction does not survive the removal of its client', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const consent = await browser.signIn(await start(browser))
    await rig.clients.remove('pub')
    await expectErrorPage(await browser.fetch(consent.url))
    await expectErrorPage(await browser.press(consent, 'approve'))
    expect(await codes(rig)).toBe(0)
  })

  it('an interaction does not survive the removal of its redirect URI from the client’s document', async () => {
    const client_id = 'https://app.test/client.json'
    const document = (...redirect_uris: string[]) =>
      JSON.stringify({ client_id, client_name: 'App', redirect_uris })
    let body = document('https://app.test/cb', 'https://lost.test/cb')
    const rig = await authorizationServer({
      documents: () => ({ status: 200, headers: { 'cache-control': 'max-age=60' }, body }),
    })
    const browser = rig.browser()
    const redirect_uri = 'https://lost.test/cb'
    const consent = await browser.signIn(await start(browser, { client_id, redirect_uri }))
    body = document('https://app.test/cb')
    rig.platform.advance(61_000)
    await expectErrorPage(await browser.press(consent, 'approve'))
    await expectErrorPage(await browser.press(consent, 'deny'))
    await expectErrorPage(await browser.fetch(consent.url))
    expect(await codes(rig)).toBe(0)
  })

  it('going back after the end shows that it is done, and gives nothing', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const login = await start(browser)
    const consent = await browser.signIn(login)
    await browser.press(consent, 'approve')
    const back = await browser.fetch(consent.url)
    expectPage(back)
    expect(wordsOf(await back.text())).toContain('Already done')
    for (const [at, action] of [
      [consent, 'deny'],
      [consent, 'logout'],
      [login, 'login'],
    ] as const)
      expect(wordsOf(await (await browser.press(at, action)).text())).toContain('Already done')
    expect(await codes(rig)).toBe(1)
  })

  it('a remembered approval at the end of a sign-in gives one code, however often it is asked for', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    browser.cookies.delete('__Host-wd_sid')
    const [open, other] = [await start(browser), await start(browser)]
    await browser.signIn(other)
    const responses = await Promise.all(Array.from({ length: 20 }, () => browser.fetch(open.url)))
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(19)
    expect(await codes(rig)).toBe(3)
  })

  it('a refused request leaves nothing behind', async () => {
    const rig = await authorizationServer()
    for (const changes of [{ scope: 'none' }, { client_id: 'nobody' }, { prompt: 'none' }]) {
      const { response } = await start(rig.browser(), changes)
      expect(response.headers.getSetCookie()).toEqual([])
    }
    expect(await kept(rig)).toEqual([[], [], []])
  })

  it('the operator learns of every refusal, with the reason that the client is not told', async () => {
    const rig = await authorizationServer()
    await ask(rig, { redirect_uri: 'https://evil.test/cb' })
    expect(rig.events).toContainEqual(
      expect.objectContaining({
        ...{ type: 'authorization.refused', clientId: 'pub', error: 'invalid_request' },
        reason: expect.stringContaining('https://evil.test/cb'),
      }),
    )
  })
})

describe('An error for a client that nobody vouches for', () => {
  const unverified = async (rig: Rig) => {
    const redirect_uri = 'https://stranger.test/cb'
    const client_id = await rig.register({
      client_name: 'Google',
      redirect_uris: [redirect_uri],
      token_endpoint_auth_method: 'none',
    })
    return { client_id, redirect_uri }
  }

  it('stops at a page that says where the link leads, and shares nothing on its own', async () => {
    const rig = await authorizationServer()
    const response = await ask(rig, { ...(await unverified(rig)), scope: 'none' })
    expectPage(response, 400)
    const page = await response.text()
    expect(page).toContain('id="error" data-code="invalid_scope"')
    const words = wordsOf(page)
    expect(words).toContain('An app that calls itself “ Google ” wants you sent to stranger.test')
    expect(words).toContain('Nobody at as.test has checked who runs this address.')
    const link = /href="([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(answerIn(link).parameters.get('error')).toBe('invalid_scope')
    expect(answerIn(link).parameters.has('code')).toBe(false)
  })

  it('goes straight to the client once the user has signed in', async () => {
    const rig = await authorizationServer()
    const stranger = await unverified(rig)
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    expectErrorAnswer(
      (await start(browser, { ...stranger, scope: 'none' })).response,
      'invalid_scope',
    )
    const consent = await start(browser, stranger)
    expectErrorAnswer(await browser.press(consent, 'deny'), 'access_denied')
  })

  it('escapes the state that it carries in the link', async () => {
    const rig = await authorizationServer()
    const state = '"><script>alert(1)</script>\'&amp;'
    const response = await ask(rig, { ...(await unverified(rig)), scope: 'none', state })
    const page = await response.text()
    expect(page).not.toContain('<script>alert')
    const link = /href="([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(answerIn(link).parameters.get('state')).toBe(state)
  })
})
