/**
 * The memory of verified tokens (JW-21): it must never let in what would be refused without it.
 *
 * Run once with Node's own cryptography and once with WebCrypto.
 */

import { describe, expect, it, vi } from 'vitest'
import { createGuard, type JwtKind, type JwtOptions, jwt } from 'warder/guard'
import { fakePlatform } from 'warder/testing'
import { createIssuer, ISSUER, NOW, RESOURCE, requestWith } from './fixtures/issuer.ts'
import { engines, runsOn } from './support/engines.ts'

type Guard = ReturnType<typeof createGuard>

const statusOf = async (guard: Guard, token: string): Promise<number> => {
  const outcome = await guard.check(requestWith(`Bearer ${token}`))
  return outcome instanceof Response ? outcome.status : 200
}

const principalOf = async (guard: Guard, token: string) => {
  const outcome = await guard.check(requestWith(`Bearer ${token}`))
  if (outcome instanceof Response) throw new Error(`Refused with ${outcome.status}.`)
  return outcome
}

/** A guard whose one key says yes to everything, and counts how often it is asked. */
function counting(options: Partial<JwtOptions> = {}) {
  const verify = vi.fn((_input: string, _signature: string) => true)
  const key = { alg: 'ES256', kid: 'key-1', verify }
  let found: typeof key | undefined = key
  const platform = fakePlatform(NOW * 1000)
  const keys = { find: () => found }
  const kind = jwt({ issuer: ISSUER, keys, ...options })
  const guard = createGuard({ resource: RESOURCE, accept: [kind], platform })
  const status = (token: string) => statusOf(guard, token)
  return {
    ...{ guard, kind, platform, verify, key, status },
    /** Has a token come so often that it is kept. */
    async keep(token: string) {
      expect([await status(token), await status(token)]).toEqual([200, 200])
      verify.mockClear()
    },
    replace: (other: typeof key | undefined) => {
      found = other
    },
  }
}

