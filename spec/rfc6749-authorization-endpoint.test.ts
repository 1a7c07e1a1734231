import { describe, expect, it } from 'vitest'
import { serverSettings } from 'warder/server'
import {
  authorizationCode,
  authorizationParameters,
  authorizationServer,
  basic,
  claims,
  type Rig,
  redeem,
  type TokenResponse,
} from './support/authorization-server.ts'
import {
  answerIn,
  expectAnswer,
  expectErrorAnswer,
  expectErrorPage,
  expectPage,
} from './support/pages.ts'

type Changes = Readonly<Record<string, string | undefined>>

/** Asks as `pub`, with changes; gives the answer, or the page that comes instead. */
const ask = async (rig: Rig, changes: Changes = {}) =>
  (await rig.browser().start(await authorizationParameters(changes))).response

/** Asks with a query as it is to stand in the address, and follows nothing. */
const askRaw = (rig: Rig, query: string) => rig.browser().fetch(`/authorize?${query}`)

/** A good request with more pairs behind it. */
const askWith = async (rig: Rig, ...more: [string, string][]) =>
  askRaw(
    rig,
    `${new URLSearchParams([...Object.entries(await authorizationParameters()), ...more])}`,
  )

const web = { client_id: 'web', redirect_uri: 'https://web.test/cb' }

describe('RFC 6749 §3.1 Authorization Endpoint', () => {
  it('§3.1 MUST first verify the identity of the resource owner', async () => {
    const rig = await authorizationServer()
    const { response } = await rig.browser().start(await authorizationParameters())
    expectPage(response)
    expect(await response.text()).toContain('name="password"')
    expect(rig.events.map(({ type }) => type)).not.toContain('code.issued')
  })

  it('§3.1 the endpoint URI MUST NOT include a fragment component', async () => {
    const rig = await authorizationServer()
    const metadata = await rig.browser().fetch('/.well-known/oauth-authorization-server')
    expect(await metadata.json()).toMatchObject({
      authorization_endpoint: 'https://as.test/authorize',
    })
  })

  it('§3.1 MUST support GET', async () => {
    const rig = await authorizationServer()
    const { parameters } = answerIn(await rig.browser().authorize(await authorizationParameters()))
    expect(parameters.get('code')).not.toBeNull()
  })

  it('§3.1 MAY support POST, which asks the same', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const asked = await browser.fetch('/authorize', {
      method: 'POST',
      body: new URLSearchParams(await authorizationParameters()),
    })
    expect(asked.status).toBe(303)
    const page = await browser.open(asked.headers.get('location') ?? '')
    const consent = await browser.signIn(page)
    const { parameters } = expectAnswer(await browser.press(consent, 'approve'))
    expect((await redeem(rig, parameters.get('code') ?? '')).status).toBe(200)
    const refused = await rig.post('/authorize', await authorizationParameters({ scope: 'none' }))
    expectErrorAnswer(refused, 'invalid_scope')
  })

  it('§3.1 parameters without a value MUST be treated as if they were omitted', async () => {
    const rig = await authorizationServer()
    for (const name of ['response_type', 'code_challenge']) {
      expectErrorAnswer(await ask(rig, { [name]: '' }), 'invalid_request')
    }
    for (const name of ['client_id', 'redirect_uri']) {
      await expectErrorPage(await ask(rig, { [name]: '' }))
    }
    const empty = { state: '', scope: '', nonce: '', prompt: '', max_age: '', login_hint: '' }
    const location = await rig.browser().authorize(await authorizationParameters(empty))
    const { parameters } = answerIn(location)
    expect(parameters.has('state')).toBe(false)
    const tokens = await redeem(rig, parameters.get('code') ?? '')
    expect(await tokens.json()).toMatchObject({ scope: 'notes:read' })
  })

  it('§3.1 MUST ignore unrecognized request parameters', async () => {
    const rig = await authorizationServer()
    const names = ['display', 'code', 'iss', '__proto__', 'constructor', 'toString', 'approve']
    const asked = await askWith(rig, ...names.map((name): [string, string] => [name, 'x']))
    expect(asked.headers.get('location')).toMatch(/^https:\/\/as\.test\/interaction\?id=/)
    const code = await authorizationCode(rig, { user_id: 'bob', error: 'x' })
    expect((await redeem(rig, code)).status).toBe(200)
  })

  it.each(['client_id', 'redirect_uri'])('§3.1 %s MUST NOT be included twice', async (name) => {
    const rig = await authorizationServer()
    const good = await authorizationParameters()
    const page = await expectErrorPage(await askWith(rig, [name, good[name] ?? '']))
    expect(page).toContain('data-code="invalid_request"')
    await expectErrorPage(await askWith(rig, [name, 'something else']))
  })

  it.each([
    ...['response_type', 'scope', 'code_challenge', 'code_challenge_method', 'nonce', 'prompt'],
    ...['max_age', 'login_hint', 'response_mode', 'unknown', 'request', 'client_secret'],
  ])('§3.1 %s MUST NOT be included twice', async (name) => {
    const rig = await authorizationServer()
    const value = (await authorizationParameters())[name] ?? 'x'
    const twice: [string, string][] =
      name in (await authorizationParameters()) ? [] : [[name, value]]
    expectErrorAnswer(await askWith(rig, ...twice, [name, value]), 'invalid_request')
  })

  it('§3.1 state MUST NOT be included twice, and of two neither is believed', async () => {
    const rig = await authorizationServer()
    const { parameters } = expectAnswer(await askWith(rig, ['state', 'another']))
    expect(parameters.get('error')).toBe('invalid_request')
    expect(parameters.has('state')).toBe(false)
  })

  it('§3.1 response parameters MUST NOT be included more than once', async () => {
    const rig = await authorizationServer()
    const location = await rig.browser().authorize(await authorizationParameters())
    for (const to of [
      location,
      (await ask(rig, { scope: 'none' })).headers.get('location') ?? '',
    ]) {
      const names = [...answerIn(to).parameters.keys()]
      expect(names).toEqual([...new Set(names)])
    }
  })
})

