import { describe, expect, it } from 'vitest'
import {
  authorizationCode,
  authorizationParameters,
  authorizationServer,
  type Rig,
  redeem,
} from './support/authorization-server.ts'
import {
  answerIn,
  expectAnswer,
  expectErrorAnswer,
  expectErrorPage,
  expectPage,
} from './support/pages.ts'

type Changes = Readonly<Record<string, string | undefined>>

const ask = async (rig: Rig, changes: Changes = {}) =>
  (await rig.browser().start(await authorizationParameters(changes))).response

/** A stranger's client, and what changes a good request into one of its own. */
async function strangersClient(rig: Rig): Promise<Changes> {
  const redirect_uri = 'https://stranger.test/cb'
  const client_id = await rig.register({
    client_name: 'Stranger',
    redirect_uris: [redirect_uri],
    token_endpoint_auth_method: 'none',
  })
  return { client_id, redirect_uri }
}

describe('RFC 9700 §2.1 Protecting Redirect-Based Flows', () => {
  it('§2.1 MUST compare redirect URIs by exact string matching', async () => {
    const rig = await authorizationServer()
    for (const redirect_uri of ['https://spa.test/cb/', 'https://spa.test/cb?', 'https://*/cb']) {
      await expectErrorPage(await ask(rig, { redirect_uri }))
    }
  })

  it('§2.1 the port of a loopback redirect URI of a native app is the exception', async () => {
    const rig = await authorizationServer()
    const redirect_uri = 'http://127.0.0.1:50000/cb'
    expectPage(await ask(rig, { client_id: 'nat', redirect_uri }))
  })

  it('§2.1 MUST NOT expose an open redirector: no parameter is an address to go to', async () => {
    const rig = await authorizationServer()
    const away = 'https://evil.test/'
    const names = ['return_to', 'redirect', 'next', 'url', 'continue', 'redirect_uri', 'target']
    for (const path of ['/authorize', '/interaction', '/token', '/register', '/revoke', '/']) {
      const query = new URLSearchParams(names.map((name) => [name, away]))
      const response = await rig.browser().fetch(`${path}?${query}`)
      expect(response.headers.get('location')).toBeNull()
      expect(await response.text()).not.toContain('evil.test')
    }
  })

  it('§2.1 MUST NOT let a client register http redirect URIs, but native apps on loopback', async () => {
    const rig = await authorizationServer()
    const register = (redirect_uri: string, application_type: string) =>
      rig.register({ client_name: 'c', redirect_uris: [redirect_uri], application_type })
    for (const uri of ['http://spa.test/cb', 'http://127.0.0.1.spa.test/cb', 'http://10.0.0.1/cb'])
      for (const type of ['native', 'web'])
        await expect(register(uri, type)).rejects.toThrow('invalid_redirect_uri')
    await expect(register('http://127.0.0.1/cb', 'web')).rejects.toThrow('invalid_redirect_uri')
    expect(await register('http://127.0.0.1/cb', 'native')).toMatch(/^dyn_/)
  })
})

