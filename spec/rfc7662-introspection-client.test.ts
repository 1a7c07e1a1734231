/** The guard's side of introspection: asking, what the answer must say, and what is kept of it. */

import { describe, expect, it } from 'vitest'
import { createGuard, type IntrospectionOptions, jwt } from 'warder/guard'
import { introspection } from 'warder/guard/credentials'
import { fakePlatform } from 'warder/testing'
import type { WarderEvent } from '../src/events.ts'
import { createIssuer, ISSUER, NOW, RESOURCE, requestWith } from './fixtures/issuer.ts'
import { ISSUER as AS, authorizationServer, MCP, tokens } from './support/authorization-server.ts'

const ENDPOINT = `${ISSUER}/introspect`

/** What a server says of a good token. */
const ACTIVE = {
  active: true,
  iss: ISSUER,
  sub: 'alice',
  client_id: 'web',
  aud: RESOURCE,
  scope: 'notes:read notes:write',
  exp: NOW + 900,
  token_type: 'Bearer',
}

const CLIENT = { clientId: 'notes', clientSecret: 'a secret' }

/** Timers that go off when the test says so. */
function manualTimers() {
  const waiting = new Set<() => void>()
  return {
    waiting,
    after(_: number, run: () => void) {
      waiting.add(run)
      return () => void waiting.delete(run)
    },
    goOff() {
      for (const run of waiting) run()
    },
  }
}

/** Options by name; `undefined` takes one away. */
type Changes = {
  readonly [Name in keyof IntrospectionOptions]?: IntrospectionOptions[Name] | undefined
}

/** A guard that asks about each token, and is answered as told. */
function asking(
  respond: (request: Request) => Response | Promise<Response> = () => Response.json(ACTIVE),
  changes: Changes = {},
) {
  const platform = fakePlatform(NOW * 1000)
  const timers = manualTimers()
  const events: WarderEvent[] = []
  const asked: Request[] = []
  const fetch = async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init)
    asked.push(request.clone())
    return respond(request)
  }
  const good = { issuer: ISSUER, endpoint: ENDPOINT, fetch, timers, ...CLIENT }
  const options = Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined)
  const guard = createGuard({
    resource: RESOURCE,
    accept: [introspection(Object.fromEntries(options))],
    platform,
    onEvent: (event) => events.push(event),
  })
  const check = (token = 'opaque') => guard.check(requestWith(`Bearer ${token}`))
  return {
    ...{ guard, platform, timers, asked, check },
    status: async (token?: string) => {
      const outcome = await check(token)
      return outcome instanceof Response ? outcome.status : 200
    },
    principal: async (token?: string) => {
      const outcome = await check(token)
      if (outcome instanceof Response) throw new Error(`Refused: ${events.at(-1)?.reason}`)
      return outcome
    },
    reason: () => String(events.at(-1)?.reason),
  }
}

const answered = (answer: object, changes: Changes = {}) =>
  asking(() => Response.json(answer), changes)

/** A server that answers nothing until it is told to. */
function slowServer() {
  const waiting: ((response: Response) => void)[] = []
  const rig = asking(() => new Promise((resolve) => waiting.push(resolve)))
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
  return {
    ...rig,
    settled,
    async answer(response: () => Response = () => Response.json(ACTIVE)) {
      await settled()
      for (const resolve of waiting.splice(0)) resolve(response())
    },
  }
}

/** A server that can go away and come back. */
function unsteadyServer() {
  const server = { isUp: true }
  const rig = asking(() => {
    if (!server.isUp) throw new TypeError('fetch failed')
    return Response.json(ACTIVE)
  })
  let asked = 0
  return { ...rig, server, another: () => rig.status(`token-${asked++}`) }
}