describe('RFC 6749 §3.1.1 Response Type', () => {
  it('§3.1.1 MUST return an error response if response_type is missing', async () => {
    const rig = await authorizationServer()
    expectErrorAnswer(await ask(rig, { response_type: undefined }), 'invalid_request')
  })

  it.each(['token', 'CODE', 'Code', 'code token', 'code code', ' code', 'code ', 'code\t', 'x'])(
    '§3.1.1 MUST return an error response if response_type is not understood: “%s”',
    async (response_type) => {
      const rig = await authorizationServer()
      expectErrorAnswer(await ask(rig, { response_type }), 'unsupported_response_type')
    },
  )
})

describe('RFC 6749 §3.1.2 Redirection Endpoint', () => {
  it('§3.1.2 a query in the redirection URI MUST be retained', async () => {
    const rig = await authorizationServer()
    const redirect_uri = 'https://q.test/cb?tenant=a%20b&x=%C3%A9'
    await rig.clients.add({
      id: 'query',
      metadata: {
        client_name: 'q',
        redirect_uris: [redirect_uri],
        token_endpoint_auth_method: 'none',
      },
      resources: null,
    })
    const changes = { client_id: 'query', redirect_uri }
    const location = await rig.browser().authorize(await authorizationParameters(changes))
    expect(location).toMatch(/^https:\/\/q\.test\/cb\?tenant=a%20b&x=%C3%A9&code=wac_/)
    const refused = await ask(rig, { ...changes, scope: 'none' })
    expect(refused.headers.get('location')).toMatch(
      /^https:\/\/q\.test\/cb\?tenant=a%20b&x=%C3%A9&error=invalid_scope&/,
    )
  })

  it.each(['/cb', 'spa.test/cb', '//spa.test/cb', 'https:/cb', '?x'])(
    '§3.1.2 the redirection URI MUST be absolute: not %s',
    async (redirect_uri) => {
      await expectErrorPage(await ask(await authorizationServer(), { redirect_uri }))
    },
  )

  it('§3.1.2 the redirection URI MUST NOT include a fragment', async () => {
    const rig = await authorizationServer()
    await expectErrorPage(await ask(rig, { redirect_uri: 'https://spa.test/cb#f' }))
    await expectErrorPage(await ask(rig, { redirect_uri: 'https://spa.test/cb#' }))
  })

  it('§3.1.2.2 MUST require clients to register a redirection endpoint', async () => {
    const rig = await authorizationServer()
    for (const redirect_uris of [undefined, []]) {
      const metadata = { client_name: 'c', redirect_uris, token_endpoint_auth_method: 'none' }
      await expect(rig.register(metadata)).rejects.toThrow('invalid_redirect_uri')
    }
  })

  it('§3.1.2.3 a client with several redirection URIs MUST say which', async () => {
    const rig = await authorizationServer()
    await expectErrorPage(await ask(rig, { ...web, redirect_uri: undefined }))
  })

  it('§3.1.2.3 any one of several registered redirection URIs matches', async () => {
    const rig = await authorizationServer()
    for (const redirect_uri of ['https://web.test/cb', 'https://web.test/cb2']) {
      expectPage(await ask(rig, { ...web, redirect_uri }))
    }
  })

  it('§3.1.2.3 MUST compare by simple string comparison', async () => {
    const rig = await authorizationServer()
    for (const redirect_uri of [
      ...['https://SPA.test/cb', 'HTTPS://spa.test/cb', 'https://spa.test:443/cb'],
      ...['https://spa.test/%63b', 'https://spa.test/./cb', 'https://spa.test//cb'],
    ]) {
      await expectErrorPage(await ask(rig, { redirect_uri }))
    }
  })

  it('§3.1.2.4 MUST NOT redirect to an invalid redirection URI, SHOULD tell the resource owner', async () => {
    const rig = await authorizationServer()
    const page = await expectErrorPage(await ask(rig, { redirect_uri: 'https://evil.test/cb' }))
    expect(page).toContain('redirect_uri is not one that this application registered')
    expect(page).not.toContain('evil.test')
  })
})