describe('RFC 9700 §2.1.1 Authorization Code Grant', () => {
  it('§2.1.1 MUST support PKCE, and says so in the metadata', async () => {
    const rig = await authorizationServer()
    const metadata = await rig.browser().fetch('/.well-known/oauth-authorization-server')
    expect(await metadata.json()).toMatchObject({ code_challenge_methods_supported: ['S256'] })
  })

  it('§2.1.1 public clients MUST use PKCE; here every client does', async () => {
    const rig = await authorizationServer()
    for (const changes of [{}, { client_id: 'web', redirect_uri: 'https://web.test/cb' }]) {
      expectErrorAnswer(
        await ask(rig, { ...changes, code_challenge: undefined, code_challenge_method: undefined }),
        'invalid_request',
      )
    }
  })

  it('§2.1.1 the code_verifier MUST be enforced if there was a code_challenge', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (const code_verifier of ['', 'x'.repeat(43)]) {
      const refused = await redeem(rig, code, { code_verifier })
      expect(await refused.json()).toMatchObject({ error: 'invalid_grant' })
    }
    expect((await redeem(rig, code)).status).toBe(200)
  })

  it('§2.1.2 no access token is ever issued in the authorization response', async () => {
    const rig = await authorizationServer()
    for (const response_type of ['token', 'id_token token', 'code token', 'code id_token token']) {
      const { parameters } = expectErrorAnswer(
        await ask(rig, { response_type }),
        'unsupported_response_type',
      )
      expect(parameters.has('access_token')).toBe(false)
    }
    const metadata = await rig.browser().fetch('/.well-known/oauth-authorization-server')
    expect(await metadata.json()).toMatchObject({
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
    })
  })

  it('§2.6 SHOULD publish metadata of all that is supported', async () => {
    const rig = await authorizationServer()
    const metadata = await rig.browser().fetch('/.well-known/oauth-authorization-server')
    expect(await metadata.json()).toMatchObject({
      prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
      request_uri_parameter_supported: false,
      claims_parameter_supported: false,
    })
  })

  it('§2.6 MUST NOT support CORS at the authorization endpoint', async () => {
    const rig = await authorizationServer()
    const origin = { origin: 'https://spa.test' }
    const url = `/authorize?${new URLSearchParams(await authorizationParameters())}`
    const responses = [
      await rig.browser().fetch(url, { headers: origin }),
      await rig.browser().fetch('/authorize', { headers: origin }),
      await rig.browser().fetch('/interaction?id=x', { headers: origin }),
      await rig.browser().fetch(url, {
        method: 'OPTIONS',
        headers: { ...origin, 'access-control-request-method': 'GET' },
      }),
    ]
    for (const { headers } of responses) {
      const names = [...headers.keys()].filter((name) => name.startsWith('access-control-'))
      expect(names).toEqual([])
    }
  })
})

describe('RFC 9700 §4.1 Insufficient Redirection URI Validation', () => {
  it('§4.1.1 a host that only ends or begins like the registered one MUST NOT match', async () => {
    const rig = await authorizationServer()
    for (const host of ['xspa.test', 'spa.test.evil.test', 'a.spa.test', 'evil.test/.spa.test']) {
      await expectErrorPage(await ask(rig, { redirect_uri: `https://${host}/cb` }))
    }
  })

  it('§4.1.2 a query that the registration lacks MUST NOT match', async () => {
    const rig = await authorizationServer()
    const redirect_uri = 'https://spa.test/cb?redirect_to=https%3A%2F%2Fevil.test%2F'
    await expectErrorPage(await ask(rig, { redirect_uri }))
  })

  it('§4.1.3 MUST ensure that the two URIs are equal by simple string comparison', async () => {
    const rig = await authorizationServer()
    await expectErrorPage(await ask(rig, { redirect_uri: 'https://spa.test/c%62' }))
    expectPage(await ask(rig, { redirect_uri: 'https://spa.test/cb' }))
  })
})

describe('RFC 9700 §4.2 Credential Leakage via Referer Headers', () => {
  it('§4.2.4 the pages SHOULD NOT include third-party resources or links to external sites', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const login = await browser.start(await authorizationParameters())
    const consent = await browser.signIn(login)
    for (const { response } of [login, consent]) {
      const page = await response.clone().text()
      expect(page.match(/(?:src|href|srcset|background)=/gi)).toBeNull()
      expect(page.match(/(?:https?:)?\/\/[^\s"<]*/g)).toEqual([
        expect.stringMatching(/^https:\/\/as\.test\/interaction\?id=/),
      ])
      expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    }
  })

  it('§4.2.4 the redirect to the client suppresses the Referer as well', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const consent = await browser.signIn(await browser.start(await authorizationParameters()))
    const answer = await browser.press(consent, 'approve')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
  })
})

