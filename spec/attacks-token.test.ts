/** Attacks on the token endpoint (TK, PK): codes used twice, by others, elsewhere, or in bits. */

import { createLocalJWKSet, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import { SESSION_COOKIE } from 'warder/accounts'
import { createGuard } from 'warder/guard'
import { codeChallenge } from 'warder/protocol'
import { isRevoked } from 'warder/server'
import { StoreUnavailable, update } from 'warder/store'
import { randomToken, systemPlatform } from '../src/platform.ts'
import { anotherServer } from './support/another-server.ts'
import {
  API,
  authorizationCode,
  authorizationParameters,
  authorizationServer,
  basic,
  claims,
  ISSUER,
  MCP,
  type Rig,
  redeem,
  refresh,
  type TokenResponse,
  tokens,
  VERIFIER,
} from './support/authorization-server.ts'
import type { Browser } from './support/browser.ts'
import { faultyStore, type Interference, touches } from './support/faulty-store.ts'
import { installation } from './support/installation.ts'
import { granted, outcome, request } from './support/requests.ts'
import { storeKinds, testStore } from './support/test-store.ts'

/** A server whose store a test comes between. */
async function interfered(): Promise<{ rig: Rig; between: Interference }> {
  const between: Interference = {}
  return {
    rig: await authorizationServer({ store: faultyStore(await testStore(), between) }),
    between,
  }
}

describe('Attacks on the token endpoint: the store', () => {
  it('TK-22 a store that fails at the consuming write: 503, no token, and the code still good', async () => {
    const { rig, between } = await interfered()
    const code = await authorizationCode(rig)
    between.write = () => Promise.reject(new StoreUnavailable())
    const failed = await redeem(rig, code)
    expect(failed.headers.get('retry-after')).toBe('1')
    expect(await outcome(failed)).toBe('503 temporarily_unavailable')
    delete between.write
    await granted(await redeem(rig, code))
  })

  it('TK-22 a dynamic client whose use cannot be noted has not spent its code either', async () => {
    const { rig, between } = await interfered()
    const redirect_uri = 'https://dyn.test/cb'
    const client_id = await rig.register({
      client_name: 'Dyn',
      redirect_uris: [redirect_uri],
      token_endpoint_auth_method: 'none',
    })
    const code = await authorizationCode(rig, { client_id, redirect_uri })
    between.write = (next, changes) =>
      touches(changes, 'clients') ? Promise.reject(new StoreUnavailable()) : next()
    expect(await outcome(await redeem(rig, code, { client_id, redirect_uri }))).toBe(
      '503 temporarily_unavailable',
    )
    delete between.write
    await granted(await redeem(rig, code, { client_id, redirect_uri }))
  })

  it('TK-22 a store that never says whether it wrote: 503 or a refusal, never a token, and an end', async () => {
    const { rig, between } = await interfered()
    const { refresh_token = '' } = await granted(await redeem(rig, await authorizationCode(rig)))
    const code = await authorizationCode(rig)
    between.write = async () => false
    expect(await outcome(await redeem(rig, code))).toBe('400 invalid_grant')
    expect(await outcome(await refresh(rig, refresh_token))).toBe('503 temporarily_unavailable')
    delete between.write
    await granted(await refresh(rig, refresh_token))
  })
})

describe('Attacks on the proof key', () => {
  const wrong = { code_verifier: 'w'.repeat(43) }

  it('PK-03 a code without its verifier is refused', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    expect(await outcome(await redeem(rig, code, { code_verifier: '' }))).toBe('400 invalid_grant')
    await granted(await redeem(rig, code))
  })

  it.each(['', 'plain', VERIFIER])(
    'PK-04 a code that was stored with “%s” for a challenge cannot be redeemed, with or without a verifier',
    async (challenge) => {
      const rig = await authorizationServer()
      const code = await authorizationCode(rig)
      const [row] = await rig.store.list('authorizationCodes', {}, { limit: 1 })
      const id = row?.id ?? ''
      await rig.store.write([update('authorizationCodes', { id }, { codeChallenge: challenge })])
      for (const code_verifier of ['', VERIFIER, challenge]) {
        expect(await outcome(await redeem(rig, code, { code_verifier }))).toBe('400 invalid_grant')
      }
    },
  )

  it('PK-08 the challenge is no verifier, nor is anything that is not 43 to 128 of its characters', async () => {
    const rig = await authorizationServer()
    const challenge = await codeChallenge(VERIFIER)
    for (const code_verifier of [
      challenge,
      'x',
      'x'.repeat(129),
      `${VERIFIER} `,
      `${VERIFIER}\n`,
    ]) {
      const code = await authorizationCode(rig)
      expect(await outcome(await redeem(rig, code, { code_verifier }))).toBe('400 invalid_grant')
    }
  })

  it('PK-08 two verifiers, or an array of them, are none', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const form = {
      grant_type: 'authorization_code',
      client_id: 'pub',
      redirect_uri: 'https://spa.test/cb',
      code,
    }
    const twice: [string, string][] = [...Object.entries(form)]
    twice.push(['code_verifier', VERIFIER], ['code_verifier', VERIFIER])
    expect(await outcome(await rig.post('/token', twice))).toBe('400 invalid_request')
    const array = { ...form, 'code_verifier[]': VERIFIER, 'code_verifier[0]': VERIFIER }
    expect(await outcome(await rig.post('/token', array))).toBe('400 invalid_grant')
    await granted(await redeem(rig, code))
  })

  it('PK-12 the fifth wrong verifier of its own client spends a code', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (let i = 0; i < 5; i++) {
      expect(await outcome(await redeem(rig, code, wrong))).toBe('400 invalid_grant')
    }
    expect(await outcome(await redeem(rig, code))).toBe('400 invalid_grant')
  })

  it('PK-12 four wrong verifiers do not', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (let i = 0; i < 4; i++) await redeem(rig, code, wrong)
    await granted(await redeem(rig, code))
  })

  it('PK-12 wrong verifiers are counted one by one when they come at once', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    await Promise.all(Array.from({ length: 5 }, () => redeem(rig, code, wrong)))
    expect(await outcome(await redeem(rig, code))).toBe('400 invalid_grant')
  })

  it('PK-12 a client that is not the code’s own spends nothing, whatever it sends', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (let i = 0; i < 10; i++) await redeem(rig, code, { ...wrong, client_id: 'evil' })
    for (let i = 0; i < 10; i++) await redeem(rig, code, { ...wrong, client_id: 'web' })
    await granted(await redeem(rig, code))
  })

  it('PK-12 a code that was spent by guessing has given nothing that could be revoked', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (let i = 0; i < 6; i++) await redeem(rig, code, wrong)
    expect(rig.events.map(({ type }) => type)).not.toContain('code.redeemed')
  })
})

