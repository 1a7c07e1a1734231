import { describe, expect, it } from 'vitest'
import {
  API,
  authorizationParameters,
  authorizationServer,
  MCP,
  type Rig,
  redeem,
  resources,
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

const start = async (browser: Browser, changes: Changes = {}) =>
  browser.start(await authorizationParameters(changes))

/** A browser at the consent page. */
async function atConsent(rig: Rig, changes: Changes = {}, username?: string) {
  const browser = rig.browser()
  return { browser, consent: await browser.signIn(await start(browser, changes), username) }
}

/** The words of the consent page. */
const consentWords = async (rig: Rig, changes: Changes = {}) =>
  wordsOf(await (await atConsent(rig, changes)).consent.response.text())

const codes = async (rig: Rig) =>
  (await rig.store.list('authorizationCodes', {}, { limit: 100 })).length

/** The scope that a code brings. */
const scopeOf = async (rig: Rig, response: Response) => {
  const code = expectAnswer(response).parameters.get('code') ?? ''
  return ((await (await redeem(rig, code)).json()) as { scope: string }).scope
}

/** Registers a client that nobody vouches for; gives what asks in its name. */
async function stranger(rig: Rig, redirect_uri: string, metadata: object = {}) {
  const client_id = await rig.register({
    client_name: 'Stranger',
    redirect_uris: [redirect_uri],
    token_endpoint_auth_method: 'none',
    ...metadata,
  })
  return { client_id, redirect_uri }
}

describe('Attacks on consent: forged approvals', () => {
  it.each<[string, { fields?: Record<string, string>; headers?: Record<string, string> }]>([
    ['without a token', { fields: { csrf: '' } }],
    ['with a token that was made up', { fields: { csrf: `${'A'.repeat(22)}.${'A'.repeat(43)}` } }],
    ['from another site', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['from a sibling site', { headers: { 'sec-fetch-site': 'same-site' } }],
    ['typed in by nobody', { headers: { 'sec-fetch-site': 'none' } }],
  ])('CN-01 an approval %s is no approval', async (_, submission) => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig)
    for (const action of ['approve', 'deny', 'logout'])
      await expectErrorPage(await browser.press(consent, action, submission), 403)
    expect(await codes(rig)).toBe(0)
    expect(expectAnswer(await browser.press(consent, 'approve')).parameters.has('code')).toBe(true)
  })

  it.each(['https://evil.test', 'null', 'https://as.test.evil.test', 'http://as.test', ''])(
    'CN-01 a browser that sends no Sec-Fetch-Site is judged by its Origin: %s',
    async (origin) => {
      const rig = await authorizationServer()
      const { browser, consent } = await atConsent(rig)
      const page = await consent.response.text()
      const csrf = /name="csrf" value="([^"]*)"/.exec(page)?.[1] ?? ''
      const body = new URLSearchParams({ csrf, action: 'approve' })
      const forged = await browser.fetch(consent.url, { method: 'POST', body, headers: { origin } })
      await expectErrorPage(forged, 403)
      expect(await codes(rig)).toBe(0)
      const headers = { origin: 'https://as.test' }
      const own = await browser.fetch(consent.url, { method: 'POST', body, headers })
      expect(expectAnswer(own).parameters.has('code')).toBe(true)
    },
  )

  it('CN-01 with neither header the token decides', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig)
    const csrf = /name="csrf" value="([^"]*)"/.exec(await consent.response.text())?.[1] ?? ''
    const send = (fields: Record<string, string>) =>
      browser.fetch(consent.url, { method: 'POST', body: new URLSearchParams(fields) })
    await expectErrorPage(await send({ action: 'approve' }), 403)
    expect((await send({ action: 'approve', csrf })).status).toBe(303)
  })

  it("CN-01 the token of another request, another browser or another account doesn't do", async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig)
    const tokenOf = async ({ response }: { response: Response }) =>
      /name="csrf" value="([^"]*)"/.exec(await response.clone().text())?.[1] ?? ''
    const login = await start(browser, { state: 'other', prompt: 'login' })
    const others = [
      await tokenOf(await start(browser, { state: 'other' })),
      await tokenOf((await atConsent(rig)).consent),
      await tokenOf((await atConsent(rig, {}, 'bob@example.com')).consent),
      await tokenOf(login),
    ]
    expect(new Set(others).size).toBe(4)
    for (const csrf of others)
      await expectErrorPage(await browser.press(consent, 'approve', { fields: { csrf } }), 403)
    expect(await codes(rig)).toBe(0)
  })

  it('CN-01 no GET approves anything', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig)
    const csrf = /name="csrf" value="([^"]*)"/.exec(await consent.response.clone().text())?.[1]
    expectPage(await browser.fetch(`${consent.url}&action=approve&csrf=${csrf}`))
    expect(await codes(rig)).toBe(0)
  })

  it('CN-02 the page cannot be framed, and says so twice', async () => {
    const rig = await authorizationServer()
    const { consent } = await atConsent(rig)
    expect(consent.response.headers.get('x-frame-options')).toBe('DENY')
    const policy = consent.response.headers.get('content-security-policy')
    expect(policy).toContain("frame-ancestors 'none'")
  })

  it('CN-07 scopes that were added to the form are not granted', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig, {}, 'admin@example.com')
    const fields = { scope: 'notes:read notes:admin', scopes: 'notes:admin', resource: API }
    expect(await scopeOf(rig, await browser.press(consent, 'approve', { fields }))).toBe(
      'notes:read',
    )
  })

  it('CN-08 of many approvals of one page one gives a code, and the others say it is done', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig)
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => browser.press(consent, 'approve')),
    )
    expect(responses.filter(({ status }) => status === 303)).toHaveLength(1)
    for (const response of responses.filter(({ status }) => status !== 303)) {
      expectPage(response)
      expect(wordsOf(await response.text())).toContain('Your first answer counts.')
    }
    expect(await codes(rig)).toBe(1)
    const granted = rig.events.filter(({ type }) => type === 'consent.granted')
    expect(granted).toHaveLength(1)
  })

  it('CN-08 of an approval and a refusal at the same time one counts', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig)
    const [approved, denied] = await Promise.all([
      browser.press(consent, 'approve'),
      browser.press(consent, 'deny'),
    ])
    const answered = [approved, denied].filter(({ status }) => status === 303)
    expect(answered).toHaveLength(1)
    const isCode = answered[0]?.headers.get('location')?.includes('code=wac_') ?? false
    expect(await codes(rig)).toBe(isCode ? 1 : 0)
    const consents = await rig.store.list('consents', {}, { limit: 10 })
    expect(consents).toHaveLength(isCode ? 1 : 0)
  })
})

