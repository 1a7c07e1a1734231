/** A backend for the frontend: what the page gets, and what it never does. */

import { describe, expect, it } from 'vitest'
import { createBff } from 'warder/bff'
import { createClient } from 'warder/client'
import { Secret } from 'warder/vault'
import { API, ISSUER } from './support/authorization-server.ts'
import { type BffWorld, bffWorld, ORIGIN } from './support/bff-world.ts'

const session = '__Host-bff'
const pending = '__Host-bff-pending'

/** What reached the API. */
const calls = ({ requests }: BffWorld) => requests.filter(({ url }) => url.startsWith(API))

describe('RFC 10017 §6.1 Backend for the frontend', () => {
  it('signs in by navigation, and gives the browser a cookie that says nothing', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    const sent = await visitor.go('/bff/login')
    expect(sent.status).toBe(303)
    expect(sent.headers.get('location')).toMatch(`${ISSUER}/authorize?`)
    expect(sent.headers.get('set-cookie')).toMatch(
      /^__Host-bff-pending=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=1800$/,
    )
    const back = await visitor.signIn('/bills?page=2#top')
    expect(back.headers.get('location')).toBe('/bills?page=2#top')
    expect(back.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-bff=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800$/,
      ),
      `${pending}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`,
    ])
    const alice = await world.accounts.findByEmail('alice@example.com')
    const who = await visitor.ask('/bff/session')
    expect(await who.json()).toMatchObject({ signed_in: true, user: { sub: alice?.id } })
  })

  it('calls the API with a token that the page never sees', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    const answer = await visitor.ask('/bff/api/bills/7?full=1', { headers: { cookie_: 'x' } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const alice = await world.accounts.findByEmail('alice@example.com')
    expect(await answer.json()).toEqual({ subject: alice?.id })
    const [call] = calls(world)
    expect(call?.url).toBe(`${API}bills/7?full=1`)
    const token = call?.headers.get('authorization') ?? ''
    expect(token).toMatch(/^Bearer ey/)
    // Nothing that the browser was given has it.
    const given = JSON.stringify([...visitor.cookies, [...answer.headers]])
    expect(given).not.toContain(token.slice(7))
    for (const name of ['cookie', 'x-csrf', 'origin', 'cookie_']) {
      expect(call?.headers.get(name)).toBeNull()
    }
  })

  it('sends bodies on, and answers back, without cookies and without what is for neighbours', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    const seen: string[] = []
    world.intercept = async (request) => {
      if (!request.url.startsWith(API)) return undefined
      seen.push(`${request.method} ${await request.text()}`)
      const headers = {
        'content-type': 'text/csv',
        'set-cookie': 'planted=1',
        'cache-control': 'public, max-age=9999',
        'clear-site-data': '"*"',
        'access-control-allow-origin': '*',
        etag: '"1"',
      }
      return new Response('a,b', { status: 201, headers })
    }
    const init = { method: 'POST', body: 'a bill', headers: { 'content-type': 'text/plain' } }
    const answer = await visitor.ask('/bff/api/bills', init)
    expect(seen).toEqual(['POST a bill'])
    expect([answer.status, await answer.text()]).toEqual([201, 'a,b'])
    expect(Object.fromEntries(answer.headers)).toEqual({
      'content-type': 'text/csv',
      etag: '"1"',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
  })

  it('renews tokens behind the page, once for all who call', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    world.platform.advance(1_000_000)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => visitor.ask('/bff/api/bills')),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(world.events.filter(({ type }) => type === 'token.rotated')).toHaveLength(1)
  })

  it('signs out: the tokens are given back, and the cookie opens nothing', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    const stolen = visitor.cookies.get(session) ?? ''
    const out = await visitor.ask('/bff/logout', { method: 'POST' })
    expect(await out.json()).toEqual({ signed_in: false, user: null })
    expect(visitor.cookies.size).toBe(0)
    expect(world.events.filter(({ type }) => type === 'token.revoked')).toHaveLength(1)
    expect(await world.grants.grants()).toEqual([])
    visitor.cookies.set(session, stolen)
    const answer = await visitor.ask('/bff/api/bills')
    expect([answer.status, (await answer.json()).error]).toEqual([401, 'sign_in_needed'])
    expect(calls(world)).toEqual([])
  })

  it('ends sessions when their time is over, and sweeps what is left of them', async () => {
    const world = await bffWorld({ sessionSeconds: 600 })
    const visitor = world.visitor()
    await visitor.signIn()
    expect(await world.bff.sweep()).toBe(0)
    world.platform.advance(600_000)
    expect((await visitor.ask('/bff/api/bills')).status).toBe(401)
    expect(await (await visitor.ask('/bff/session')).json()).toEqual({
      signed_in: false,
      user: null,
    })
    expect(await world.bff.sweep()).toBe(1)
    expect(await world.grants.grants()).toEqual([])
  })

  it('a second sign-in ends the first', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    const first = visitor.cookies.get(session) ?? ''
    await visitor.signIn()
    expect(await world.grants.grants()).toHaveLength(1)
    visitor.cookies.set(session, first)
    expect((await visitor.ask('/bff/api/bills')).status).toBe(401)
  })

  it('says what went wrong in one of its own words, and where the user was', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    const url = new URL(await visitor.answer('/bills'))
    const denied = `/bff/callback?error=access_denied&error_description=Call+0900&state=${url.searchParams.get('state')}&iss=${ISSUER}`
    const back = await visitor.go(denied)
    expect(back.headers.get('location')).toBe('/bills?signin_error=refused')
    expect(visitor.cookies.size).toBe(0)
  })

  it('answers an API that is away, moved, or does not take the token', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    for (const [answer, status, error] of [
      [() => Promise.reject(new TypeError('fetch failed')), 502, 'unreachable'],
      [() => Response.redirect('https://evil.test/', 302), 502, 'redirected'],
      [() => new Response(null, { status: 401 }), 401, 'sign_in_needed'],
    ] as const) {
      world.intercept = ({ url }) => (url.startsWith(API) ? answer() : undefined)
      const got = await visitor.ask('/bff/api/bills')
      const { error: said, error_description: advice } = await got.json()
      expect([got.status, said]).toEqual([status, error])
      expect(advice).toMatch(/Try again|Name the address|Sign in/)
    }
  })

  it('takes no more than it is told to, and no method that it does not know', async () => {
    const world = await bffWorld({ maxRequestBytes: 10 })
    const visitor = world.visitor()
    await visitor.signIn()
    const large = await visitor.ask('/bff/api/bills', { method: 'POST', body: 'x'.repeat(11) })
    expect(large.status).toBe(413)
    expect(await large.json()).toMatchObject({
      error_description: 'Send at most 10 bytes at once.',
    })
    const unknown = await visitor.ask('/bff/api/bills', { method: 'PROPFIND' })
    expect(unknown.status).toBe(405)
    expect(await unknown.json()).toMatchObject({
      error_description: expect.stringContaining('Use one of GET, HEAD, POST'),
    })
    expect(calls(world)).toEqual([])
  })

  it('says which option is wrong', () => {
    const client = createClient({ issuer: ISSUER, clientId: 'app' })
    const good = { client, origin: ORIGIN, secret: new Secret(new Uint8Array(32)), apis: {} }
    for (const [path, wrong] of [
      ['origin', { origin: `${ORIGIN}/` }],
      ['origin', { origin: 'http://app.test' }],
      ['secret', { secret: new Secret(new Uint8Array(16)) }],
      ['path', { path: '/bff/' }],
      ['apis.a/b', { apis: { 'a/b': API } }],
      ['apis.bills', { apis: { bills: 'http://api.test/' } }],
      ['apis.bills', { apis: { bills: `${API}?a` } }],
    ] as const) {
      expect(() => createBff({ ...good, ...wrong })).toThrowError(
        expect.objectContaining({ code: 'config_error', path }),
      )
    }
  })
})