describe('RFC 6749 §4.1.1 Authorization Request', () => {
  it('§4.1.1 client_id is REQUIRED', async () => {
    await expectErrorPage(await ask(await authorizationServer(), { client_id: undefined }))
  })

  it('§4.1.1 state is RECOMMENDED and may be absent', async () => {
    const rig = await authorizationServer()
    const changes = await authorizationParameters({ state: undefined })
    const { parameters } = answerIn(await rig.browser().authorize(changes))
    expect([...parameters.keys()]).toEqual(['code', 'iss'])
  })
})

describe('RFC 6749 §4.1.2 Authorization Response', () => {
  it('§4.1.2 code and state go into the query, form-encoded', async () => {
    const rig = await authorizationServer()
    const location = await rig.browser().authorize(await authorizationParameters())
    expect(location).toMatch(
      /^https:\/\/spa\.test\/cb\?code=wac_[\w-]{43}&state=a\+state&iss=https%3A%2F%2Fas\.test$/,
    )
  })

  it.each([
    ...['a+b c%20d', 'ü€😀', '"><script>', '\r\nSet-Cookie: a=b', '&code=x&iss=y', '#f', '[]={}'],
    ...['a'.repeat(4096), '__proto__', '0', ' '],
  ])('§4.1.2 state MUST come back with the exact value: %s', async (state) => {
    const rig = await authorizationServer()
    const { parameters } = answerIn(
      await rig.browser().authorize(await authorizationParameters({ state })),
    )
    expect(parameters.get('state')).toBe(state)
    expect(parameters.getAll('code')).toHaveLength(1)
    expect(parameters.getAll('iss')).toEqual(['https://as.test'])
    expectErrorAnswer(await ask(rig, { state, scope: 'none' }), 'invalid_scope', state)
  })

  it('§4.1.2 the code MUST expire shortly after it is issued', async () => {
    const rig = await authorizationServer()
    const [early, late] = [await authorizationCode(rig), await authorizationCode(rig)]
    rig.platform.advance(59_999)
    expect((await redeem(rig, early)).status).toBe(200)
    rig.platform.advance(1)
    expect(await (await redeem(rig, late)).json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('§4.1.2 a code life of more than ten minutes is NOT RECOMMENDED, and cannot be set', () => {
    expect(serverSettings.safeParse({ ttl: { authorizationCode: 600 } }).success).toBe(true)
    expect(serverSettings.safeParse({ ttl: { authorizationCode: 601 } }).success).toBe(false)
  })

  it('§4.1.2 the code is bound to the client', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const stolen = await redeem(rig, code, { client_id: 'evil' })
    expect(await stolen.json()).toMatchObject({ error: 'invalid_grant' })
    expect((await redeem(rig, code)).status).toBe(200)
  })

  it('§4.1.2 the code is bound to the redirection URI', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, web)
    const redemption = (redirect_uri: string) => ({
      ...{ grant_type: 'authorization_code', code, redirect_uri },
      code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    })
    const headers = basic('web', rig.secrets.web)
    const other = await rig.post('/token', redemption('https://web.test/cb2'), headers)
    expect(await other.json()).toMatchObject({ error: 'invalid_grant' })
    const same = await rig.post('/token', redemption('https://web.test/cb'), headers)
    expect(same.status).toBe(200)
  })

  it('§3.3 the token says what was granted when it is less than was asked for', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, {
      scope: 'notes:admin notes:read bills:read nothing',
    })
    const granted: TokenResponse = await (await redeem(rig, code)).json()
    expect(granted.scope).toBe('notes:read')
    expect(claims(granted.access_token).scope).toBe('notes:read')
  })
})