describe('Attacks on consent: silence', () => {
  /** Allows a request as alice, and tells whether others are then answered without asking. */
  const approveThenAsk = async (rig: Rig, approved: Changes, asked: readonly Changes[]) => {
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters(approved))
    return Promise.all(
      asked.map(async (changes) => {
        const { response } = await start(browser, { ...changes, prompt: 'none' })
        return expectAnswer(response).parameters.get('error') ?? 'code'
      }),
    )
  }

  it('CN-03 an approval covers what was allowed and less, and nothing more', async () => {
    const rig = await authorizationServer()
    const approved = { scope: 'notes:read notes:write openid' }
    const answers = await approveThenAsk(rig, approved, [
      approved,
      { scope: 'notes:write' },
      { scope: 'openid notes:read' },
      { scope: 'notes:read notes:write openid offline_access' },
      { scope: 'offline_access' },
    ])
    expect(answers).toEqual(['code', 'code', 'code', 'consent_required', 'consent_required'])
  })

  it('CN-03 another resource is asked for again', async () => {
    const rig = await authorizationServer()
    const answers = await approveThenAsk(rig, { scope: 'openid' }, [
      { scope: 'openid' },
      { scope: 'openid', resource: API },
    ])
    expect(answers).toEqual(['code', 'consent_required'])
  })

  it('CN-03 another client is asked for again, even with the same name and address', async () => {
    const rig = await authorizationServer()
    const twin = await stranger(rig, 'https://spa.test/cb', { client_name: 'pub' })
    const answers = await approveThenAsk(rig, {}, [{}, twin])
    expect(answers).toEqual(['code', 'consent_required'])
  })

  it('CN-03 another user is asked again, in the same browser', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    rig.platform.advance(1)
    const consent = await browser.signIn(
      await start(browser, { prompt: 'login' }),
      'bob@example.com',
    )
    expect(wordsOf(await consent.response.text())).toContain('Signed in as bob@example.com')
  })

  it('CN-03 another redirect host is asked for again, another path on it is not', async () => {
    const rig = await authorizationServer()
    const redirect_uris = ['https://one.test/cb', 'https://one.test/cb2', 'https://two.test/cb']
    const { client_id } = await stranger(rig, '', { redirect_uris })
    const [one, path, two] = redirect_uris.map((redirect_uri) => ({ client_id, redirect_uri }))
    const answers = await approveThenAsk(rig, one ?? {}, [path ?? {}, two ?? {}])
    expect(answers).toEqual(['code', 'consent_required'])
  })

  it('CN-03 two approvals do not add up to a third', async () => {
    const rig = await authorizationServer()
    const redirect_uris = ['https://one.test/cb', 'https://two.test/cb']
    const { client_id } = await stranger(rig, '', { redirect_uris })
    const at = (host: string, scope: string) => ({
      ...{ client_id, scope, redirect_uri: `https://${host}.test/cb` },
    })
    const browser = rig.browser()
    for (const approved of [at('one', 'notes:read'), at('two', 'notes:write')])
      await browser.authorize(await authorizationParameters(approved))
    for (const asked of [at('one', 'notes:write'), at('two', 'notes:read')]) {
      const { response } = await start(browser, { ...asked, prompt: 'none' })
      expectErrorAnswer(response, 'consent_required')
    }
  })

  it('CN-03 what is allowed later is added to what was allowed before', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    for (const scope of ['notes:read', 'notes:write'])
      await browser.authorize(await authorizationParameters({ scope }))
    const both = await start(browser, { scope: 'notes:read notes:write', prompt: 'none' })
    expect(expectAnswer(both.response).parameters.has('code')).toBe(true)
  })

  it('CN-03 a refusal is not remembered, neither as yes nor as no', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig)
    await browser.press(consent, 'deny')
    const again = await start(browser)
    expect(wordsOf(await again.response.clone().text())).toContain('Allow access?')
    expect(expectAnswer(await browser.press(again, 'approve')).parameters.has('code')).toBe(true)
  })

  it('CN-03 an approval ends with the client, and does not come back with its name', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    await rig.clients.remove('pub')
    const metadata = {
      client_name: 'pub',
      redirect_uris: ['https://spa.test/cb'],
      token_endpoint_auth_method: 'none',
    }
    await rig.clients.add({ id: 'pub', metadata, resources: null })
    const { response } = await start(browser, { prompt: 'none' })
    expectErrorAnswer(response, 'consent_required')
  })

  it.each(['http://127.0.0.1:50000/cb', 'http://localhost:50000/cb', 'http://[::1]:50000/cb'])(
    'an approval is never remembered for a client on this computer: %s',
    async (redirect_uri) => {
      const rig = await authorizationServer()
      const registered = redirect_uri.replace(':50000', '')
      const { client_id } = await stranger(rig, registered)
      const browser = rig.browser()
      await browser.authorize(await authorizationParameters({ client_id, redirect_uri }))
      expect(await rig.store.list('consents', {}, { limit: 10 })).toEqual([])
      const { response } = await start(browser, { client_id, redirect_uri })
      expect(wordsOf(await response.text())).toContain('Allow access?')
    },
  )
})

