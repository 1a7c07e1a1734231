import { createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  authorizationCode,
  authorizationParameters,
  authorizationServer,
  claims,
  type Rig,
  redeem,
  type TokenResponse,
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
const MINUTE = 60_000

const start = async (browser: Browser, changes: Changes = {}) =>
  browser.start(await authorizationParameters({ scope: 'openid notes:read', ...changes }))

const ask = async (browser: Browser, changes: Changes = {}) =>
  (await start(browser, changes)).response

/** A browser whose user has signed in and allowed everything that is asked here. */
async function knownBrowser(rig: Rig): Promise<Browser> {
  const browser = rig.browser()
  await browser.authorize(await authorizationParameters({ scope: 'openid notes:read' }))
  return browser
}

/** The heading of a page: which of them it is. */
const heading = async (response: Response) =>
  /<h1>([^<]*)/.exec(await response.clone().text())?.[1] ?? ''

/** The ID token that a code brings. */
async function idToken(rig: Rig, code: string): Promise<Record<string, unknown>> {
  const tokens: TokenResponse = await (await redeem(rig, code)).json()
  return claims(tokens.id_token ?? '')
}

const codeIn = (response: Response) => expectAnswer(response).parameters.get('code') ?? ''

describe('OpenID Connect Core §3.1.2.1 Authentication Request', () => {
  it('§3.1.2.1 MUST support GET and POST', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    expect(codeIn(await ask(browser))).toMatch(/^wac_/)
    const posted = await browser.fetch('/authorize', {
      method: 'POST',
      body: new URLSearchParams(await authorizationParameters({ scope: 'openid' })),
    })
    expect(codeIn(posted)).toMatch(/^wac_/)
  })

  it('§3.1.2.1 redirect_uri is REQUIRED, of a client with only one as well', async () => {
    const rig = await authorizationServer()
    await expectErrorPage(await ask(rig.browser(), { redirect_uri: undefined }))
  })

  it('§3.1.2.1 without openid there is no ID token', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, { scope: 'notes:read', nonce: 'n' })
    expect(await (await redeem(rig, code)).json()).not.toHaveProperty('id_token')
  })

  it('§3.1.2.1 nonce MUST be passed through unmodified to the ID token', async () => {
    const rig = await authorizationServer()
    for (const nonce of ['n-0S6_WzA2Mj', ' a+b%20 ü"\\<', 'n'.repeat(512)]) {
      const code = await authorizationCode(rig, { scope: 'openid', nonce })
      expect(await idToken(rig, code)).toMatchObject({ nonce })
    }
    const without = await authorizationCode(rig, { scope: 'openid' })
    expect(await idToken(rig, without)).not.toHaveProperty('nonce')
  })

  it('§3.1.2.1 login_hint fills in the name, and decides nothing', async () => {
    const rig = await authorizationServer()
    const page = await (await ask(rig.browser(), { login_hint: 'bob@example.com' })).text()
    expect(page).toContain('value="bob@example.com"')
    const browser = await knownBrowser(rig)
    const code = codeIn(await ask(browser, { login_hint: 'bob@example.com' }))
    const alice = await rig.accounts.findByEmail('alice@example.com')
    expect(await idToken(rig, code)).toMatchObject({ sub: alice?.id })
  })

  it('§3.1.2.1 login_hint says nothing of whether the account exists', async () => {
    const rig = await authorizationServer()
    const [known, unknown] = await Promise.all(
      ['bob@example.com', 'nob@example.com'].map(async (login_hint) => {
        const page = await (await ask(rig.browser(), { login_hint })).text()
        return wordsOf(page)
      }),
    )
    expect(known).toBe(unknown)
  })
})