describe('RFC 6749 §4.1.2.1 Error Response', () => {
  it.each<Changes>([
    { client_id: 'nobody' },
    { client_id: undefined },
    { ...web, redirect_uri: undefined },
    { redirect_uri: 'https://evil.test/cb' },
    { client_id: 'evil' },
    { client_id: 'svc' },
  ])('§4.1.2.1 MUST NOT redirect for %o', async (changes) => {
    const rig = await authorizationServer()
    await expectErrorPage(await ask(rig, changes))
    // Whatever else is wrong, the user is told, and nobody else.
    await expectErrorPage(await ask(rig, { ...changes, scope: 'none', response_type: 'x' }))
    await expectErrorPage(await rig.post('/authorize', await authorizationParameters(changes)))
  })

  it('§4.1.2.1 invalid_request for what is missing, invalid or malformed', async () => {
    const rig = await authorizationServer()
    const cases: Changes[] = [
      { response_type: undefined },
      { code_challenge: undefined },
      { code_challenge: 'short' },
      { max_age: '-1' },
      { max_age: '1e3' },
      { prompt: 'none login' },
      { prompt: 'ask' },
      { response_mode: 'fragment' },
      { nonce: 'n'.repeat(513) },
    ]
    for (const changes of cases) expectErrorAnswer(await ask(rig, changes), 'invalid_request')
  })

  it('§4.1.2.1 unauthorized_client for a client that may not ask for codes', async () => {
    const rig = await authorizationServer()
    await rig.clients.add({
      id: 'machine',
      metadata: {
        client_name: 'machine',
        redirect_uris: ['https://machine.test/cb'],
        grant_types: ['client_credentials'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
      resources: null,
    })
    const changes = { client_id: 'machine', redirect_uri: 'https://machine.test/cb' }
    expectErrorAnswer(await ask(rig, changes), 'unauthorized_client')
  })

  it('§4.1.2.1 access_denied if the resource owner denied the request', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const consent = await browser.signIn(await browser.start(await authorizationParameters()))
    expectErrorAnswer(await browser.press(consent, 'deny'), 'access_denied')
  })

  it('§4.1.2.1 unsupported_response_type', async () => {
    const rig = await authorizationServer()
    expectErrorAnswer(await ask(rig, { response_type: 'token' }), 'unsupported_response_type')
  })

  it.each(['none', 'notes:read  notes:write', ' notes:read', 'notes:"read"', 'notes:read\t', '\\'])(
    '§4.1.2.1 invalid_scope for what is unknown or malformed: “%s”',
    async (scope) => {
      expectErrorAnswer(await ask(await authorizationServer(), { scope }), 'invalid_scope')
    },
  )

  it('§4.1.2.1 access_denied if the resource owner could not grant any of it, whether asked before or not', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    const only = await authorizationParameters({ scope: 'notes:admin' })
    expectErrorAnswer((await browser.start(only)).response, 'access_denied')
    const silent = { ...only, prompt: 'none' }
    expectErrorAnswer((await browser.start(silent)).response, 'access_denied')
    const stranger = rig.browser()
    const { response } = await stranger.signIn(await stranger.start(only), 'bob@example.com')
    expectErrorAnswer(response, 'access_denied')
  })

  it('§4.1.2.1 error_description and error_uri MUST stay in their characters, whatever was sent', async () => {
    const rig = await authorizationServer()
    const odd = '"\\\u0007é😀<script>'
    const cases: Changes[] = [
      ...['response_type', 'response_mode', 'scope', 'prompt', 'max_age', 'code_challenge'],
      ...['code_challenge_method', 'resource', 'request', 'request_uri'],
    ].map((name) => ({ [name]: odd }))
    for (const changes of cases) {
      const { parameters } = expectAnswer(await ask(rig, changes))
      expectErrorAnswer(await ask(rig, changes), parameters.get('error') ?? '')
    }
  })

  it('§4.1.2.1 state is REQUIRED in the error if it was in the request', async () => {
    const rig = await authorizationServer()
    expectErrorAnswer(await ask(rig, { scope: 'none', state: 'x y' }), 'invalid_scope', 'x y')
    const without = await ask(rig, { scope: 'none', state: undefined })
    expect(expectAnswer(without).parameters.has('state')).toBe(false)
  })

  it('an error MUST NOT carry a code, and a code no error', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const good = answerIn(await browser.authorize(await authorizationParameters())).parameters
    expect([good.has('code'), good.has('error')]).toEqual([true, false])
    const bad = (await browser.start(await authorizationParameters({ scope: 'none' }))).response
    const { parameters } = expectErrorAnswer(bad, 'invalid_scope')
    expect(parameters.has('code')).toBe(false)
  })
})