describe('Attacks on consent: scopes for some only', () => {
  it('a scope for a role that the user lacks is neither shown nor granted', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig, { scope: 'notes:admin notes:read' })
    const words = wordsOf(await consent.response.clone().text())
    expect(words).toContain('read your notes')
    expect(words).not.toContain('manage all notes')
    expect(await scopeOf(rig, await browser.press(consent, 'approve'))).toBe('notes:read')
    const [remembered] = await rig.store.list('consents', {}, { limit: 1 })
    expect(remembered?.scopes).toEqual(['notes:read'])
  })

  it('it is shown to and granted by who has the role, and only by them', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(
      rig,
      { scope: 'notes:admin notes:read' },
      'admin@example.com',
    )
    expect(wordsOf(await consent.response.clone().text())).toContain('manage all notes')
    expect(await scopeOf(rig, await browser.press(consent, 'approve'))).toBe(
      'notes:admin notes:read',
    )
  })

  it('the account that answers decides, and not the one that began', async () => {
    const rig = await authorizationServer()
    const asked = { scope: 'notes:admin notes:read' }
    const { browser, consent } = await atConsent(rig, asked, 'admin@example.com')
    const left = await browser.press(consent, 'logout')
    const second = await browser.signIn(
      await browser.open(left.headers.get('location') ?? ''),
      'bob@example.com',
    )
    expect(await scopeOf(rig, await browser.press(second, 'approve'))).toBe('notes:read')
  })

  it('scopes of another resource are not granted here', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig, { scope: 'notes:read bills:read' })
    expect(wordsOf(await consent.response.clone().text())).not.toContain('read your bills')
    expect(await scopeOf(rig, await browser.press(consent, 'approve'))).toBe('notes:read')
  })
})