describe('Attacks on codes', () => {
  /** Whether a refresh token and an access token still work. */
  const alive = async (rig: Rig, given: TokenResponse) => ({
    refresh: (await refresh(rig, given.refresh_token ?? '')).status === 200,
    access: !(await isRevoked(revocable(given), rig.store)),
  })

  const revocable = ({ access_token }: TokenResponse) => {
    const { jti, sid } = claims(access_token)
    return { jti: String(jti), sid: String(sid), client_id: 'pub' }
  }

  it('TK-01 a code that comes again is refused, and all it gave is revoked', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const given = await granted(await redeem(rig, code))
    const next = await granted(await refresh(rig, given.refresh_token ?? ''))
    expect(await outcome(await redeem(rig, code))).toBe('400 invalid_grant')
    expect(await alive(rig, next)).toEqual({ refresh: false, access: false })
    expect(await alive(rig, given)).toEqual({ refresh: false, access: false })
    expect(rig.events.filter(({ type }) => type === 'code.replayed')).toHaveLength(1)
  })

  it('TK-01 so is what it gave to a client without refresh tokens', async () => {
    const rig = await authorizationServer()
    const redirect_uri = 'https://once.test/cb'
    const client_id = await rig.register({
      client_name: 'Once',
      redirect_uris: [redirect_uri],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
    })
    const code = await authorizationCode(rig, { client_id, redirect_uri })
    const given = await granted(await redeem(rig, code, { client_id, redirect_uri }))
    await redeem(rig, code, { client_id, redirect_uri })
    expect(await isRevoked(revocable(given), rig.store)).toBe(true)
  })

  it('TK-01 a second use that is not a valid request revokes nothing', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const given = await granted(await redeem(rig, code))
    for (const wrong of [
      { client_id: 'evil' },
      { redirect_uri: 'https://evil.test/cb' },
      { code_verifier: 'w'.repeat(43) },
    ]) {
      expect(await outcome(await redeem(rig, code, wrong))).toBe('400 invalid_grant')
    }
    expect(await alive(rig, given)).toEqual({ refresh: true, access: true })
  })

  it.each(storeKinds)(
    'TK-03 FT-01 of a hundred redemptions at once over four processes one is granted, then revoked: %s',
    async (kind) => {
      const { rig, processes, close } = await installation(kind)
      const code = await authorizationCode(rig)
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) => redeem(processes[i % 4] ?? rig, code)),
      )
      const outcomes = await Promise.all(answers.map((answer) => outcome(answer.clone())))
      expect(outcomes.filter((each) => each === '200')).toHaveLength(1)
      expect(outcomes.filter((each) => each === '400 invalid_grant')).toHaveLength(99)
      const winner = answers[outcomes.indexOf('200')]
      const given: TokenResponse = await winner?.json()
      // The losers cannot be told from a thief who was faster.
      expect(await alive(rig, given)).toEqual({ refresh: false, access: false })
      expect(await rig.store.list('families', {}, { limit: 10 })).toHaveLength(1)
      await close()
    },
  )

  it('TK-04 a code in another client’s hands: refused, told of, and neither spent nor revoked', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    expect(await outcome(await redeem(rig, code, { client_id: 'evil' }))).toBe('400 invalid_grant')
    const headers = basic('web', rig.secrets.web)
    const form = { code, code_verifier: VERIFIER, redirect_uri: 'https://spa.test/cb' }
    const asWeb = await rig.post('/token', { grant_type: 'authorization_code', ...form }, headers)
    expect(await outcome(asWeb)).toBe('400 invalid_grant')
    expect(rig.events.filter(({ type }) => type === 'code.misused')).toMatchObject([
      { clientId: 'evil', source: '192.0.2.1' },
      { clientId: 'web', source: '192.0.2.1' },
    ])
    await granted(await redeem(rig, code))
    await redeem(rig, code, { client_id: 'evil' })
    expect((await rig.store.list('families', {}, { limit: 1 }))[0]?.revokedAt).toBeNull()
  })

  it.each([
    ['another one that is registered', 'https://web.test/cb2'],
    ['one that is not', 'https://evil.test/cb'],
    ['a slash more', 'https://web.test/cb/'],
    ['another case', 'https://WEB.test/cb'],
    ['none', ''],
  ])('TK-05 a code with %s of the redirect URIs is refused and not spent', async (_, other) => {
    const rig = await authorizationServer()
    const redirect_uri = 'https://web.test/cb'
    const code = await authorizationCode(rig, { client_id: 'web', redirect_uri })
    const form = { grant_type: 'authorization_code', code, code_verifier: VERIFIER }
    const send = (uri: string) =>
      rig.post('/token', { ...form, redirect_uri: uri }, basic('web', rig.secrets.web))
    expect(await outcome(await send(other))).toBe('400 invalid_grant')
    await granted(await send(redirect_uri))
  })

  it.each([
    [59_999, '200'],
    [60_000, '400 invalid_grant'],
    [60_001, '400 invalid_grant'],
    [3_600_000, '400 invalid_grant'],
  ])('TK-06 a code that is %i ms old: %s', async (age, expected) => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    rig.platform.advance(age)
    expect(await outcome(await redeem(rig, code))).toBe(expected)
  })

  it('TK-07 no part, extension, other case or encoding of a code is one', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const flipped = code.replace(/[a-zA-Z](?=[^a-zA-Z]*$)/, (c) =>
      c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase(),
    )
    for (const other of [
      ...['wac_nothing', code.slice(0, -1), code.slice(1), code.replace('wac_', ''), `${code}A`],
      ...[
        `${code}=`,
        ` ${code}`,
        `${code} `,
        `${code}\n`,
        flipped,
        code.toUpperCase(),
        `wac_${code}`,
      ],
      ...['*', '%', "' OR 1=1 --", '__proto__', 'x'.repeat(50_000)],
    ]) {
      expect(await outcome(await redeem(rig, other)), other.slice(0, 50)).toBe('400 invalid_grant')
    }
    await granted(await redeem(rig, code))
  })

  it('TK-08 1.27-4 what is one thing is no other: codes, refresh, access and ID tokens, secrets, ids', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const given = await tokens(rig, { scope: 'openid notes:read' })
    const { refresh_token, access_token, id_token = '' } = given
    const [interaction] = await rig.store.list('interactions', {}, { limit: 1 })
    const [row] = await rig.store.list('authorizationCodes', { usedAt: null }, { limit: 1 })
    const others = [access_token, id_token, rig.secrets.web, interaction?.id ?? '', row?.id ?? '']
    for (const other of [refresh_token, ...others]) {
      expect(await outcome(await redeem(rig, other))).toBe('400 invalid_grant')
    }
    for (const other of [code, ...others]) {
      expect(await outcome(await refresh(rig, other))).toBe('400 invalid_grant')
    }
    await granted(await redeem(rig, code))
    await granted(await refresh(rig, refresh_token))
  })

  it.each([
    ['another one of the same user', API],
    ['one that is unknown', 'https://evil.test/mcp'],
    ['one with a fragment', `${MCP}#x`],
    ['a relative one', '/mcp'],
    ['one below it', `${MCP}/x`],
  ])('TK-11 a code for %s of the resources: invalid_target, and not spent', async (_, resource) => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    expect(await outcome(await redeem(rig, code, { resource }))).toBe('400 invalid_target')
    await granted(await redeem(rig, code, { resource: MCP }))
  })

  it('TK-12 a scope at the redemption adds nothing', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const given = await granted(await redeem(rig, code, { scope: 'notes:read notes:write' }))
    expect(given.scope).toBe('notes:read')
  })

  it('TK-20 codes, tokens and secrets of the real generator: 96 bits by Shannon over a thousand', async () => {
    const samples = Array.from({ length: 1000 }, () => randomToken(systemPlatform))
    expect(new Set(samples).size).toBe(1000)
    const characters = samples.join('')
    const share = new Map<string, number>()
    for (const c of characters) share.set(c, (share.get(c) ?? 0) + 1 / characters.length)
    const bits = [...share.values()].reduce((sum, p) => sum - p * Math.log2(p), 0)
    expect(bits * 43).toBeGreaterThan(96)
    // And none of them is a UUID or counts anything up.
    expect(samples.every((sample) => /^[\w-]{43}$/.test(sample))).toBe(true)
  })

  it('TK-21 killed between the consuming write and the answer: a clean refusal, nothing alive', async () => {
    const { rig, between } = await interfered()
    const code = await authorizationCode(rig)
    between.write = async (next) => {
      await next()
      throw new StoreUnavailable({ detail: 'the connection broke after the commit' })
    }
    expect(await outcome(await redeem(rig, code))).toBe('503 temporarily_unavailable')
    delete between.write
    const restarted = await anotherServer(rig)
    expect(await outcome(await redeem(restarted, code))).toBe('400 invalid_grant')
    const families = await rig.store.list('families', {}, { limit: 10 })
    expect(families.filter(({ revokedAt }) => revokedAt === null)).toEqual([])
  })

  it('TK-26 a client that calls itself as a user is called is not that user', async () => {
    const rig = await authorizationServer()
    const user = await rig.store.find('users', { email: 'alice@example.com' })
    const id = user?.id ?? ''
    const { secret } = await rig.clients.add({
      id,
      resources: null,
      metadata: { client_name: 'Alice', grant_types: ['client_credentials'] },
    })
    const form = { grant_type: 'client_credentials', resource: API }
    const given = await granted(
      await rig.post('/token', form, basic(id, secret?.reveal('testing') ?? '')),
    )
    const { sub } = claims(given.access_token)
    expect(sub).toBe(`client:${id}`)
    expect(await rig.accounts.find(String(sub))).toBeUndefined()
  })

  it('TK-26 a client that registers itself does not choose its id', async () => {
    const rig = await authorizationServer()
    const redirect_uris = ['https://x.test/cb']
    const user = await rig.store.find('users', { email: 'alice@example.com' })
    const id = await rig.register({ client_name: 'x', redirect_uris, client_id: user?.id })
    expect(id).toMatch(/^dyn_/)
  })

  it('TX-05 a client’s own token is nobody’s: no user, no roles, no session', async () => {
    const rig = await authorizationServer()
    const given = await granted(
      await rig.post('/token', {
        grant_type: 'client_credentials',
        client_id: 'svc',
        client_secret: rig.secrets.svc,
        resource: MCP,
      }),
    )
    const told = claims(given.access_token)
    expect(told.sub).toBe('client:svc')
    for (const claim of ['roles', 'auth_time', 'sid', 'email'])
      expect(told).not.toHaveProperty(claim)
    const authorization = `Bearer ${given.access_token}`
    const cookie = `${SESSION_COOKIE}=${given.access_token}`
    for (const headers of [{ authorization }, { cookie }]) {
      const url = `${ISSUER}/authorize?${new URLSearchParams(await authorizationParameters())}`
      const response = await rig.server.fetch(new Request(url, { headers }))
      expect(response.headers.get('location')).toContain(`${ISSUER}/interaction`)
    }
  })

  it('TX-06 a public client cannot ask for itself, whatever it registered', async () => {
    const rig = await authorizationServer()
    const client_id = await rig.register({
      client_name: 'x',
      redirect_uris: ['https://x.test/cb'],
      grant_types: ['authorization_code', 'client_credentials'],
      token_endpoint_auth_method: 'none',
    })
    const form = { grant_type: 'client_credentials', client_id, resource: API }
    expect(await outcome(await rig.post('/token', form))).toBe('400 unauthorized_client')
  })
})