describe('OpenID Connect Core §3.1.2.1 prompt', () => {
  it('prompt=none MUST NOT show any page, and answers login_required without a session', async () => {
    const rig = await authorizationServer()
    expectErrorAnswer(await ask(rig.browser(), { prompt: 'none' }), 'login_required')
  })

  it('prompt=none answers consent_required for what was not allowed before', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    const changes = { prompt: 'none', scope: 'openid notes:read notes:write' }
    expectErrorAnswer(await ask(browser, changes), 'consent_required')
  })

  it('prompt=none gives a code for what was allowed before', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    expect(codeIn(await ask(browser, { prompt: 'none' }))).toMatch(/^wac_/)
  })

  it.each(['none login', 'login none', 'none consent', 'none select_account', 'none  login'])(
    'prompt=“%s”: with none and another value an error MUST be returned',
    async (prompt) => {
      const rig = await authorizationServer()
      expectErrorAnswer(await ask(await knownBrowser(rig), { prompt }), 'invalid_request')
    },
  )

  it.each(['ask', 'NONE', 'none,login', 'login\tconsent'])(
    'prompt=%s is not known',
    async (prompt) => {
      const rig = await authorizationServer()
      expectErrorAnswer(await ask(rig.browser(), { prompt }), 'invalid_request')
    },
  )

  it('prompt=login MUST reauthenticate a user who is signed in, and then asks no more', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    rig.platform.advance(MINUTE)
    const login = await start(browser, { prompt: 'login' })
    expect(await heading(login.response)).toBe('Sign in')
    // Going back and forth does not pass for signing in.
    expect(await heading(await browser.fetch(login.url))).toBe('Sign in')
    const { response } = await browser.signIn(login)
    const at = Math.floor(rig.platform.now() / 1000)
    expect(await idToken(rig, codeIn(response))).toMatchObject({ auth_time: at })
  })

  it('prompt=login is not satisfied by a sign-in that fails', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    rig.platform.advance(MINUTE)
    const login = await start(browser, { prompt: 'login' })
    const failed = await browser.signIn(login, 'alice@example.com', 'wrong')
    expectPage(failed.response, 400)
    expect(await heading(await browser.fetch(login.url))).toBe('Sign in')
    const approved = await browser.press(login, 'approve')
    expect(approved.headers.get('location')).toBeNull()
  })

  it('prompt=login with another account answers for that account', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    rig.platform.advance(1)
    const consent = await browser.signIn(
      await start(browser, { prompt: 'login' }),
      'bob@example.com',
    )
    expect(wordsOf(await consent.response.clone().text())).toContain('Signed in as bob@example.com')
    const code = codeIn(await browser.press(consent, 'approve'))
    const bob = await rig.accounts.findByEmail('bob@example.com')
    expect(await idToken(rig, code)).toMatchObject({ sub: bob?.id })
  })

  it('prompt=consent SHOULD ask even for what was allowed before', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    const consent = await start(browser, { prompt: 'consent' })
    expect(await heading(consent.response)).toBe('Allow access?')
    expect(codeIn(await browser.press(consent, 'approve'))).toMatch(/^wac_/)
  })

  it('prompt=login consent asks both, in this order', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    rig.platform.advance(1)
    const login = await start(browser, { prompt: 'login consent' })
    expect(await heading(login.response)).toBe('Sign in')
    const consent = await browser.signIn(login)
    expect(await heading(consent.response)).toBe('Allow access?')
    expect(codeIn(await browser.press(consent, 'approve'))).toMatch(/^wac_/)
  })

  it('prompt=select_account lets the user change accounts', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    const consent = await start(browser, { prompt: 'select_account' })
    expect(wordsOf(await consent.response.clone().text())).toContain('Not you? Switch account')
    const left = await browser.press(consent, 'logout')
    const login = await browser.open(left.headers.get('location') ?? '')
    expect(await heading(login.response)).toBe('Sign in')
    const second = await browser.signIn(login, 'bob@example.com')
    const code = codeIn(await browser.press(second, 'approve'))
    const bob = await rig.accounts.findByEmail('bob@example.com')
    expect(await idToken(rig, code)).toMatchObject({ sub: bob?.id })
  })
})

describe('OpenID Connect Core §3.1.2.1 max_age', () => {
  it('MUST reauthenticate a user who signed in longer ago, to the millisecond', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    rig.platform.advance(10 * MINUTE)
    expect(codeIn(await ask(browser, { max_age: '600' }))).toMatch(/^wac_/)
    rig.platform.advance(1)
    expect(await heading(await ask(browser, { max_age: '600' }))).toBe('Sign in')
  })

  it('max_age=0 asks once, and not for ever', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    rig.platform.advance(1)
    const login = await start(browser, { max_age: '0' })
    expect(await heading(login.response)).toBe('Sign in')
    rig.platform.advance(MINUTE)
    const { response } = await browser.signIn(login)
    expect(await idToken(rig, codeIn(response))).toMatchObject({
      auth_time: Math.floor(rig.platform.now() / 1000),
    })
  })

  it('with prompt=none a user who signed in longer ago gives login_required', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    rig.platform.advance(2 * MINUTE)
    expectErrorAnswer(await ask(browser, { max_age: '60', prompt: 'none' }), 'login_required')
    expect(codeIn(await ask(browser, { max_age: '120', prompt: 'none' }))).toMatch(/^wac_/)
  })

  it.each(['-1', '1.5', '1e3', '0x10', ' 1', '٣', '9999999999', 'NaN'])(
    'max_age=%s is no number of seconds',
    async (max_age) => {
      const rig = await authorizationServer()
      expectErrorAnswer(await ask(rig.browser(), { max_age }), 'invalid_request')
    },
  )

  it('the ID token MUST say auth_time, and of the sign-in and not of the approval', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    const signedInAt = Math.floor(rig.platform.now() / 1000)
    const consent = await browser.signIn(await start(browser, { max_age: '3600' }))
    rig.platform.advance(5 * MINUTE)
    const code = codeIn(await browser.press(consent, 'approve'))
    rig.platform.advance(30_000)
    expect(await idToken(rig, code)).toMatchObject({
      auth_time: signedInAt,
      iat: signedInAt + 330,
    })
  })
})