describe('Attacks on consent: what the page says', () => {
  const XSS = '"><script>alert(1)</script><img src=x onerror=alert(1)>\'&'

  it('CN-06 whatever others chose is escaped, and the policy would stop it', async () => {
    const rig = await authorizationServer({
      resources: [
        {
          resource: MCP,
          name: XSS,
          scopes: [{ scope: 'notes:read', description: XSS, risk: 'read' }],
          baseline: ['notes:read'],
        },
      ],
    })
    const client = await stranger(rig, 'https://stranger.test/cb', { client_name: XSS })
    const inQuery = { state: XSS, ui_locales: XSS, display: XSS, login_hint: XSS, nonce: XSS }
    const browser = rig.browser()
    const login = await start(browser, { ...client, ...inQuery })
    const consent = await browser.signIn(login)
    const interstitial = await start(rig.browser(), { ...client, ...inQuery, scope: 'none' })
    const error = await start(rig.browser(), { client_id: XSS, ...inQuery })
    for (const { response } of [login, consent, interstitial, error]) {
      const page = await response.clone().text()
      expect(page).not.toContain('<script>alert')
      expect(page).not.toContain('<img')
      const policy = response.headers.get('content-security-policy') ?? ''
      expect(policy).toMatch(/script-src (?:'none'|'nonce-[\w-]{22}');/)
      expect(policy).not.toContain('unsafe')
      // Outside of the quotes, where a value has no power.
      expect(page.replace(/"[^"]*"/g, '""')).not.toMatch(/<[^>]*\son\w+=/i)
    }
  })

  it('CN-06 the page leads to the client, and on from there, but not in the clear', async () => {
    const rig = await authorizationServer()
    const { consent } = await atConsent(rig)
    const policy = consent.response.headers.get('content-security-policy')
    const allowed = /form-action ([^;]*)/.exec(policy ?? '')?.[1]?.split(' ')
    expect(allowed).toEqual([
      ...["'self'", 'https://spa.test', 'https:'],
      ...['claude:', 'cursor:', 'vscode:', 'vscode-insiders:', 'windsurf:'],
    ])
  })

  it('CN-06 the nonce is another for each page', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig)
    const nonces = [consent.response, await browser.fetch(consent.url)].map(
      ({ headers }) => /'nonce-([^']*)'/.exec(headers.get('content-security-policy') ?? '')?.[1],
    )
    expect(new Set(nonces).size).toBe(2)
  })

  it.each([
    ...['https://unknown.test/', 'https://mcp.test/mcp//', 'https://mсp.test/mcp', `${MCP}#f`],
    ...['https://xn--mp-xmc.test/mcp', 'mcp', '//mcp.test/mcp', 'https://mcp.test/MCP'],
    ...['https://mcp.test/mcp?x', 'https://x@mcp.test/mcp', 'javascript:alert(1)'],
  ])('CN-09 nobody is asked about a resource that is not known: %s', async (resource) => {
    const rig = await authorizationServer()
    const { response } = await start(rig.browser(), { resource })
    expectErrorAnswer(response, 'invalid_target')
  })

  it('CN-09 a host of another alphabet is shown in ASCII, with a warning', async () => {
    const rig = await authorizationServer()
    const words = await consentWords(rig, await stranger(rig, 'https://xn--pypal-4ve.test/cb'))
    expect(words).toContain('xn--pypal-4ve.test')
    expect(words).toContain('may imitate a name you know')
  })

  it('CN-09 an identifier in another alphabet is no client', async () => {
    const rig = await authorizationServer({ documents: () => ({ status: 200, body: '{}' }) })
    for (const client_id of ['https://xn--pypal-4ve.test/c', 'https://pаypal.test/c'])
      await expectErrorPage((await start(rig.browser(), { client_id })).response)
    expect(rig.fetched).toEqual([])
  })

  it('DR-10 of several redirect URIs the one that is used now is shown', async () => {
    const rig = await authorizationServer()
    const redirect_uris = ['http://localhost/cb', 'https://evil.test/cb']
    const { client_id } = await stranger(rig, '', { redirect_uris })
    const there = await consentWords(rig, { client_id, redirect_uri: 'https://evil.test/cb' })
    expect(there).toContain('and then takes you to evil.test A website')
    expect(there).not.toContain('localhost')
    const here = await consentWords(rig, { client_id, redirect_uri: 'http://localhost:3000/cb' })
    expect(here).toContain('and then takes you to localhost:3000 An app on this computer')
    expect(here).not.toContain('evil.test')
  })
})

