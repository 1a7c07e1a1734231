/** A page as a client: sign-in, tokens, calls, sign-out. */

import { describe, expect, it } from 'vitest'
import { createBrowserClient } from 'warder/browser'
import { API, ISSUER } from './support/authorization-server.ts'
import { settled } from './support/page-browser.ts'
import { CALLBACK, PAGE, pageOptions, pageWorld, refreshes } from './support/page-world.ts'

describe('RFC 10017 OAuth 2.0 for Browser-Based Applications', () => {
  it('§6.3 MUST use the authorization code with PKCE, a state and the resource', async () => {
    const person = (await pageWorld()).person()
    const tab = person.tab()
    expect(await tab.load(pageOptions)).toEqual({ status: 'signed-out', ended: false })
    await tab.client.signIn()
    const url = new URL(tab.left ?? '')
    expect(`${url.origin}${url.pathname}`).toBe(`${ISSUER}/authorize`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'pub',
      redirect_uri: CALLBACK,
      resource: API,
      scope: 'openid bills:read',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
  })

  it('signs in, cleans the address, and brings the user back to where they were', async () => {
    const world = await pageWorld()
    const tab = await world.person().signedIn()
    const alice = await world.accounts.findByEmail('alice@example.com')
    expect(tab.client.state()).toMatchObject({
      status: 'signed-in',
      user: { subject: alice?.id },
      scopes: ['openid', 'bills:read'],
    })
    expect(tab.address).toBe(PAGE)
    const answer = await tab.client.fetch(`${API}bills`)
    expect(await answer.json()).toEqual({ subject: alice?.id })
  })

  it('takes the user where the application says, and never to another site', async () => {
    const person = (await pageWorld()).person()
    for (const [wanted, address] of [
      ['/orders?id=7#items', 'https://spa.test/orders?id=7#items'],
      ['https://evil.test/', PAGE],
      ['//evil.test/', PAGE],
      ['/.//evil.test/', 'https://spa.test/evil.test/'],
      ['\\\\evil.test', PAGE],
      ['javascript:alert(1)', PAGE],
    ]) {
      const tab = person.tab()
      await tab.load(pageOptions)
      await tab.client.signIn({ returnTo: wanted ?? '' })
      await tab.load(pageOptions, await person.answer(tab))
      expect(tab.address).toBe(address)
    }
  })

  it('asks for more scopes when told, beside its own', async () => {
    const person = (await pageWorld()).person()
    const tab = await person.signedIn({ ...pageOptions, scopes: ['openid'] })
    await tab.client.signIn({ scopes: ['bills:read'], prompt: 'consent' })
    expect(new URL(tab.left ?? '').searchParams.get('scope')).toBe('openid bills:read')
    const state = await tab.load(pageOptions, await person.answer(tab))
    expect(state).toMatchObject({ scopes: ['openid', 'bills:read'] })
  })

  it('says so when the user turns it down', async () => {
    const person = (await pageWorld()).person()
    const tab = person.tab()
    await tab.load(pageOptions)
    await tab.client.signIn()
    const query = Object.fromEntries(new URL(tab.left ?? '').searchParams)
    const asked = await person.cookies.signIn(await person.cookies.start(query))
    const denied = await person.cookies.press(asked, 'deny')
    const state = await tab.load(pageOptions, denied.headers.get('location') ?? '')
    expect(state).toMatchObject({
      status: 'signed-out',
      error: { code: 'refused', serverCode: 'access_denied' },
    })
    expect(tab.address).toBe(PAGE)
  })

  it('stays, and says why, when the server cannot be reached or cannot be trusted', async () => {
    const world = await pageWorld()
    const tab = world.person().tab()
    await tab.load(pageOptions)
    const metadata = { issuer: ISSUER, authorization_endpoint: `${ISSUER}/authorize` }
    const answers: readonly [string, () => Response][] = [
      [
        'unreachable',
        () => {
          throw new TypeError('Failed to fetch')
        },
      ],
      ['try_later', () => new Response(null, { status: 503 })],
      ['metadata_refused', () => new Response(null, { status: 404 })],
      ['metadata_refused', () => Response.json({ ...metadata, issuer: `${ISSUER}/` })],
      ['metadata_refused', () => Response.json(metadata)],
      [
        'metadata_refused',
        () =>
          Response.json({
            ...metadata,
            code_challenge_methods_supported: ['S256'],
            token_endpoint: 'http://as.test/token',
          }),
      ],
      ['metadata_refused', () => new Response('{"issuer":"https://as.test","issuer":"x"}')],
      ['answer_malformed', () => new Response(new Uint8Array(300_000))],
    ]
    for (const [code, answer] of answers) {
      world.intercept = answer
      await expect(tab.client.signIn()).rejects.toMatchObject({ code })
      expect(tab.client.state()).toMatchObject({ status: 'signed-out', error: { code } })
      expect(tab.left).toBeUndefined()
    }
  })

  it('sends tokens to the APIs that it names, and to nothing else', async () => {
    const world = await pageWorld()
    const person = world.person()
    const tab = await person.signedIn({ ...pageOptions, apis: [`${API}v1`] })
    const before = tab.sent.length
    for (const url of [
      `${API}v2`,
      `${API}v10`,
      `${API}v1/../v2`,
      'http://api.test/v1',
      'https://api.test:8443/v1',
      'https://api.test.evil.test/v1',
      'https://api.test@evil.test/v1',
      '/v1',
    ]) {
      await expect(tab.client.fetch(url)).rejects.toMatchObject({ code: 'url_refused' })
    }
    expect(tab.sent).toHaveLength(before)
    expect((await tab.client.fetch(`${API}v1/bills?page=2`)).status).toBe(200)
    expect(tab.sent.at(-1)?.redirect).toBe('error')
  })

  it('renews ahead of the end, once for all who wait', async () => {
    const world = await pageWorld()
    const person = world.person()
    const tab = await person.signedIn()
    const first = await tab.client.token()
    person.pages.pass(869_000)
    expect(await tab.client.token()).toBe(first)
    person.pages.pass(2_000)
    const tokens = await Promise.all(Array.from({ length: 20 }, () => tab.client.token()))
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).not.toBe(first)
    expect(await refreshes(world)).toBe(1)
  })

  it('renews after a 401, sends the body again, and asks no third time', async () => {
    const world = await pageWorld()
    const tab = await world.person().signedIn()
    const bodies: string[] = []
    world.intercept = async (request) => {
      if (!request.url.startsWith(API)) return undefined
      bodies.push(await request.text())
      const isFirst = bodies.length === 1
      return new Response(null, { status: isFirst ? 401 : 201 })
    }
    const init = { method: 'POST', body: 'a bill' }
    expect((await tab.client.fetch(`${API}bills`, init)).status).toBe(201)
    expect(bodies).toEqual(['a bill', 'a bill'])
    expect(await refreshes(world)).toBe(1)
    world.intercept = ({ url }) =>
      url.startsWith(API) ? new Response(null, { status: 401 }) : undefined
    expect((await tab.client.fetch(`${API}bills`)).status).toBe(401)
    expect(await refreshes(world)).toBe(2)
  })

  it('keeps the grant while the server is away, and lets go of it when it has ended', async () => {
    const world = await pageWorld()
    const person = world.person()
    const tab = await person.signedIn()
    person.pages.pass(1_000_000)
    const answers: readonly [string, () => Response][] = [
      [
        'unreachable',
        () => {
          throw new TypeError('Failed to fetch')
        },
      ],
      ['try_later', () => new Response(null, { status: 500 })],
      ['try_later', () => new Response(null, { status: 429 })],
      ['answer_malformed', () => new Response('<h1>Hello</h1>')],
      ['answer_malformed', () => Response.json({ access_token: 'a b', token_type: 'Bearer' })],
      ['answer_malformed', () => Response.json({ access_token: 'a', token_type: 'DPoP' })],
    ]
    for (const [code, answer] of answers) {
      world.intercept = answer
      await expect(tab.client.token()).rejects.toMatchObject({ code })
      expect(tab.client.state().status).toBe('signed-in')
    }
    world.intercept = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
    await expect(tab.client.token()).rejects.toMatchObject({ code: 'sign_in_needed' })
    expect(tab.client.state()).toMatchObject({ status: 'signed-out', ended: true })
    expect(person.pages.locked).toEqual([])
  })

  it('signs out: the refresh token is given back, and its tokens are gone', async () => {
    const world = await pageWorld()
    const tab = await world.person().signedIn()
    await tab.client.signOut()
    expect(tab.client.state()).toEqual({ status: 'signed-out', ended: true })
    expect(world.events.filter(({ type }) => type === 'token.revoked')).toHaveLength(1)
    await expect(tab.client.token()).rejects.toMatchObject({ code: 'sign_in_needed' })
    expect([...tab.stored]).toEqual([])
  })

  it('signs out here also when the server cannot be told, and says so', async () => {
    const world = await pageWorld()
    const tab = await world.person().signedIn()
    world.intercept = () => {
      throw new TypeError('Failed to fetch')
    }
    await expect(tab.client.signOut()).rejects.toMatchObject({ code: 'unreachable' })
    expect(tab.client.state().status).toBe('signed-out')
  })

  it('signs out at the server too, where it has an address for that', async () => {
    const world = await pageWorld()
    world.intercept = async (request) => {
      if (!request.url.includes('/.well-known/')) return undefined
      const document = await (await world.server.fetch(request)).json()
      return Response.json({ ...document, end_session_endpoint: `${ISSUER}/logout` })
    }
    const options = { ...pageOptions, postLogoutRedirectUri: 'https://spa.test/bye' }
    const tab = await world.person().signedIn(options)
    await tab.client.signOut()
    const url = new URL(tab.left ?? '')
    expect(`${url.origin}${url.pathname}`).toBe(`${ISSUER}/logout`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'pub',
      post_logout_redirect_uri: 'https://spa.test/bye',
      id_token_hint: expect.stringContaining('.'),
    })
  })

  it('refuses an ID token that is for somebody else, or over', async () => {
    const person = (await pageWorld()).person()
    const world = await pageWorld()
    const other = world.person()
    for (const claims of [
      { iss: 'https://as2.test' },
      { aud: 'web' },
      { aud: ['pub', 'web'] },
      { azp: 'web' },
      { nonce: 'another' },
      { exp: 1 },
      { exp: undefined },
      { sub: '' },
    ]) {
      const tab = other.tab()
      await tab.load(pageOptions)
      await tab.client.signIn()
      world.intercept = async (request) => {
        if (!request.url.endsWith('/token')) return undefined
        const body = await (await world.server.fetch(request)).json()
        const [header, payload = ''] = body.id_token.split('.')
        const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...claims }
        const encoded = Buffer.from(JSON.stringify(changed)).toString('base64url')
        return Response.json({ ...body, id_token: `${header}.${encoded}.x` })
      }
      const state = await tab.load(pageOptions, await other.answer(tab))
      expect(state).toMatchObject({ status: 'signed-out', error: { code: 'response_mismatch' } })
    }
    expect(person.pages.locked).toEqual([])
  })

  it('says which option is wrong', async () => {
    const tab = (await pageWorld()).person().tab()
    for (const [path, wrong] of [
      ['redirectUri', { redirectUri: 'https://evil.test/cb' }],
      ['redirectUri', { redirectUri: 'https://spa.test/cb#x' }],
      ['issuer', { issuer: 'http://as.test' }],
      ['apis', { apis: ['/bills'] }],
    ] as const) {
      await expect(tab.load({ ...pageOptions, ...wrong })).rejects.toMatchObject({ path })
    }
    // Node is no page.
    expect(() => createBrowserClient(pageOptions)).toThrow('secure context')
  })

  it('tells listeners of changes until they leave', async () => {
    const person = (await pageWorld()).person()
    const tab = await person.signedIn()
    const seen: string[] = []
    const leave = tab.client.subscribe(() => void seen.push(tab.client.state().status))
    await tab.client.signOut()
    leave()
    person.pages.pass(1)
    await person.signedIn()
    await settled()
    expect(seen).toEqual(['signed-out'])
    expect(tab.client.state().status).toBe('signed-in')
  })
})