describe('Attacks on the form of a token request', () => {
  const good = (code: string): Record<string, string> => ({
    grant_type: 'authorization_code',
    client_id: 'pub',
    redirect_uri: 'https://spa.test/cb',
    code,
    code_verifier: VERIFIER,
  })

  const send = (rig: Rig, init: RequestInit, query = '') => request(rig, `/token${query}`, init)

  it('TK-15 nothing in the query is a parameter', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const query = `?${new URLSearchParams(good(code))}`
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      const response = await send(rig, { method }, query)
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    }
    const { code: _, ...rest } = good(code)
    const split = { method: 'POST', body: new URLSearchParams(rest) }
    expect(await outcome(await send(rig, split, `?code=${code}`))).toBe('400 invalid_request')
    const whole = { method: 'POST', body: new URLSearchParams(good(code)) }
    expect(await outcome(await send(rig, whole, '?x=1'))).toBe('400 invalid_request')
    await granted(await redeem(rig, code))
  })

  it('TK-15 OPTIONS is answered for CORS and does nothing else', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const query = `?${new URLSearchParams(good(code))}`
    const response = await send(rig, { method: 'OPTIONS' }, query)
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-methods')).toBe('POST')
    await granted(await redeem(rig, code))
  })

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain', ''])(
    'TK-16 a body of type “%s” is no token request',
    async (type) => {
      const rig = await authorizationServer()
      const code = await authorizationCode(rig)
      const headers = type === '' ? {} : { 'content-type': type }
      const bodies = [JSON.stringify(good(code)), new URLSearchParams(good(code)).toString()]
      for (const text of bodies) {
        const body = new TextEncoder().encode(text)
        const response = await send(rig, { method: 'POST', headers, body })
        expect(await outcome(response)).toBe('400 invalid_request')
      }
      await granted(await redeem(rig, code))
    },
  )

  it.each([
    ['code twice', '&code=a', 400],
    ['invalid percent-encoding', '&x=%zz', 400],
    ['a truncated percent-encoding', '&x=%', 400],
    ['bytes that are not UTF-8', '&x=%ff%fe', 400],
    ['overlong UTF-8', '&x=%c0%af', 400],
    ['a NUL', '&x=%00', 400],
    ['a megabyte', `&x=${'y'.repeat(1_000_000)}`, 413],
    ['ten thousand parameters', Array.from({ length: 10_000 }, (_, i) => `&p${i}=1`).join(''), 413],
  ])('TK-17 %s: refused', async (_, extra, status) => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const response = await send(rig, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(good(code)) + extra,
    })
    expect(await outcome(response)).toBe(`${status} invalid_request`)
    await granted(await redeem(rig, code))
  })

  it.each([
    'code[]',
    'code[x]',
    'code[0]',
    'Code',
    'code.',
    '__proto__[code]',
    'constructor[code]',
  ])('TK-17 %s is not code, and spoils no prototype', async (name) => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const { code: _, ...rest } = good(code)
    const response = await rig.post('/token', { ...rest, [name]: code })
    expect(await outcome(response)).toBe('400 invalid_request')
    expect(Object.keys(Object.prototype)).toEqual([])
    await granted(await redeem(rig, code))
  })

  it('TK-18 every answer, good or bad, is kept nowhere, sniffed by nobody, and CORS without credentials', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const origin = { origin: 'null' }
    const answers = [
      await rig.post('/token', good(code), origin),
      await rig.post('/token', good(code), origin),
      await rig.post('/token', {}, origin),
      await rig.post('/token', good(code), { ...origin, ...basic('web', 'x') }),
      await send(rig, { method: 'GET', headers: origin }),
      await send(rig, { method: 'POST', body: '{}', headers: origin }),
      await rig.post('/revoke', {}, origin),
      await rig.post('/register', {}, origin),
    ]
    for (const response of answers) {
      const { headers } = response
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('content-type')).toMatch(/^application\/json/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.has('access-control-allow-credentials')).toBe(false)
      expect(headers.has('set-cookie')).toBe(false)
      expect(await response.text()).not.toMatch(/\bat .*:\d+:\d+|node_modules/)
    }
  })

  it('TK-18 no error says what the operator is told', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const refused = await redeem(rig, code, { client_id: 'evil' })
    expect(await refused.text()).not.toMatch(/pub|issued to/)
    const reasons = rig.events.map(({ reason }) => reason)
    expect(reasons).toContain('issued to pub, sent by evil')
  })

  describe('1.27-3 every parameter in every shape', () => {
    // One server for all: what one request breaks, the others find broken.
    const served = authorizationServer({ settings: { limits: { authorize: 1_000_000 } } })
    let browser: Browser | undefined
    let counter = 0
    const freshCode = async (rig: Rig) => {
      browser ??= rig.browser()
      return authorizationCode(rig, {}, browser)
    }
    const freshRefreshToken = async (rig: Rig) =>
      (await granted(await redeem(rig, await freshCode(rig)))).refresh_token ?? ''
    const shapes: readonly (readonly [string, (value: string) => string])[] = [
      ['missing', () => ''],
      ['empty', () => 'NAME='],
      ['without a sign of equality', () => 'NAME'],
      ['twice', (value) => `NAME=${value}&NAME=${value}`],
      ['as an array', (value) => `NAME[]=${value}`],
      ['in the wrong case', (value) => `nAmE=${value}`],
      ['a space before it', (value) => `NAME=+${value}`],
      ['a space after it', (value) => `NAME=${value}+`],
      ['60 kB', () => `NAME=${'x'.repeat(60_000)}`],
      ['a megabyte', () => `NAME=${'x'.repeat(1_000_000)}`],
      ['NUL', (value) => `NAME=${value}%00`],
      ['CRLF', (value) => `NAME=${value}%0d%0aSet-Cookie:x=y`],
      ['no UTF-8', (value) => `NAME=${value}%ff`],
      ['__proto__', () => 'NAME=__proto__'],
      ['constructor', () => 'NAME=constructor'],
      ['JSON', (value) => `NAME=["${value}"]`],
    ]
    const names = ['grant_type', 'client_id', 'redirect_uri', 'code', 'code_verifier', 'resource']
    const forms = {
      code: names,
      refresh: ['grant_type', 'client_id', 'refresh_token', 'resource', 'scope'],
      client: ['grant_type', 'client_id', 'client_secret', 'resource', 'scope'],
    }
    const leftOut = ['missing', 'empty', 'without a sign of equality', 'as an array']
    /** What changes nothing, by its document; the resource of `svc` is needed, for there are two. */
    const isHarmless = (form: string, parameter: string, shape: string) => {
      const isLeftOut = [...leftOut, 'in the wrong case'].includes(shape)
      if (parameter === 'scope') return isLeftOut
      return parameter === 'resource' && form !== 'client' && (isLeftOut || shape === 'twice')
    }

    const encode = (fields: Record<string, string>) =>
      Object.entries(fields).map(([name, value]) => [name, encodeURIComponent(value)] as const)

    it.each(
      Object.entries(forms).flatMap(([form, parameters]) =>
        parameters.flatMap((parameter) =>
          shapes.map(([shape]) => [form, parameter, shape] as const),
        ),
      ),
    )('%s: %s %s', async (form, parameter, shape) => {
      const rig = await served
      const fields: Record<string, string> = {
        ...(form === 'code' ? { ...good(await freshCode(rig)), resource: MCP } : {}),
        ...(form === 'refresh'
          ? {
              grant_type: 'refresh_token',
              client_id: 'pub',
              refresh_token: await freshRefreshToken(rig),
              resource: MCP,
              scope: 'notes:read',
            }
          : {}),
        ...(form === 'client'
          ? {
              grant_type: 'client_credentials',
              client_id: 'svc',
              client_secret: rig.secrets.svc,
              resource: API,
              scope: 'bills:read',
            }
          : {}),
      }
      const write = shapes.find(([name]) => name === shape)?.[1] ?? (() => '')
      const body = encode(fields)
        .map(([name, value]) =>
          name === parameter ? write(value).replaceAll('NAME', name) : `${name}=${value}`,
        )
        .filter((pair) => pair !== '')
        .join('&')
      const remoteAddress = `10.0.${counter >> 8}.${counter++ & 255}`
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const asked = new Request(`${ISSUER}/token`, { method: 'POST', headers, body })
      const response = await rig.server.fetch(asked, { remoteAddress })
      if (isHarmless(form, parameter, shape)) {
        await granted(response)
      } else {
        expect(await outcome(response)).toMatch(/^4\d\d invalid_\w+$|^400 unsupported_grant_type$/)
      }
    })
  })
})