describe('Attacks by client metadata documents', () => {
  const GOOD = 'https://good.test/client.json'
  const documentOf = (redirect_uris: readonly string[], more: object = {}) => ({
    status: 200,
    headers: { 'cache-control': 'max-age=60' },
    body: JSON.stringify({ client_id: GOOD, client_name: 'Good', redirect_uris, ...more }),
  })

  it('CM-05 a redirect URI of another host is good if it is listed, and both hosts are shown', async () => {
    const rig = await authorizationServer({ documents: () => documentOf(['https://evil.test/cb']) })
    const asked = { client_id: GOOD, redirect_uri: 'https://evil.test/cb' }
    const words = await consentWords(rig, asked)
    expect(words).toContain('An app that calls itself Good good.test')
    expect(words).toContain('and then takes you to evil.test')
    for (const redirect_uri of ['https://evil.test/cb2', 'https://good.test/cb']) {
      const { response } = await start(rig.browser(), { client_id: GOOD, redirect_uri })
      await expectErrorPage(response)
    }
  })

  it('CM-05 an operator can hold documents to their own host', async () => {
    const rig = await authorizationServer({
      settings: { clientDocuments: { sameOriginRedirects: true } },
      documents: () => documentOf(['https://evil.test/cb']),
    })
    const asked = { client_id: GOOD, redirect_uri: 'https://evil.test/cb' }
    await expectErrorPage((await start(rig.browser(), asked)).response)
  })

  it('CM-06 a copy of a known client on this computer is shown with its own host and a warning', async () => {
    const client_id = 'https://evil.test/claude.json'
    const rig = await authorizationServer({
      documents: () =>
        documentOf(['http://localhost/cb'], {
          client_id,
          client_name: 'Claude',
          logo_uri: 'https://claude.ai/logo.png',
        }),
    })
    const redirect_uri = 'http://localhost:3118/cb'
    const { consent } = await atConsent(rig, { client_id, redirect_uri })
    const page = await consent.response.text()
    const words = wordsOf(page)
    expect(words).toContain('An app that calls itself Claude evil.test Unverified')
    expect(words).toContain('An app on this computer wants access. Only continue if you have just')
    expect(words).toContain('Never copy the address from your browser')
    expect(page).not.toContain('logo.png')
  })

  it('CM-07 a document that names another host since the approval is asked about again', async () => {
    let document = documentOf(['https://good.test/cb'])
    const rig = await authorizationServer({ documents: () => document })
    const browser = rig.browser()
    const asked = { client_id: GOOD, redirect_uri: 'https://good.test/cb' }
    await browser.authorize(await authorizationParameters(asked))
    document = documentOf(['https://good.test/cb', 'https://new.test/cb'])
    rig.platform.advance(61_000)
    const same = await start(browser, { ...asked, prompt: 'none' })
    expect(expectAnswer(same.response).parameters.has('code')).toBe(true)
    const other = { client_id: GOOD, redirect_uri: 'https://new.test/cb', prompt: 'none' }
    expectErrorAnswer((await start(browser, other)).response, 'consent_required')
  })

  it('CM-07 a document that asks for what is not supported, or is gone, ends the approval', async () => {
    let document: ReturnType<typeof documentOf> | { status: number } = documentOf([
      'https://good.test/cb',
    ])
    const rig = await authorizationServer({ documents: () => document })
    const browser = rig.browser()
    const asked = { client_id: GOOD, redirect_uri: 'https://good.test/cb' }
    await browser.authorize(await authorizationParameters(asked))
    for (const changed of [
      documentOf(['https://good.test/cb'], { token_endpoint_auth_method: 'private_key_jwt' }),
      documentOf(['https://good.test/other']),
      { status: 404 },
    ]) {
      document = changed
      rig.platform.advance(61_000)
      await expectErrorPage((await start(browser, asked)).response)
    }
  })

  it('CM-07 a document is kept as long as its host says, and never longer than a day', async () => {
    let headers = { 'cache-control': 'max-age=600' }
    const rig = await authorizationServer({
      documents: () => ({ ...documentOf(['https://good.test/cb']), headers }),
    })
    const asked = { client_id: GOOD, redirect_uri: 'https://good.test/cb' }
    const fetches = async () => {
      expectPage((await start(rig.browser(), asked)).response)
      return rig.fetched.length
    }
    const first = await fetches()
    rig.platform.advance(599_999)
    expect(await fetches()).toBe(first)
    headers = { 'cache-control': 'max-age=31536000' }
    rig.platform.advance(1)
    const second = await fetches()
    expect(second).toBe(first + 1)
    rig.platform.advance(86_400_000 - 1)
    expect(await fetches()).toBe(second)
    rig.platform.advance(1)
    expect(await fetches()).toBe(second + 1)
  })
})