describe('RFC 7662 §2.1 Introspection request, as the protected resource makes it', () => {
  it('is a POST of a form with the token', async () => {
    const { principal, asked } = asking()
    await principal('the-token~+/=')
    const [request] = asked
    expect(request?.url).toBe(ENDPOINT)
    expect(request?.method).toBe('POST')
    expect(request?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
    expect(request?.headers.get('accept')).toBe('application/json')
    const form = new URLSearchParams(await request?.text())
    expect(Object.fromEntries(form)).toEqual({
      token: 'the-token~+/=',
      token_type_hint: 'access_token',
    })
  })

  it('MUST be authorized: by id and secret in Basic, encoded as forms are (RFC 6749 §2.3.1)', async () => {
    const { principal, asked } = asking(undefined, { clientId: 'a b:c', clientSecret: 'ü%+' })
    await principal()
    const [scheme, credentials] = asked[0]?.headers.get('authorization')?.split(' ') ?? []
    expect(scheme).toBe('Basic')
    expect(atob(credentials ?? '')).toBe('a%20b%3Ac:%C3%BC%25%2B')
  })

  it('MUST be authorized: by id and secret in the form', async () => {
    const { principal, asked } = asking(undefined, { authMethod: 'client_secret_post' })
    await principal()
    expect(asked[0]?.headers.get('authorization')).toBeNull()
    const form = new URLSearchParams(await asked[0]?.text())
    expect([form.get('client_id'), form.get('client_secret')]).toEqual(['notes', 'a secret'])
  })

  it('MUST be authorized: by whatever a function puts into the request', async () => {
    const { principal, asked } = asking(undefined, {
      clientSecret: undefined,
      authenticate: async ({ headers, body }) => {
        headers.set('authorization', 'Bearer of-the-api')
        body.set('client_assertion', 'signed')
      },
    })
    await principal()
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer of-the-api')
    expect(await asked[0]?.text()).toContain('client_assertion=signed')
  })

  it.each([
    ['without a secret', { clientSecret: undefined }, 'clientSecret'],
    ['without a client', { clientId: '' }, 'clientId'],
    ['authorized in two ways', { authenticate: () => {} }, 'authenticate'],
    ['authorized in an unknown way', { authMethod: 'none' }, 'authMethod'],
    ['to an endpoint in the clear', { endpoint: 'http://as.test/introspect' }, 'endpoint'],
    ['for an issuer in the clear', { issuer: 'http://as.test' }, 'issuer'],
    ['to nobody', { endpoint: undefined, issuer: undefined }, 'endpoint'],
    ['whose answer counts for ever', { cache: { ttl: Number.POSITIVE_INFINITY } }, 'cache.ttl'],
    ['that may take for ever', { timeout: Number.NaN }, 'timeout'],
  ])('there is no guard that makes one %s', (_, changes, path) => {
    const options = { issuer: ISSUER, endpoint: ENDPOINT, ...CLIENT, ...changes }
    expect(() => Reflect.apply(introspection, undefined, [options])).toThrow(`${path}: `)
  })

  it('goes to loopback in the clear, for development', async () => {
    const { status } = asking(undefined, { endpoint: 'http://127.0.0.1:4000/introspect' })
    expect(await status()).toBe(200)
  })

  it('asks nobody about what is no token', async () => {
    const { guard, asked } = asking()
    const statuses = ['Bearer', 'Bearer a b', 'Basic YTpi', 'Digest x'].map(async (header) => {
      const outcome = await guard.check(requestWith(header))
      return outcome instanceof Response ? outcome.status : 200
    })
    expect(await Promise.all(statuses)).toEqual([400, 400, 401, 401])
    expect(asked).toEqual([])
  })

  it.each([
    ['ÿ'.repeat(11_000), 'has characters that no token has'],
    ['a=b', 'has characters that no token has'],
    ['a,b', 'has characters that no token has'],
    ['"a"', 'has characters that no token has'],
    ['a'.repeat(16_385), '16385 characters long'],
  ])('asks nobody about what no server can have issued: %.10s', async (token, why) => {
    const { status, asked, reason } = asking()
    expect(await status(token)).toBe(401)
    expect(reason()).toBe(why)
    expect(asked).toEqual([])
  })
})

describe('RFC 7662 §2.2 Introspection response, as the protected resource reads it', () => {
  it('says who is calling and what they may do', async () => {
    const { principal } = answered({
      ...{ ...ACTIVE, jti: 'token-1', roles: ['editor'] },
      ...{ auth_time: NOW - 60, acr: 'mfa', amr: ['pwd', 'otp'] },
    })
    expect(await principal()).toMatchObject({
      subject: 'alice',
      clientId: 'web',
      issuer: ISSUER,
      resource: RESOURCE,
      scopes: new Set(['notes:read', 'notes:write']),
      roles: ['editor'],
      credentialId: 'token-1',
      expiresAt: (NOW + 900) * 1000,
      proof: {
        kind: 'introspection',
        authTime: (NOW - 60) * 1000,
        acr: 'mfa',
        amr: ['pwd', 'otp'],
      },
      claims: { active: true },
    })
  })

  it('need not say more than that it is active, for which client and which resource', async () => {
    const { principal } = answered({ active: true, client_id: 'svc', aud: [RESOURCE] })
    const caller = await principal('opaque')
    expect(caller).toMatchObject({ subject: 'svc', clientId: 'svc', issuer: ISSUER, roles: [] })
    expect(caller.scopes.size).toBe(0)
    expect(caller.expiresAt).toBeUndefined()
    // Names the token in the log, and lets nobody in.
    expect(caller.credentialId).toMatch(/^[\w-]{43}$/)
  })

  it('names the issuer; the endpoint stands for it where neither says', async () => {
    const { iss: _, ...answer } = ACTIVE
    const issuerOf = async (said: object, changes: Changes) =>
      (await answered(said, changes).principal()).issuer
    expect(await issuerOf(answer, {})).toBe(ISSUER)
    expect(await issuerOf(ACTIVE, { issuer: undefined })).toBe(ISSUER)
    expect(await issuerOf(answer, { issuer: undefined })).toBe(ENDPOINT)
  })

  it('a token that is not active is refused, whatever else is said of it', async () => {
    const { check, reason } = answered({ ...ACTIVE, active: false })
    const refusal = await check()
    if (!(refusal instanceof Response)) throw new Error('let in')
    expect(refusal.status).toBe(401)
    expect(refusal.headers.get('www-authenticate')).toContain('Bearer error="invalid_token"')
    expect(reason()).toBe('the server says that it is not active')
  })

  it.each([
    ['expired', { exp: NOW }],
    ['expired long ago', { exp: 0 }],
    ['not yet good', { nbf: NOW + 31 }],
    ['of another issuer', { iss: 'https://as2.test' }],
    ['of no issuer', { iss: null }],
    ['for another resource', { aud: 'https://api.test/' }],
    ['for a resource with a longer name', { aud: `${RESOURCE}/more` }],
    ['for other resources', { aud: ['https://api.test/', `${RESOURCE}/`] }],
    ['for something that is no text', { aud: [RESOURCE, 1] }],
    ['for nobody said', { aud: undefined }],
    ['without a client', { client_id: undefined }],
    ['of a client that forges log lines', { client_id: 'web\nroot' }],
    ['of nobody', { sub: '' }],
    ['with a sub that is no text', { sub: 1 }],
    ['with an exp that is a text', { exp: String(NOW + 900) }],
    ['with an nbf that is a text', { nbf: 'now' }],
    ['with a scope that is a list', { scope: ['notes:read'] }],
    ['with a scope in no form', { scope: 'notes:read  notes:write' }],
    ['with roles that are a text', { roles: 'admin' }],
    ['with a cnf that is no object', { cnf: 'x' }],
    ['bound in an unknown way', { cnf: { kid: 'x' } }],
    ['a refresh token', { token_type: 'refresh_token' }],
    ['of no type', { token_type: 1 }],
    ['a refresh token by another member', { token_type: undefined, token_use: 'refresh_token' }],
    ['bound, but nobody said to which key', { token_type: 'DPoP' }],
  ])('a token is refused that is %s', async (_, changes) => {
    const { status } = answered({ ...ACTIVE, ...changes })
    expect(await status()).toBe(401)
  })

  it('may leave open whom a token is for where the operator says so, and still must not name another', async () => {
    const statusFor = (aud: unknown) =>
      answered({ ...ACTIVE, aud }, { withoutAudience: true }).status()
    expect(await statusFor(undefined)).toBe(200)
    expect(await statusFor('https://api.test/')).toBe(401)
    expect(await statusFor([])).toBe(401)
    expect(await statusFor(null)).toBe(401)
  })

  it('may name the resource by another word that the operator knows', async () => {
    expect(await answered({ ...ACTIVE, aud: 'notes' }, { audience: 'notes' }).status()).toBe(200)
    expect(await answered(ACTIVE, { audience: 'notes' }).status()).toBe(401)
  })
})

describe('RFC 7662 §2.3 Error response: without an answer nobody is let in', () => {
  const json = { 'content-type': 'application/json' }

  it.each([
    ['an error', () => Response.json({ error: 'invalid_client' }, { status: 401 })],
    ['a failure', () => new Response(null, { status: 500 })],
    ['a redirect', () => Response.redirect('https://evil.test/', 307)],
    ['a page', () => new Response('<p>Sign in</p>', { headers: { 'content-type': 'text/html' } })],
    [
      'what only begins like JSON',
      () => Response.json(ACTIVE, { headers: { 'content-type': 'application/json5' } }),
    ],
    ['no JSON', () => new Response('active', { headers: json })],
    ['an array', () => Response.json([ACTIVE])],
    ['null', () => Response.json(null)],
    ['an object that does not say it', () => Response.json({ ...ACTIVE, active: undefined })],
    ['active as a text', () => Response.json({ ...ACTIVE, active: 'true' })],
    ['active as a number', () => Response.json({ ...ACTIVE, active: 1 })],
    ['active twice', () => new Response('{"active":false,"active":true}', { headers: json })],
    ['a member __proto__', () => new Response('{"__proto__":{"active":true}}', { headers: json })],
    ['too much', () => Response.json({ ...ACTIVE, more: 'x'.repeat(40_000) })],
    ['nothing', () => new Response(null, { headers: json })],
    ['broken UTF-8', () => new Response(new Uint8Array([0x22, 0xff, 0x22]), { headers: json })],
  ])('RS-10 an endpoint that answers %s is an outage: 503', async (_, respond) => {
    const { check, reason } = asking(respond)
    const refusal = await check()
    if (!(refusal instanceof Response)) throw new Error('let in')
    expect(refusal.status).toBe(503)
    expect(refusal.headers.get('retry-after')).not.toBeNull()
    expect(await refusal.json()).toMatchObject({ error: 'temporarily_unavailable' })
    expect(reason()).toMatch(/^introspection: /)
  })

  it('RS-10 an endpoint that cannot be reached is an outage, and asked again next time', async () => {
    const { another, server } = unsteadyServer()
    server.isUp = false
    expect(await another()).toBe(503)
    server.isUp = true
    expect(await another()).toBe(200)
  })

  it('RS-10 an endpoint that does not answer in time is an outage', async () => {
    const { status, timers } = asking(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    const slow = status()
    await new Promise((resolve) => setImmediate(resolve))
    timers.goOff()
    expect(await slow).toBe(503)
    expect(timers.waiting.size).toBe(0)
  })

  it('RS-10 an endpoint that does not end in time is an outage', async () => {
    const { status, timers, reason } = asking(({ signal }) => {
      const body = new ReadableStream({
        start: (controller) =>
          signal.addEventListener('abort', () => controller.error(signal.reason)),
      })
      return new Response(body, { headers: json })
    })
    const slow = status()
    await new Promise((resolve) => setImmediate(resolve))
    timers.goOff()
    expect(await slow).toBe(503)
    expect(reason()).toBe('introspection: no answer in time')
  })

  it('RS-10 who fails five times in a row is left alone for ten seconds, then asked once', async () => {
    const { another, asked, platform, server, reason } = unsteadyServer()
    server.isUp = false
    for (let times = 0; times < 8; times++) expect(await another()).toBe(503)
    expect(asked).toHaveLength(5)
    expect(reason()).toBe('introspection: not asked, after 5 failures in a row')
    platform.advance(9_999)
    expect(await another()).toBe(503)
    expect(asked).toHaveLength(5)
    platform.advance(1)
    expect([await another(), await another()]).toEqual([503, 503])
    expect(asked).toHaveLength(6)
    platform.advance(10_000)
    server.isUp = true
    expect([await another(), await another()]).toEqual([200, 200])
    expect(asked).toHaveLength(8)
  })

  it('RS-10 while one is asked to see, the others are refused at once', async () => {
    const slow = slowServer()
    const fail = () => new Response(null, { status: 503 })
    const failures = Array.from({ length: 5 }, (_, n) => slow.status(`failing-${n}`))
    await slow.answer(fail)
    expect(await Promise.all(failures)).toEqual([503, 503, 503, 503, 503])
    slow.platform.advance(10_000)
    const probe = slow.status('probe')
    await slow.settled()
    expect(await slow.status('beside-it')).toBe(503)
    expect(slow.asked).toHaveLength(6)
    await slow.answer()
    expect(await probe).toBe(200)
  })

  it('RS-10 a refusal is no failure', async () => {
    const { status, asked } = answered({ active: false })
    for (let times = 0; times < 8; times++) expect(await status(`token-${times}`)).toBe(401)
    expect(asked).toHaveLength(8)
  })

  it.each([400, 413])(
    'RS-10 a token that the server answers %d is no failure of the server: the others are not shut out',
    async (refused) => {
      const isBad = async (request: Request) => (await request.text()).includes('token=bad')
      const { status, asked } = asking(async (request) =>
        (await isBad(request)) ? new Response(null, { status: refused }) : Response.json(ACTIVE),
      )
      for (let times = 0; times < 8; times++) expect(await status(`bad-${times}`)).toBe(503)
      expect(await status('good')).toBe(200)
      expect(asked).toHaveLength(9)
    },
  )

  it('RS-10 tokens that nobody knows do not take every connection: no more than 100 at once', async () => {
    const { status, answer, asked, settled } = slowServer()
    const waiting = Array.from({ length: 100 }, (_, n) => status(`token-${n}`))
    await settled()
    expect(await status('one-more')).toBe(503)
    expect(asked).toHaveLength(100)
    await answer()
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([200]))
    const next = status('one-more')
    await answer()
    expect(await next).toBe(200)
  })
})

describe('RFC 7662 §4 Security considerations: what is kept, and for how long', () => {
  it('an active token is asked about again after 30 seconds', async () => {
    const { status, asked, platform } = asking()
    await status()
    platform.advance(29_999)
    await status()
    expect(asked).toHaveLength(1)
    platform.advance(1)
    await status()
    expect(asked).toHaveLength(2)
  })

  it('MUST NOT be cached beyond exp', async () => {
    const { status, asked, platform } = answered({ ...ACTIVE, exp: NOW + 10 })
    expect(await status()).toBe(200)
    platform.advance(9_999)
    expect(await status()).toBe(200)
    expect(asked).toHaveLength(1)
    platform.advance(1)
    expect(await status()).toBe(401)
    expect(asked).toHaveLength(2)
  })

  it('a refusal is kept for 5 seconds: a token may become active', async () => {
    let answer: object = { active: false }
    const { status, asked, platform } = asking(() => Response.json(answer))
    expect([await status(), await status()]).toEqual([401, 401])
    expect(asked).toHaveLength(1)
    answer = ACTIVE
    platform.advance(4_999)
    expect(await status()).toBe(401)
    platform.advance(1)
    expect(await status()).toBe(200)
  })

  it('a revocation is noticed within the ttl', async () => {
    let answer: object = ACTIVE
    const cache = { ttl: 2 }
    const { status, platform } = asking(() => Response.json(answer), { cache })
    expect(await status()).toBe(200)
    answer = { active: false }
    expect(await status()).toBe(200)
    platform.advance(2_000)
    expect(await status()).toBe(401)
  })

  it.each([{ ttl: 0 }, { entries: 0 }])('with %o every request is asked about', async (cache) => {
    const { status, asked } = asking(undefined, { cache })
    expect([await status(), await status(), await status()]).toEqual([200, 200, 200])
    expect(asked).toHaveLength(3)
  })

  it('a clock that is set back makes nothing last longer', async () => {
    const { status, asked, platform } = asking()
    await status()
    platform.advance(-1)
    await status()
    expect(asked).toHaveLength(2)
  })

  it('an outage is not kept', async () => {
    const { status, server } = unsteadyServer()
    server.isUp = false
    expect(await status()).toBe(503)
    server.isUp = true
    expect(await status()).toBe(200)
  })

  it('what is kept serves while the server is away', async () => {
    const { status, server } = unsteadyServer()
    await status()
    server.isUp = false
    expect(await status()).toBe(200)
  })

  it('one question serves all who wait for its answer', async () => {
    const { status, answer, asked } = slowServer()
    const waiting = Array.from({ length: 50 }, () => status())
    await answer()
    expect(await Promise.all(waiting)).toEqual(Array(50).fill(200))
    expect(asked).toHaveLength(1)
  })

  it('what is kept cannot be changed by whom it was handed to', async () => {
    const { principal } = answered({ ...ACTIVE, roles: ['editor'], amr: ['pwd'], more: { of: [] } })
    const { claims, roles, scopes, proof } = await principal()
    for (const value of [claims, claims.more, Reflect.get(Object(claims.more), 'of'), roles]) {
      expect(Object.isFrozen(value)).toBe(true)
    }
    for (const value of [proof, proof.amr]) expect(Object.isFrozen(value)).toBe(true)
    Reflect.apply(Set.prototype.add, scopes, ['notes:admin'])
    expect((await principal()).scopes).toEqual(new Set(['notes:read', 'notes:write']))
  })

  it('no more than so many tokens are kept', async () => {
    const { status, asked } = asking(undefined, { cache: { entries: 10 } })
    for (let n = 0; n < 100; n++) await status(`token-${n}`)
    await status('token-0')
    expect(asked).toHaveLength(101)
  })

  it('tokens that differ in one character are two', async () => {
    const { principal } = asking(async (request) => {
      const sub = new URLSearchParams(await request.text()).get('token')
      return Response.json({ ...ACTIVE, sub })
    })
    expect((await principal('token-a')).subject).toBe('token-a')
    expect((await principal('token-A')).subject).toBe('token-A')
    expect((await principal('token-a')).subject).toBe('token-a')
  })

  it('no event shows a token or the secret', async () => {
    const events: unknown[] = []
    const guard = createGuard({
      resource: RESOURCE,
      accept: [
        introspection({
          ...{ issuer: ISSUER, endpoint: ENDPOINT, ...CLIENT },
          fetch: async () => new Response('opaque a secret', { status: 500 }),
        }),
      ],
      onEvent: (event) => events.push(event),
    })
    await guard.check(requestWith('Bearer opaque'))
    expect(events).toHaveLength(1)
    expect(JSON.stringify(events)).not.toMatch(/opaque|a secret/)
  })
})

describe('RFC 8414 §3 Obtaining metadata: where to ask', () => {
  /** A server with metadata at one of its addresses. */
  const described = (path: string, metadata: object) =>
    asking(
      ({ url, method }) => {
        if (method === 'POST') return Response.json(ACTIVE)
        return url === ISSUER + path ? Response.json(metadata) : new Response(null, { status: 404 })
      },
      { endpoint: undefined },
    )

  it.each(['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'])(
    'introspection_endpoint is found at %s, once',
    async (path) => {
      const endpoint = 'https://as.test/oauth/introspect'
      const { status, asked } = described(path, {
        issuer: ISSUER,
        introspection_endpoint: endpoint,
      })
      expect([await status('one'), await status('two')]).toEqual([200, 200])
      expect(asked.filter(({ method }) => method === 'POST').map(({ url }) => url)).toEqual([
        endpoint,
        endpoint,
      ])
      expect(asked.filter(({ url }) => url === ISSUER + path)).toHaveLength(1)
    },
  )

  it.each([
    ['§3.3 names another issuer', { issuer: `${ISSUER}/`, introspection_endpoint: ENDPOINT }],
    ['has no endpoint', { issuer: ISSUER }],
    ['has one in the clear', { issuer: ISSUER, introspection_endpoint: 'http://as.test/i' }],
    ['has one here', { issuer: ISSUER, introspection_endpoint: 'http://127.0.0.1/i' }],
    ['has one next door', { issuer: ISSUER, introspection_endpoint: 'https://169.254.169.254/i' }],
    ['has one that is no text', { issuer: ISSUER, introspection_endpoint: [ENDPOINT] }],
  ])('metadata that %s leads nowhere: 503', async (_, metadata) => {
    const { status, asked } = described('/.well-known/oauth-authorization-server', metadata)
    expect(await status()).toBe(503)
    expect(asked.some(({ method }) => method === 'POST')).toBe(false)
  })

  it('is looked for again after a failure', async () => {
    let isUp = false
    const { status } = asking(
      ({ method }) => {
        if (!isUp) return new Response(null, { status: 502 })
        if (method === 'POST') return Response.json(ACTIVE)
        return Response.json({ issuer: ISSUER, introspection_endpoint: ENDPOINT })
      },
      { endpoint: undefined },
    )
    expect(await status()).toBe(503)
    isUp = true
    expect(await status()).toBe(200)
  })
})

describe('Several kinds of tokens on one guard', () => {
  /** A guard for opaque tokens of one issuer and signed ones of another. */
  async function both(changes: Partial<IntrospectionOptions> = {}) {
    const issuer = await createIssuer()
    const asked: string[] = []
    const guard = createGuard({
      resource: RESOURCE,
      platform: fakePlatform(NOW * 1000),
      accept: [
        introspection({
          ...{ endpoint: ENDPOINT, ...CLIENT },
          fetch: async (_, init) => {
            asked.push(new URLSearchParams(String(init?.body)).get('token') ?? '')
            return Response.json({ ...ACTIVE, sub: 'opaque' })
          },
          ...changes,
        }),
        jwt({ issuer: ISSUER, keys: { jwks: async () => ({ keys: [issuer.publicJwk] }) } }),
      ],
    })
    const subject = async (token: string) => {
      const outcome = await guard.check(requestWith(`Bearer ${token}`))
      return outcome instanceof Response ? outcome.status : outcome.subject
    }
    return { guard, issuer, asked, subject }
  }

  it('a signed token is left to the kind for them', async () => {
    const { issuer, asked, subject } = await both()
    expect(await subject(await issuer.token())).toBe('alice')
    expect(await subject('opaque')).toBe('opaque')
    expect(asked).toEqual(['opaque'])
  })

  it('the metadata of the resource names an issuer of both kinds once (RFC 9728 §2)', async () => {
    const { guard } = await both({ issuer: ISSUER })
    const url = new URL('/.well-known/oauth-protected-resource/mcp', RESOURCE).href
    const metadata = await guard.metadata(new Request(url))?.json()
    expect(metadata).toMatchObject({ authorization_servers: [ISSUER] })
  })

  it('a signed token is asked about where the operator says so', async () => {
    const { issuer, asked, subject } = await both({ jwts: true })
    const token = await issuer.token()
    expect(await subject(token)).toBe('opaque')
    expect(asked).toEqual([token])
  })
})

describe('Warder’s own introspection endpoint', () => {
  /** An API that asks the server about tokens, and a token for it. */
  async function apiOf(rig: Awaited<ReturnType<typeof authorizationServer>>) {
    const { secret } = await rig.clients.add({
      id: 'notes',
      resources: [MCP],
      metadata: {
        client_name: 'notes',
        grant_types: [],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    })
    const guard = createGuard({
      resource: MCP,
      platform: rig.platform,
      accept: [
        introspection({
          issuer: AS,
          clientId: 'notes',
          clientSecret: secret?.reveal('testing') ?? '',
          jwts: true,
          fetch: (input, init) =>
            rig.server.fetch(new Request(input, init), { remoteAddress: '192.0.2.1' }),
        }),
      ],
    })
    const check = (token: string) => guard.check(requestWith(`Bearer ${token}`, MCP))
    return { check, ...(await tokens(rig)) }
  }

  it('tells a guard of its tokens, and of a revocation within the ttl', async () => {
    const rig = await authorizationServer()
    const { check: checkToken, access_token, refresh_token } = await apiOf(rig)
    const check = () => checkToken(access_token)
    const caller = await check()
    if (caller instanceof Response) throw new Error(await caller.text())
    expect(caller).toMatchObject({ issuer: AS, clientId: 'pub', resource: MCP })
    expect(caller.scopes).toEqual(new Set(['notes:read']))
    await rig.post('/revoke', { token: refresh_token, client_id: 'pub' })
    rig.platform.advance(30_000)
    expect(await check()).toMatchObject({ status: 401 })
  })

  it('is not shut off for all by tokens that are more than a form may hold', async () => {
    const { check, access_token } = await apiOf(await authorizationServer())
    for (let times = 0; times < 5; times++) {
      expect(await check('ÿ'.repeat(11_000) + times)).toMatchObject({ status: 401 })
    }
    expect(await check(access_token)).not.toBeInstanceOf(Response)
  })
})