describe('Attacks on time and identity at the token endpoint', () => {
  it.each([0, 1, 999, 1000, 1999])(
    'TK-27 a refresh with %i ms left: no error of ours, and nothing that outlives the grant',
    async (left) => {
      const ttl = { refreshToken: 300, refreshTokenIdle: 300 }
      const rig = await authorizationServer({ settings: { ttl } })
      const { refresh_token } = await tokens(rig)
      const end = rig.platform.now() + 300_000
      rig.platform.advance(300_000 - left)
      const response = await refresh(rig, refresh_token)
      if (left === 0) return expect(await outcome(response)).toBe('400 invalid_grant')
      const given = await granted(response)
      expect(given.expires_in).toBeGreaterThanOrEqual(0)
      expect(given.expires_in * 1000).toBeLessThanOrEqual(left)
      expect(Number(claims(given.access_token).exp) * 1000).toBeLessThanOrEqual(end)
    },
  )

  it('TK-25 the ID token: for the client alone, with nonce and auth_time, signed, no access token', async () => {
    const rig = await authorizationServer()
    const signedInAt = Math.floor(rig.platform.now() / 1000)
    const asked = { scope: 'openid notes:read', nonce: 'n-0S6_WzA2Mj' }
    const code = await authorizationCode(rig, asked)
    rig.platform.advance(30_000)
    const { id_token = '', access_token } = await granted(await redeem(rig, code))
    const { payload, protectedHeader } = await jwtVerify(
      id_token,
      createLocalJWKSet({ keys: [...rig.keys.jwks().keys] }),
      { issuer: ISSUER, audience: 'pub', currentDate: new Date(rig.platform.now()) },
    )
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'JWT' })
    expect(payload).toEqual({
      iss: ISSUER,
      sub: claims(access_token).sub,
      aud: 'pub',
      nonce: 'n-0S6_WzA2Mj',
      auth_time: signedInAt,
      iat: signedInAt + 30,
      exp: signedInAt + 30 + 900,
    })
  })

  it('TK-25 no openid, no ID token; no nonce, none in it; and none from a refresh', async () => {
    const rig = await authorizationServer()
    expect(await tokens(rig)).not.toHaveProperty('id_token')
    const given = await tokens(rig, { scope: 'openid' })
    expect(claims(given.id_token ?? '')).not.toHaveProperty('nonce')
    expect(await granted(await refresh(rig, given.refresh_token))).not.toHaveProperty('id_token')
  })
})