describe('MCP authorization: what the consent page must show', () => {
  it('MUST clearly display the redirect URI hostname, and the port of this computer with it', async () => {
    const rig = await authorizationServer()
    const cases = {
      'https://a.very.long.host.name.that.breaks.stranger.test/cb':
        'a.very.long.host.name.that.breaks.stranger.test',
      'http://127.0.0.1/cb': '127.0.0.1',
    }
    for (const [redirect_uri, shown] of Object.entries(cases)) {
      const words = await consentWords(rig, await stranger(rig, redirect_uri))
      expect(words).toContain(`and then takes you to ${shown} `)
    }
  })

  it('MUST show the host of a client_id that is a URL, beside the name it gave itself', async () => {
    const client_id = 'https://app.example.test/oauth/client'
    const rig = await authorizationServer({
      documents: () => ({
        status: 200,
        body: JSON.stringify({
          ...{ client_id, client_name: 'Gmail' },
          redirect_uris: ['https://app.example.test/cb'],
        }),
      }),
    })
    const asked = { client_id, redirect_uri: 'https://app.example.test/cb' }
    const words = await consentWords(rig, asked)
    expect(words).toContain('An app that calls itself Gmail app.example.test Unverified')
  })

  it('SHOULD warn of a client that is only on this computer, and does for a scheme of an app', async () => {
    const rig = await authorizationServer()
    for (const redirect_uri of ['http://127.0.0.1/cb', 'http://localhost/cb', 'http://[::1]/cb'])
      expect(await consentWords(rig, await stranger(rig, redirect_uri))).toContain(
        'An app on this computer wants access.',
      )
    const app = await stranger(rig, 'com.example.app:/cb')
    expect(await consentWords(rig, app)).toContain('An app on this device wants access.')
    const web = await stranger(rig, 'https://stranger.test/cb')
    expect(await consentWords(rig, web)).not.toContain('wants access.')
  })

  it('says Unverified of every client that no administrator vouches for, however it became known', async () => {
    const client_id = 'https://doc.test/c'
    const redirect_uri = 'https://doc.test/cb'
    const documents = () => ({
      status: 200,
      body: JSON.stringify({ client_id, client_name: 'Doc', redirect_uris: [redirect_uri] }),
    })
    const rig = await authorizationServer({ documents })
    for (const client of [{ client_id, redirect_uri }, await stranger(rig, 'https://s.test/cb')]) {
      const words = await consentWords(rig, client)
      expect(words).toContain('Unverified Nobody at as.test has checked who makes it.')
    }
    expect(await consentWords(rig, {})).toContain('The app pub Registered by an administrator')
    const hosts = { 'doc.test': 'allow' }
    const trusting = await authorizationServer({
      settings: { clientDocuments: { hosts } },
      documents,
    })
    const words = await consentWords(trusting, { client_id, redirect_uri })
    expect(words).toContain('The app Doc doc.test Verified')
  })

  it('shows since when a client that registered itself is known, and when the request began', async () => {
    const rig = await authorizationServer()
    const client = await stranger(rig, 'https://stranger.test/cb')
    rig.platform.advance(180_000)
    const { browser, consent } = await atConsent(rig, client)
    expect(wordsOf(await consent.response.text())).toContain('Registered itself 3 minutes ago')
    rig.platform.advance(120_000)
    const later = wordsOf(await (await browser.fetch(consent.url)).text())
    expect(later).toContain('Registered itself 5 minutes ago')
    expect(later).toContain('This request began 2 minutes ago')
  })

  it('shows what is reached, what for in plain words, and as whom', async () => {
    const words = await consentWords(await authorizationServer(), {
      scope: 'notes:write notes:read offline_access',
    })
    expect(words).toContain('wants to use, in your name, Notes mcp.test')
    expect(words).toContain('Change change your notes Read read your notes Away stay connected')
    expect(words).toContain('Signed in as alice@example.com')
    expect(words).toContain('Access ends after 30 days at the latest.')
  })

  it('makes refusing as easy as allowing: two buttons of one form, and one answer', async () => {
    const rig = await authorizationServer()
    const { browser, consent } = await atConsent(rig)
    const page = await consent.response.clone().text()
    expect(page.match(/<form/g)).toHaveLength(1)
    const buttons = [...page.matchAll(/<button[^>]*value="([a-z]+)"/g)].map(([, value]) => value)
    expect(buttons).toEqual(['logout', 'deny', 'approve'])
    const denied = await browser.press(consent, 'deny')
    expectErrorAnswer(denied, 'access_denied')
    expect(answerIn(denied.headers.get('location') ?? '').parameters.has('code')).toBe(false)
  })

  it('asks about every resource that this server knows, in its own words', async () => {
    for (const { resource, name, baseline } of resources) {
      const rig = await authorizationServer()
      const words = await consentWords(rig, { resource, scope: baseline.join(' ') })
      expect(words).toContain(`in your name, ${name} ${new URL(resource).host}`)
    }
  })
})