describe('1.19 A backend for the frontend, attacked', () => {
  it('BR-05 keeps every token out of the browser', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    const [grant] = await world.grants.grants()
    const tokens = [grant?.accessToken, grant?.refreshToken].map((each) => each?.reveal('testing'))
    const held = decodeURIComponent([...visitor.cookies].join())
    for (const token of tokens) {
      expect(token).toBeTypeOf('string')
      expect(held).not.toContain(token)
      expect(Buffer.from(held, 'base64url').toString('latin1')).not.toContain(token)
    }
  })

  it.each([
    '//evil.test/',
    'https://evil.test/',
    '/../evil',
    '/bills/../../admin',
    '/bills/%2e%2e/admin',
    '/bills/..%2fadmin',
    '/bills/%2e%2e%2fadmin',
    '/bills/..\\admin',
    '/bills/..;/admin',
    '/bills/%252e%252e/admin',
    '/bills/%00',
    '/billsx',
    '/other/',
    '/__proto__/',
    '/',
    '',
  ])('BR-07 goes to no address but those that were named: %s', async (path) => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    const answer = await visitor.ask(`/bff/api${path}`)
    expect(answer.status).toBe(404)
    expect(calls(world)).toEqual([])
  })

  it('BR-07 takes no host, no forwarding and no credentials from the page', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    const headers = {
      'x-forwarded-host': 'evil.test',
      forwarded: 'host=evil.test',
      authorization: 'Bearer planted',
      dpop: 'planted',
      connection: 'authorization',
      'x-http-method-override': 'DELETE',
    }
    expect((await visitor.ask('/bff/api/bills', { headers })).status).toBe(200)
    const [call] = calls(world)
    expect(JSON.stringify([...(call?.headers ?? [])])).not.toMatch(/evil|planted|override/)
  })

  it.each([
    ['without the header', { 'x-csrf': '' }],
    ['with another value', { 'x-csrf': '2' }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['by a link', { 'sec-fetch-site': 'none' }],
    ['of another origin', { origin: 'https://evil.test' }],
    ['of no origin', { origin: 'null' }],
  ])('refuses a forged request %s, before anything happens', async (_, headers) => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    for (const [path, method] of [
      ['/bff/api/bills', 'GET'],
      ['/bff/api/bills', 'POST'],
      ['/bff/session', 'GET'],
      ['/bff/logout', 'POST'],
    ] as const) {
      expect((await visitor.ask(path, { method, headers })).status).toBe(403)
    }
    expect(calls(world)).toEqual([])
    expect(visitor.cookies.has(session)).toBe(true)
    expect((await visitor.go('/bff/logout')).status).toBe(403)
  })

  it('does not begin a sign-in for a picture or a frame of another site', async () => {
    const visitor = (await bffWorld()).visitor()
    for (const dest of ['image', 'iframe', 'empty']) {
      const answer = await visitor.go('/bff/login', { headers: { 'sec-fetch-dest': dest } })
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([400, null])
    }
  })

  it.each([
    ['https://evil.test/', '/'],
    ['//evil.test/', '/'],
    ['/\\evil.test', '/'],
    ['/.//evil.test', '/evil.test'],
    ['javascript:alert(1)', '/'],
    ['/bills', '/bills'],
  ])('CL-27 is no open redirector: %s', async (returnTo, expected) => {
    const back = await (await bffWorld()).visitor().signIn(returnTo)
    expect(back.headers.get('location')).toBe(expected)
  })

  it('CL-04 BR-10 refuses an answer that comes to another browser, twice, late, or changed', async () => {
    const world = await bffWorld()
    const mismatch = '/?signin_error=response_mismatch'
    const visitor = world.visitor()
    const url = new URL(await visitor.answer())
    const path = `${url.pathname}${url.search}`
    const locationOf = async (who: typeof visitor, at: string) =>
      (await who.go(at)).headers.get('location')
    // Another browser: with nothing, and with a sign-in of its own.
    const other = world.visitor()
    expect(await locationOf(other, path)).toBe(mismatch)
    await other.answer()
    expect(await locationOf(other, path)).toBe(mismatch)
    const planted = visitor.cookies.get(pending) ?? ''
    expect(await locationOf(visitor, path)).toBe('/')
    visitor.cookies.set(pending, planted)
    expect(await locationOf(visitor, path)).toBe(mismatch)
    // Late.
    const late = new URL(await visitor.answer())
    world.platform.advance(601_000)
    const tooLate = await locationOf(visitor, `${late.pathname}${late.search}`)
    expect(tooLate).toBe('/?signin_error=timed_out')
    expect(world.events.filter(({ type }) => type === 'code.redeemed')).toHaveLength(1)
  })

  it('CL-01 refuses an answer of another server', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    const url = new URL(await visitor.answer())
    url.searchParams.set('iss', 'https://as2.test')
    const back = await visitor.go(`${url.pathname}${url.search}`)
    expect(back.headers.get('location')).toBe('/?signin_error=response_mismatch')
    expect(world.events.some(({ type }) => type === 'code.redeemed')).toBe(false)
  })

  it('believes no cookie that is changed, of another key, of another use, or there twice', async () => {
    const world = await bffWorld()
    const visitor = world.visitor()
    await visitor.signIn()
    const good = visitor.cookies.get(session) ?? ''
    await visitor.answer()
    const ofUse = visitor.cookies.get(pending) ?? ''
    const other = (await bffWorld({ secret: new Secret(new Uint8Array(32).fill(8)) })).visitor()
    await other.signIn()
    const ofKey = other.cookies.get(session) ?? ''
    const changed = `${good.slice(0, -1)}${good.endsWith('A') ? 'Q' : 'A'}`
    for (const value of [changed, ofUse, ofKey, '', 'x', `${good}; ${session}=${good}`]) {
      const headers = { cookie: `${session}=${value}` }
      expect((await visitor.ask('/bff/api/bills', { headers })).status).toBe(401)
    }
    expect(calls(world)).toEqual([])
  })
})