describe.each(engines)('JW-21 with %s', (engine) => {
  runsOn(engine)

  it('a token is verified twice, and from then on known', async () => {
    const { status, verify } = counting()
    const token = await (await createIssuer()).token()
    for (let time = 0; time < 5; time++) expect(await status(token)).toBe(200)
    expect(verify).toHaveBeenCalledTimes(2)
  })

  it('no change of a token that is known makes it another that is', async () => {
    const issuer = await createIssuer()
    const platform = fakePlatform(NOW * 1000)
    const guard = createGuard({
      ...{ issuer: ISSUER, resource: RESOURCE, platform },
      keys: { jwk: issuer.publicJwk },
    })
    const token = await issuer.token()
    for (let time = 0; time < 3; time++) expect(await statusOf(guard, token)).toBe(200)
    for (let at = 0; at < token.length; at += 1) {
      const character = token[at] === 'A' ? 'B' : 'A'
      const changed = token.slice(0, at) + character + token.slice(at + 1)
      expect(await statusOf(guard, changed), `at ${at}`).toBe(401)
    }
    expect(await statusOf(guard, `${token}A`)).toBe(401)
    expect(await statusOf(guard, token.slice(0, -1))).toBe(401)
    expect(await statusOf(guard, token)).toBe(200)
  })

  it('what one guard knows, another does not', async () => {
    const issuer = await createIssuer()
    const platform = fakePlatform(NOW * 1000)
    const kind = jwt({ issuer: ISSUER, keys: { jwk: issuer.publicJwk } })
    const [one, two] = ['one', 'two'].map((name) =>
      createGuard({ resource: `https://mcp.test/${name}`, accept: [kind], platform }),
    )
    if (one === undefined || two === undefined) throw new Error('no guards')
    const token = await issuer.token({ aud: 'https://mcp.test/one' })
    for (let time = 0; time < 3; time++) expect(await statusOf(one, token)).toBe(200)
    for (let time = 0; time < 3; time++) expect(await statusOf(two, token)).toBe(401)
  })

  it.each([
    [0, 10],
    [30, 40],
  ])('with a tolerance of %i s, exp counts after %i s', async (clockTolerance, seconds) => {
    const { status, platform, keep } = counting({ clockTolerance })
    const token = await (await createIssuer()).token({ exp: NOW + 10 })
    await keep(token)
    platform.advance(seconds * 1000 - 1)
    expect(await status(token)).toBe(200)
    platform.advance(1)
    expect(await status(token)).toBe(401)
  })

  it('nothing is known beyond exp, tolerance or not', async () => {
    const { status, platform, keep, verify } = counting({ clockTolerance: 30 })
    const token = await (await createIssuer()).token({ exp: NOW + 10 })
    await keep(token)
    platform.advance(9_999)
    expect(await status(token)).toBe(200)
    expect(verify).not.toHaveBeenCalled()
    platform.advance(1)
    for (let time = 1; time <= 3; time++) {
      expect(await status(token)).toBe(200)
      expect(verify).toHaveBeenCalledTimes(time)
    }
  })

  it.each([
    [undefined, 30],
    [5, 5],
  ])('with maxAge %j a token is known for %i s', async (maxAge, seconds) => {
    const cache = maxAge === undefined ? {} : { maxAge }
    const { status, platform, keep, verify } = counting({ cache })
    const token = await (await createIssuer()).token()
    await keep(token)
    platform.advance(seconds * 1000 - 1)
    expect(await status(token)).toBe(200)
    expect(verify).not.toHaveBeenCalled()
    platform.advance(1)
    expect(await status(token)).toBe(200)
    expect(verify).toHaveBeenCalledTimes(1)
  })

  it('a clock that is set back does not stretch what is known', async () => {
    const { status, platform, keep, verify } = counting()
    const token = await (await createIssuer()).token({ iat: NOW - 90_000 })
    await keep(token)
    platform.advance(-60_000)
    expect(await status(token)).toBe(200)
    expect(verify).toHaveBeenCalledTimes(1)
  })

  it('a key that is taken back is refused at once, and another in its place is asked', async () => {
    const { status, keep, verify, replace, key } = counting()
    const token = await (await createIssuer()).token()
    await keep(token)
    replace(undefined)
    expect(await status(token)).toBe(401)
    const other = vi.fn(() => false)
    replace({ ...key, verify: other })
    expect(await status(token)).toBe(401)
    expect(other).toHaveBeenCalledTimes(1)
    replace(key)
    expect(await status(token)).toBe(200)
    expect(verify).toHaveBeenCalledTimes(1)
  })

  it('a key set that changes takes with it what its keys verified, and leaves the rest', async () => {
    const [one, two] = [await createIssuer('one'), await createIssuer('two')]
    const platform = fakePlatform(NOW * 1000)
    let published = [one.publicJwk, two.publicJwk]
    const guard = createGuard({
      ...{ issuer: ISSUER, resource: RESOURCE, platform },
      keys: { jwks: async () => ({ keys: published.map((jwk) => ({ ...jwk })) }) },
      cache: { maxAge: 300 },
    })
    const tokens = [await one.token({ exp: NOW + 9e4 }), await two.token({ exp: NOW + 9e4 })]
    const [first = '', second = ''] = tokens
    await principalOf(guard, second)
    platform.advance(299_000)
    for (const token of [...tokens, ...tokens]) await principalOf(guard, token)
    const { claims } = await principalOf(guard, second)
    published = [two.publicJwk]
    platform.advance(1_000)
    expect(await statusOf(guard, first)).toBe(401)
    expect((await principalOf(guard, second)).claims).toBe(claims)
  })

  it('whoever knows of revocations is asked every time, and believed at once', async () => {
    let revoked = false
    const isRevoked = vi.fn(async () => revoked)
    const { status, keep, verify } = counting({ isRevoked })
    const token = await (await createIssuer()).token()
    await keep(token)
    expect(await status(token)).toBe(200)
    revoked = true
    expect(await status(token)).toBe(401)
    expect(isRevoked).toHaveBeenCalledTimes(4)
    expect(verify).not.toHaveBeenCalled()
  })

  it.each([
    async () => Promise.reject(new Error('away')),
    () => {
      throw new Error('away')
    },
  ])('a revocation that cannot be looked up is answered 503, known or not: %s', async (fails) => {
    let isAway = true
    const isRevoked = () => (isAway ? fails() : false)
    const { status, keep } = counting({ isRevoked })
    const token = await (await createIssuer()).token()
    expect(await status(token)).toBe(503)
    isAway = false
    await keep(token)
    isAway = true
    expect(await status(token)).toBe(503)
    isAway = false
    expect(await status(token)).toBe(200)
  })

  it.each([undefined, null, 0, '', 1, 'no', {}])(
    'who knows of revocations answers true or false: %j is an outage, known or not',
    async (answer) => {
      const said = { answer }
      // As somebody may write it whom no compiler checks.
      const options = Reflect.apply(Object, undefined, [{ isRevoked: async () => said.answer }])
      const { status, keep } = counting(options)
      const token = await (await createIssuer()).token()
      expect(await status(token)).toBe(503)
      Object.assign(said, { answer: false })
      await keep(token)
      Object.assign(said, { answer })
      expect(await status(token)).toBe(503)
    },
  )

  it('what is revoked is not kept', async () => {
    let revoked = true
    const { status, verify } = counting({ isRevoked: () => revoked })
    const token = await (await createIssuer()).token()
    for (let time = 0; time < 3; time++) expect(await status(token)).toBe(401)
    revoked = false
    for (let time = 0; time < 4; time++) expect(await status(token)).toBe(200)
    expect(verify).toHaveBeenCalledTimes(5)
  })

  it('can be switched off', async () => {
    const { status, verify } = counting({ cache: false })
    const token = await (await createIssuer()).token()
    for (let time = 1; time <= 5; time++) {
      expect(await status(token)).toBe(200)
      expect(verify).toHaveBeenCalledTimes(time)
    }
  })

  it('is bounded in the number of tokens', async () => {
    const { status, keep, verify } = counting({ cache: { entries: 4 } })
    const issuer = await createIssuer()
    const tokens = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((jti) => issuer.token({ jti })))
    for (const token of tokens) await keep(token)
    const [oldest = '', ...others] = tokens
    for (const token of others) expect(await status(token)).toBe(200)
    expect(verify).not.toHaveBeenCalled()
    expect(await status(oldest)).toBe(200)
    expect(verify).toHaveBeenCalledTimes(1)
  })

  it('is bounded in bytes', async () => {
    const { status, keep, verify } = counting({ cache: { bytes: 65_536 } })
    const issuer = await createIssuer()
    const padding = 'x'.repeat(8_000)
    const tokens = await Promise.all(
      ['a', 'b', 'c', 'd'].map((jti) => issuer.token({ jti, padding })),
    )
    for (const token of tokens) await keep(token)
    expect(await status(tokens[3] ?? '')).toBe(200)
    expect(verify).not.toHaveBeenCalled()
    expect(await status(tokens[0] ?? '')).toBe(200)
    expect(verify).toHaveBeenCalledTimes(1)
  })

  it('hands out what no handler can change for the next one', async () => {
    const { guard, keep } = counting()
    const claims = { roles: ['editor'], nested: { list: [{ deep: true }] } }
    const token = await (await createIssuer()).token(claims)
    const first = await principalOf(guard, token)
    // What is not kept is the caller's own.
    Reflect.apply(Array.prototype.push, first.roles, ['admin'])
    await keep(token)
    const { roles, scopes, claims: kept } = await principalOf(guard, token)
    expect(roles).toEqual(['editor'])
    expect(scopes).toEqual(new Set(['notes:read']))
    const { nested }: { nested?: unknown } = kept
    for (const value of [roles, kept, nested, Reflect.get(Object(nested), 'list')]) {
      expect(Object.isFrozen(value)).toBe(true)
    }
    expect((await principalOf(guard, token)).claims).toBe(kept)
  })

  it('hands out scopes and a proof that no handler can change for the next one', async () => {
    const { guard, keep } = counting()
    const token = await (await createIssuer()).token({ acr: 'password' })
    await keep(token)
    const { scopes, proof } = await principalOf(guard, token)
    Reflect.apply(Set.prototype.add, scopes, ['notes:admin'])
    Reflect.set(proof, 'acr', 'mfa')
    const next = await guard.check(requestWith(`Bearer ${token}`), { scopes: ['notes:admin'] })
    expect(next).toMatchObject({ status: 403 })
    expect((await principalOf(guard, token)).proof.acr).toBe('password')
  })

  it('is forgotten on demand, with the keys', async () => {
    const issuer = await createIssuer()
    const platform = fakePlatform(NOW * 1000)
    let published = [issuer.publicJwk]
    const fetch = vi.fn(async () => Response.json({ keys: published }))
    const keys = { jwksUri: `${ISSUER}/jwks` }
    const kind: JwtKind = jwt({ issuer: ISSUER, keys, fetch })
    const guard = createGuard({ resource: RESOURCE, accept: [kind], platform })
    const token = await issuer.token()
    for (let time = 0; time < 3; time++) expect(await statusOf(guard, token)).toBe(200)
    published = [(await createIssuer('other')).publicJwk]
    expect(await statusOf(guard, token)).toBe(200)
    kind.forget()
    expect(await statusOf(guard, token)).toBe(401)
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('that is forgotten while keys are on their way does not take those', async () => {
    const issuer = await createIssuer()
    const platform = fakePlatform(NOW * 1000)
    const release: ((answer: Response) => void)[] = []
    const fetch = () => new Promise<Response>((resolve) => release.push(resolve))
    const kind: JwtKind = jwt({ issuer: ISSUER, keys: { jwksUri: `${ISSUER}/jwks` }, fetch })
    const guard = createGuard({ resource: RESOURCE, accept: [kind], platform })
    const token = await issuer.token()
    const early = statusOf(guard, token)
    kind.forget()
    const late = statusOf(guard, token)
    release[0]?.(Response.json({ keys: [issuer.publicJwk] }))
    release[1]?.(Response.json({ keys: [(await createIssuer('other')).publicJwk] }))
    expect(await late).toBe(401)
    expect(await early).toBe(401)
    expect(await statusOf(guard, token)).toBe(401)
  })

  it('two at once, verified later than now, are kept under nothing but their digest', async () => {
    const issuer = await createIssuer()
    const key = { alg: 'ES256', kid: 'key-1', verify: async () => true }
    const platform = fakePlatform(NOW * 1000)
    const kind = jwt({ issuer: ISSUER, keys: { find: async () => key } })
    const guard = createGuard({ resource: RESOURCE, accept: [kind], platform })
    const [one, two] = [await issuer.token({ sub: 'alice' }), await issuer.token({ sub: 'bob' })]
    const rounds = [one, two, one, two, one, two].map((token) => principalOf(guard, token))
    const subjects = (await Promise.all(rounds)).map(({ subject }) => subject)
    expect(subjects).toEqual(['alice', 'bob', 'alice', 'bob', 'alice', 'bob'])
    for (let time = 0; time < 3; time++) {
      expect((await principalOf(guard, two)).subject).toBe('bob')
      expect((await principalOf(guard, one)).subject).toBe('alice')
    }
  })
})

it.each([
  ...[{ entries: Number.NaN }, { entries: 0 }, { entries: '10' }, { bytes: 10 }, { bytes: null }],
  ...[{ maxAge: 0 }, { maxAge: 301 }, { maxAge: -1 }, { maxAge: Number.POSITIVE_INFINITY }],
])('JW-13 a memory of %j makes no guard', (cache) => {
  const options = { issuer: ISSUER, cache }
  expect(() => Reflect.apply(jwt, undefined, [options])).toThrow('cache.')
})