describe('RFC 9700 §4.7 Cross-Site Request Forgery', () => {
  it('§4.7 the code MUST be bound to the challenge of the request it answers', async () => {
    const rig = await authorizationServer()
    const injected = await authorizationCode(rig, { code_challenge: 'E'.repeat(43) })
    const refused = await redeem(rig, injected)
    expect(await refused.json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('§4.5 the code MUST be bound to the nonce of the request it answers', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, { scope: 'openid', nonce: 'n-1' })
    const { id_token = '' } = (await (await redeem(rig, code)).json()) as { id_token?: string }
    const [, payload = ''] = id_token.split('.')
    expect(JSON.parse(atob(payload))).toMatchObject({ nonce: 'n-1' })
  })
})

describe('RFC 9700 §4.11 Open Redirection', () => {
  it('§4.11.2 MUST NOT redirect in case of an invalid combination of client_id and redirect_uri', async () => {
    const rig = await authorizationServer()
    await expectErrorPage(await ask(rig, { redirect_uri: 'https://evil.test/cb' }))
    await expectErrorPage(await ask(rig, { redirect_uri: 'https://web.test/cb' }))
  })

  it.each<Changes>([
    { scope: 'none' },
    { response_type: 'token' },
    { prompt: 'none' },
    { code_challenge: undefined },
    { resource: 'https://evil.test/' },
  ])(
    '§4.11.2 SHOULD NOT redirect to a URI that nobody vouches for before the user is known: %o',
    async (changes) => {
      const rig = await authorizationServer()
      const stranger = await strangersClient(rig)
      const response = await ask(rig, { ...stranger, ...changes })
      expectPage(response, 400)
      const page = await response.text()
      expect(page).toContain('stranger.test')
      // The reader goes there by their own hand, or not at all.
      const link =
        /<a class="button" href="([^"]*)"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? ''
      const { target, parameters } = answerIn(link)
      expect(target).toBe('https://stranger.test/cb')
      expect([...parameters.keys()]).toEqual([
        ...['error', 'error_description', 'error_uri', 'state', 'iss'],
      ])
      expect(page).not.toMatch(/http-equiv|<script|<form/i)
    },
  )

  it('§4.11.2 MUST authenticate the user first: then the error goes to the client', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    const stranger = await strangersClient(rig)
    for (const changes of [{ scope: 'none' }, { prompt: 'none' }]) {
      const parameters = await authorizationParameters({ ...stranger, ...changes })
      const { target } = expectAnswer((await browser.start(parameters)).response)
      expect(target).toBe('https://stranger.test/cb')
    }
  })

  it('§4.11.2 the user who has not signed in is asked before any redirect', async () => {
    const rig = await authorizationServer()
    expectPage(await ask(rig, await strangersClient(rig)))
  })
})

describe('RFC 9700 §4.12 307 Redirect', () => {
  it('§4.12 MUST NOT use 307 after a form that may hold credentials, SHOULD use 303', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const parameters = await authorizationParameters()
    const login = await browser.start(parameters)
    const credentials = { username: 'alice@example.com', password: 'correct horse battery staple' }
    const signedIn = await browser.press(login, 'login', { fields: credentials })
    expect(signedIn.status).toBe(303)
    const consent = await browser.open(signedIn.headers.get('location') ?? '')
    expect((await browser.press(consent, 'approve')).status).toBe(303)
    const again = await browser.start(await authorizationParameters({ prompt: 'consent' }))
    expect((await browser.press(again, 'logout')).status).toBe(303)
    // A consent that is remembered: credentials in one form, then straight to the client.
    const relogin = await browser.start(parameters)
    const last = await browser.press(relogin, 'login', { fields: credentials })
    expect(last.status).toBe(303)
    const answer = await browser.open(last.headers.get('location') ?? '')
    expect(answer.response.status).toBe(303)
  })

  it('§4.12 a request by POST is answered by 303 too', async () => {
    const rig = await authorizationServer()
    expect((await rig.post('/authorize', await authorizationParameters())).status).toBe(303)
    const refused = await rig.post('/authorize', await authorizationParameters({ scope: 'none' }))
    expect(refused.status).toBe(303)
  })
})

describe('RFC 9700 §4.16 Clickjacking', () => {
  it('§4.16 MUST prevent clickjacking on every page: sign-in, consent, errors, endings', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const stranger = await strangersClient(rig)
    const login = await browser.start(await authorizationParameters())
    const credentials = { username: 'alice@example.com', password: 'wrong' }
    expectPage(login.response)
    expectPage(await browser.press(login, 'login', { fields: credentials }), 400)
    const consent = await browser.signIn(login)
    expectPage(consent.response)
    await browser.press(consent, 'approve')
    expectPage(await browser.press(consent, 'approve'))
    expectPage(await browser.fetch(consent.url))
    expectPage(await ask(rig, { ...stranger, scope: 'none' }), 400)
    expectPage(await ask(rig, { client_id: 'nobody' }), 400)
    expectPage(await browser.fetch('/nowhere'), 404)
    expectPage(await browser.fetch('/authorize', { method: 'PUT' }), 405)
    expectPage(await rig.browser().fetch(consent.url), 403)
    expectPage(await browser.fetch('/interaction'), 400)
    expectPage(await browser.fetch('https://other.test/authorize'), 421)
  })
})