describe('1.27-4 What one principal holds, in the hands of another', () => {
  /** What alice gave `pub` for the notes: a fresh one of each, and how its owner uses it. */
  const artefacts = {
    code: {
      get: (rig: Rig) => authorizationCode(rig),
      use: (rig: Rig, code: string, form: Form) => redeem(rig, code, form),
    },
    'refresh token': {
      get: async (rig: Rig) => (await tokens(rig)).refresh_token,
      use: (rig: Rig, token: string, form: Form) => refresh(rig, token, form),
    },
  }
  type Form = Record<string, string>

  const wrongHands: readonly (readonly [string, (rig: Rig) => Promise<Form> | Form])[] = [
    ['another public client', () => ({ client_id: 'evil' })],
    [
      'another client with its secret',
      ({ secrets }) => ({ client_id: 'svc', client_secret: secrets.svc }),
    ],
    [
      'a client that registered itself with the same redirect URI',
      async (rig) => ({
        client_id: await rig.register({
          client_name: 'pub',
          redirect_uris: ['https://spa.test/cb'],
          grant_types: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_method: 'none',
        }),
      }),
    ],
    ['its client, for another resource', () => ({ resource: API })],
    ['its client, as another kind of grant', () => ({ grant_type: 'client_credentials' })],
  ]

  it.each(
    Object.keys(artefacts).flatMap((name) => wrongHands.map(([whose]) => [name, whose] as const)),
  )('a %s in the hands of %s is refused, and is still its owner’s', async (name, whose) => {
    const rig = await authorizationServer()
    const { get, use } = artefacts[name === 'code' ? 'code' : 'refresh token']
    const form = await wrongHands.find(([each]) => each === whose)?.[1](rig)
    const held = await get(rig)
    expect(await outcome(await use(rig, held, form ?? {}))).toMatch(
      /^400 (invalid_grant|invalid_target|unauthorized_client)$/,
    )
    await granted(await use(rig, held, {}))
  })

  it.each(Object.entries(artefacts))(
    'a %s of another server is refused',
    async (_, { get, use }) => {
      const [here, there] = [await authorizationServer(), await authorizationServer()]
      expect(await outcome(await use(here, await get(there), {}))).toBe('400 invalid_grant')
    },
  )

  it('an access token is for its resource, its server and its kind alone', async () => {
    const [rig, there] = [await authorizationServer(), await authorizationServer()]
    const check = async (from: Rig, resource: string, token: string) => {
      const guard = createGuard({
        issuer: ISSUER,
        resource,
        keys: { jwks: async () => ({ keys: [...from.keys.jwks().keys] }) },
        platform: rig.platform,
      })
      const headers = { authorization: `Bearer ${token}` }
      const answer = await guard.check(new Request(resource, { headers }))
      return answer instanceof Response ? answer.status : 200
    }
    const { access_token, id_token = '' } = await tokens(rig, { scope: 'openid notes:read' })
    expect(await check(rig, MCP, access_token)).toBe(200)
    expect(await check(rig, API, access_token)).toBe(401)
    expect(await check(there, MCP, access_token)).toBe(401)
    expect(await check(rig, MCP, id_token)).toBe(401)
    expect(await check(rig, MCP, await authorizationCode(rig))).toBe(401)
    expect(await check(rig, MCP, rig.secrets.web)).toBe(401)
  })

  it('what alice gave is never bob’s: each token names whose it is, through code and refresh', async () => {
    const rig = await authorizationServer()
    const subjects: unknown[] = []
    for (const username of ['alice@example.com', 'bob@example.com']) {
      const user = await rig.accounts.findByEmail(username)
      const location = await rig.browser().authorize(await authorizationParameters(), username)
      const code = new URL(location).searchParams.get('code') ?? ''
      const first = await granted(await redeem(rig, code))
      const second = await granted(await refresh(rig, first.refresh_token ?? ''))
      for (const { access_token } of [first, second]) {
        expect(claims(access_token).sub).toBe(user?.id)
      }
      subjects.push(user?.id)
    }
    expect(new Set(subjects).size).toBe(2)
  })
})