describe('OpenID Connect Core §2 ID Token', () => {
  it('§2 has iss, sub, aud, exp, iat and is signed with a published key', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, { scope: 'openid notes:read', nonce: 'n-1' })
    const { id_token = '' }: TokenResponse = await (await redeem(rig, code)).json()
    const jwks = await (await rig.browser().fetch('/.well-known/jwks.json')).json()
    const { payload, protectedHeader } = await jwtVerify(id_token, createLocalJWKSet(jwks), {
      issuer: 'https://as.test',
      audience: 'pub',
      currentDate: new Date(rig.platform.now()),
    })
    const alice = await rig.accounts.findByEmail('alice@example.com')
    const now = Math.floor(rig.platform.now() / 1000)
    expect(payload).toEqual({
      ...{ iss: 'https://as.test', sub: alice?.id, aud: 'pub', nonce: 'n-1' },
      ...{ iat: now, exp: now + 900, auth_time: now },
    })
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'JWT' })
  })

  it('§2 sub MUST NOT exceed 255 ASCII characters, and is the same each time and no address', async () => {
    const rig = await authorizationServer()
    const browser = await knownBrowser(rig)
    const [first, second] = [
      await idToken(rig, codeIn(await ask(browser))),
      await idToken(rig, codeIn(await ask(browser))),
    ]
    expect(first?.sub).toMatch(/^[\x21-\x3f\x41-\x7e]{1,255}$/)
    expect(second?.sub).toBe(first?.sub)
  })

  it('§3.1.3.7 the ID token is for the client and MUST NOT pass for an access token', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, { scope: 'openid notes:read' })
    const tokens: TokenResponse = await (await redeem(rig, code)).json()
    expect(claims(tokens.id_token ?? '').aud).toBe('pub')
    expect(claims(tokens.access_token).aud).toBe('https://mcp.test/mcp')
  })
})

describe('OpenID Connect Core §3.1.2.2, §6 what is not supported', () => {
  it('§6.1 request MUST be answered with request_not_supported', async () => {
    const rig = await authorizationServer()
    const changes = { request: 'e30.e30.' }
    expectErrorAnswer(await ask(rig.browser(), changes), 'request_not_supported')
  })

  it('§6.2 request_uri MUST be answered with request_uri_not_supported, and is not fetched', async () => {
    const rig = await authorizationServer()
    const changes = { request_uri: 'https://spa.test/request' }
    expectErrorAnswer(await ask(rig.browser(), changes), 'request_uri_not_supported')
    expect(rig.fetched).toEqual([])
  })

  it('§5.5 claims is OPTIONAL to support: the metadata says it is not, and it is ignored', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, {
      scope: 'openid',
      claims: '{"id_token":{"email":{"essential":true}}}',
    })
    expect(await idToken(rig, code)).not.toHaveProperty('email')
    const metadata = await rig.browser().fetch('/.well-known/openid-configuration')
    expect(await metadata.json()).toMatchObject({ claims_parameter_supported: false })
  })

  it('§15.1 display, ui_locales, claims_locales and acr_values MUST NOT result in an error', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, {
      ...{ display: 'popup', ui_locales: 'fr-CA fr en', claims_locales: 'de' },
      ...{ acr_values: 'urn:mace:incommon:iap:silver', scope: 'openid' },
    })
    expect((await idToken(rig, code)).aud).toBe('pub')
  })

  it('§3.1.2.6 the error goes into the query, where the code would go', async () => {
    const rig = await authorizationServer()
    const { response } = await start(rig.browser(), { prompt: 'none' })
    const { target, parameters } = answerIn(response.headers.get('location') ?? '')
    expect([target, parameters.get('error')]).toEqual(['https://spa.test/cb', 'login_required'])
  })
})
