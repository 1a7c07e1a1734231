import { createHmac, randomBytes } from 'node:crypto'
import { base64url, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Limits, LimitsUnavailable, localLimits, memoryReplays } from 'warder/limits'
import { StoreUnavailable } from 'warder/store'
import { fakePlatform } from 'warder/testing'
import type { OutwardFetch } from '../src/protocol/outward-fetch.ts'
import { createOutwardFetch } from '../src/protocol/outward-fetch.ts'
import { anotherServer } from './support/another-server.ts'
import {
  API,
  authorizationServer,
  basic,
  ISSUER,
  type Rig,
  type RigOptions,
} from './support/authorization-server.ts'
import { faultyStore, type Interference } from './support/faulty-store.ts'
import { foreignClient } from './support/foreign-client.ts'
import { granted, outcome } from './support/requests.ts'
import { testStore } from './support/test-store.ts'

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** A key pair, and its public half as a client registers it. */
async function keyPair(alg = 'ES256', kid = 'one') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } }
}

type KeyPair = Awaited<ReturnType<typeof keyPair>>

const own = await keyPair()
const others = await keyPair('ES256', 'two')

/** An RSA key, which could be used by several algorithms, and does not say which. */
const ambiguous = await exportJWK((await keyPair('RS256')).publicKey)

let assertions = 0

/** What a good assertion of `signer` says, but for what is changed. */
const statement = ({ platform }: Rig, changes: object = {}) => {
  const now = Math.floor(platform.now() / 1000)
  const said = { iss: 'signer', sub: 'signer', aud: ISSUER, iat: now, exp: now + 60 }
  return { ...said, jti: `assertion ${++assertions}`, ...changes }
}

/** Signs what may be no good statement at all. */
const sign = (said: object, { alg, kid, privateKey }: KeyPair = own, header: object = {}) =>
  new SignJWT({ ...said }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey)

/** A good assertion, but for what is changed. */
const assertion = (rig: Rig, changes: object = {}) => sign(statement(rig, changes))

/** Registers a client that signs. */
const register = (rig: Rig, metadata: object = {}, id = 'signer') =>
  rig.clients.add({
    id,
    resources: [API],
    metadata: {
      client_name: id,
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      ...('jwks_uri' in metadata ? {} : { jwks: { keys: [own.jwk] } }),
      ...metadata,
    },
  })

/** A server with `signer`, whose key is {@link own}, unless told otherwise. */
async function signing(options: RigOptions = {}, metadata: object = {}): Promise<Rig> {
  const rig = await authorizationServer(options)
  await register(rig, metadata)
  return rig
}

/** Asks for a token with an assertion. */
const ask = (rig: Pick<Rig, 'post'>, proof: string, form: Record<string, string> = {}) =>
  rig.post('/token', {
    grant_type: 'client_credentials',
    resource: API,
    client_assertion_type: TYPE,
    client_assertion: proof,
    ...form,
  })

/** Why the last request was refused, as the operator is told. */
const reason = ({ events }: Rig) =>
  events.findLast(({ type }) => type === 'token.refused')?.reason ?? ''

describe('RFC 7523 §2.2 Using JWTs for client authentication', () => {
  it('a client that registered its keys signs instead of sending a secret', async () => {
    const rig = await signing()
    await granted(await ask(rig, await assertion(rig)))
    const stored = await rig.store.find('clients', { id: 'signer' })
    expect(stored).toMatchObject({ secretHash: null, metadata: { jwks: { keys: [own.jwk] } } })
  })

  it.each(['/token', '/revoke', '/introspect'])('%s takes it', async (path) => {
    const rig = await signing()
    const form = { grant_type: 'client_credentials', resource: API, token: 'x' }
    const proof = await assertion(rig)
    const send = () =>
      rig.post(path, { ...form, client_assertion_type: TYPE, client_assertion: proof })
    expect((await send()).status).toBe(200)
    expect(await outcome(await send())).toBe('401 invalid_client')
  })

  it('client_id is not needed; if it is there, it is the subject', async () => {
    const rig = await signing()
    await granted(await ask(rig, await assertion(rig), { client_id: 'signer' }))
  })

  it('client_assertion and client_assertion_type go together, and the type is the one', async () => {
    const rig = await signing()
    const form = { grant_type: 'client_credentials', resource: API }
    const proof = await assertion(rig)
    const alone = { ...form, client_id: 'signer' }
    expect(await outcome(await rig.post('/token', { ...alone, client_assertion: proof }))).toBe(
      '400 invalid_request',
    )
    expect(await outcome(await rig.post('/token', { ...alone, client_assertion_type: TYPE }))).toBe(
      '400 invalid_request',
    )
    const saml = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer'
    expect(await outcome(await ask(rig, proof, { client_assertion_type: saml }))).toBe(
      '401 invalid_client',
    )
  })

  it('CA-02 an assertion and another method are refused, even if both are right', async () => {
    const rig = await signing()
    const proof = await assertion(rig)
    const form = { grant_type: 'client_credentials', client_assertion_type: TYPE }
    const both = { ...form, client_assertion: proof }
    expect(await outcome(await rig.post('/token', both, basic('signer', 'x')))).toBe(
      '400 invalid_request',
    )
    const post = { ...both, client_id: 'svc', client_secret: rig.secrets.svc }
    expect(await outcome(await rig.post('/token', post))).toBe('400 invalid_request')
    expect(await outcome(await rig.post('/token', both, { authorization: 'Bearer x' }))).toBe(
      '400 invalid_request',
    )
    await granted(await ask(rig, proof))
  })

  it('CA-05 a client that signs is not let in by its id, nor by a secret', async () => {
    const rig = await signing()
    const form = { grant_type: 'client_credentials', resource: API, client_id: 'signer' }
    expect(await outcome(await rig.post('/token', form))).toBe('401 invalid_client')
    for (const client_secret of ['x', JSON.stringify(own.jwk)]) {
      expect(await outcome(await rig.post('/token', { ...form, client_secret }))).toBe(
        '401 invalid_client',
      )
    }
    await expect(rig.clients.rotateSecret('signer')).rejects.toMatchObject({ code: 'no_secret' })
  })
})

describe('RFC 7523 §2.2 by an implementation that is not ours', () => {
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterAll(() => {
    vi.useRealTimers()
  })

  it('oauth4webapi finds in the metadata how it may sign, and is let in', async () => {
    const rig = await signing()
    vi.setSystemTime(rig.platform.now())
    const { server, options } = await foreignClient(rig)
    for (const endpoint of ['token', 'revocation', 'introspection'] as const) {
      expect(server[`${endpoint}_endpoint_auth_methods_supported`]).toContain('private_key_jwt')
      expect(server[`${endpoint}_endpoint_auth_signing_alg_values_supported`]).toEqual([
        ...['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'],
      ])
    }
    const client = { client_id: 'signer' }
    const auth = oauth.PrivateKeyJwt({ key: own.privateKey, kid: own.kid })
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      auth,
      new URLSearchParams({ resource: API }),
      options,
    )
    const given = await oauth.processClientCredentialsResponse(server, client, response)
    expect(given.access_token).toMatch(/^ey/)
  })
})

describe('RFC 7523 §3 JWT format and processing requirements', () => {
  /** What must be refused: how the good statement differs, and what the operator is told. */
  const refused: readonly (readonly [string, (rig: Rig) => object, RegExp])[] = [
    ['CA-12 iss another client', () => ({ iss: 'svc' }), /^iss "svc" instead of signer/],
    ['CA-12 iss absent', () => ({ iss: undefined }), /^iss /],
    ['CA-12 iss the server', () => ({ iss: ISSUER }), /^iss /],
    ['CA-12 iss in a list', () => ({ iss: ['signer'] }), /^iss /],
    ['CA-08 aud the token endpoint', () => ({ aud: `${ISSUER}/token` }), /^aud /],
    ['CA-08 aud another server', () => ({ aud: 'https://as2.test' }), /^aud /],
    ['CA-08 aud with a slash', () => ({ aud: `${ISSUER}/` }), /^aud /],
    ['CA-08 aud in a list', () => ({ aud: [ISSUER] }), /^aud is a list/],
    ['CA-08 aud a list of two', () => ({ aud: [ISSUER, 'https://as2.test'] }), /^aud is a list/],
    ['CA-08 aud two endpoints', () => ({ aud: [ISSUER, `${ISSUER}/token`] }), /^aud is a list/],
    ['CA-08 aud absent', () => ({ aud: undefined }), /^aud /],
    ['CA-10 exp absent', () => ({ exp: undefined }), /^exp is missing/],
    ['CA-10 exp a text', () => ({ exp: '9999999999' }), /^exp is missing/],
    ['CA-10 exp in a day', (rig) => ({ exp: statement(rig).iat + 86_400 }), /^good for 86400 s/],
    ['CA-10 exp in 301 s', (rig) => ({ exp: statement(rig).iat + 301 }), /^good for 301 s/],
    ['CA-10 exp now', (rig) => ({ exp: statement(rig).iat }), /^expired at/],
    [
      'CA-10 exp past',
      (rig) => ({ iat: statement(rig).iat - 120, exp: statement(rig).iat - 1 }),
      /^expired at/,
    ],
    ['CA-10 iat absent', () => ({ iat: undefined }), /^iat is missing/],
    ['CA-10 iat a day ago', (rig) => ({ iat: statement(rig).iat - 86_400 }), /^good for 86460 s/],
    ['CA-10 iat in 61 s', (rig) => ({ iat: statement(rig).iat + 61 }), /^issued at/],
    ['CA-10 nbf in 61 s', (rig) => ({ nbf: statement(rig).iat + 61 }), /^not before/],
    ['CA-10 nbf a text', () => ({ nbf: 'now' }), /^nbf is not a date/],
    ['CA-09 jti absent', () => ({ jti: undefined }), /^jti is missing/],
    ['CA-09 jti empty', () => ({ jti: '' }), /^jti is missing/],
    ['CA-09 jti a number', () => ({ jti: 1 }), /^jti is missing/],
  ]

  it.each(refused)('MUST be refused: %s', async (_, change, told) => {
    const rig = await signing()
    const response = await ask(rig, await assertion(rig, change(rig)))
    expect(await outcome(response)).toBe('401 invalid_client')
    expect(reason(rig)).toMatch(told)
  })

  it('CA-12 sub MUST be the client: of another one, absent, or not that of client_id', async () => {
    const rig = await signing()
    await register(rig, {}, 'signer2')
    for (const [changes, form] of [
      [{ sub: 'svc' }, {}],
      [{ sub: 'svc' }, { client_id: 'signer' }],
      [{ sub: 'signer2' }, {}],
      [{ sub: 'signer2' }, { client_id: 'signer' }],
      [{ sub: undefined }, {}],
      [{ sub: undefined }, { client_id: 'signer' }],
      [{ sub: '__proto__' }, {}],
      [{ sub: ['signer'] }, {}],
      [{ sub: 'signer\0' }, {}],
      [{ sub: '\ud800' }, {}],
      [{ sub: 'x'.repeat(10_000) }, {}],
      [{}, { client_id: 'signer2' }],
      [{}, { client_id: 'svc' }],
      [{}, { client_id: 'pub' }],
      [{}, { client_id: 'nobody' }],
    ] as const) {
      const response = await ask(rig, await assertion(rig, changes), form)
      expect(await outcome(response), JSON.stringify([changes, form])).toBe('401 invalid_client')
    }
  })

  it.each<[string, (rig: Rig) => object]>([
    ['iat 8 s ahead', (rig) => ({ iat: statement(rig).iat + 8, exp: statement(rig).iat + 68 })],
    ['nbf 60 s ahead', (rig) => ({ nbf: statement(rig).iat + 60 })],
    ['a life of 300 s', (rig) => ({ exp: statement(rig).iat + 300 })],
    ['the last second', (rig) => ({ iat: statement(rig).iat - 299, exp: statement(rig).iat + 1 })],
  ])('CA-10 what clocks that differ a little make of it is accepted: %s', async (_, change) => {
    const rig = await signing()
    await granted(await ask(rig, await assertion(rig, change(rig))))
  })

  it.each<[string, (rig: Rig) => Promise<string>]>([
    ['alg none', async (rig) => unsigned(statement(rig), { alg: 'none' }, '')],
    [
      'alg none, with a signature',
      async (rig) => unsigned(statement(rig), { alg: 'none' }, 'AAAA'),
    ],
    [
      'HS256 with the public key as PEM',
      async (rig) => hmac(statement(rig), await exportSPKI(own.publicKey)),
    ],
    ['HS256 with the public JWK', async (rig) => hmac(statement(rig), JSON.stringify(own.jwk))],
    ['HS256 with the client id', async (rig) => hmac(statement(rig), 'signer')],
    ['HS256 with nothing', async (rig) => hmac(statement(rig), '')],
    ["another client's key under its id", (rig) => sign(statement(rig), others)],
    ["another client's key under ours", (rig) => sign(statement(rig), { ...others, kid: 'one' })],
    [
      'a key in the header',
      (rig) => sign(statement(rig), { ...others, kid: 'one' }, { jwk: others.jwk }),
    ],
    [
      'a key at an address in the header',
      (rig) => sign(statement(rig), others, { jku: 'https://evil.test/jwks' }),
    ],
    ['an algorithm that the key is not for', async (rig) => relabelled(rig, 'ES384')],
    ['an algorithm that is not allowed', async (rig) => relabelled(rig, 'RS512')],
    ['crit', (rig) => sign(statement(rig), own, { crit: ['b64'], b64: true })],
    ['typ of an access token', (rig) => sign(statement(rig), own, { typ: 'at+jwt' })],
    ['typ of a DPoP proof', (rig) => sign(statement(rig), own, { typ: 'dpop+jwt' })],
    ['no JWT at all', async () => 'nonsense'],
    ['three dots', async () => '...'],
    ['60 kB', async () => 'x'.repeat(60_000)],
    ['a signature that is cut off', async (rig) => (await assertion(rig)).slice(0, -4)],
    ['a space after it', async (rig) => `${await assertion(rig)} `],
  ])('CA-11 MUST be refused: %s', async (_, make) => {
    const rig = await signing()
    const proof = await make(rig)
    expect(await outcome(await ask(rig, proof, { client_id: 'signer' }))).toBe('401 invalid_client')
    expect(rig.fetched).toEqual([])
    expect(JSON.stringify(rig.events)).not.toContain(proof)
  })

  it('typ may be absent, JWT, or what the draft wants', async () => {
    const rig = await signing()
    for (const typ of ['JWT', 'jwt', 'client-authentication+jwt', 'application/jwt']) {
      await granted(await ask(rig, await sign(statement(rig), own, { typ })))
    }
  })

  it('CA-11 CA-18 the registered algorithm holds, whatever the header says', async () => {
    const rsa = await keyPair('RS256')
    const { alg: _, ...jwk } = rsa.jwk
    const metadata = { jwks: { keys: [jwk] }, token_endpoint_auth_signing_alg: 'PS256' }
    const rig = await signing({}, metadata)
    expect(await outcome(await ask(rig, await sign(statement(rig), rsa)))).toBe(
      '401 invalid_client',
    )
    expect(reason(rig)).toContain('alg "RS256" is not allowed')
  })

  it.each(['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'])('%s signs', async (alg) => {
    const pair = await keyPair(alg)
    const rig = await signing({}, { jwks: { keys: [pair.jwk] } })
    await granted(await ask(rig, await sign(statement(rig), pair)))
    expect(await outcome(await ask(rig, await assertion(rig)))).toBe('401 invalid_client')
  })

  it('the answer is the same whatever is wrong, and names no reason', async () => {
    const rig = await signing()
    const answers = new Set<string>()
    for (const proof of [
      await assertion(rig, { aud: 'https://as2.test' }),
      await assertion(rig, { iss: 'nobody', sub: 'nobody' }),
      await sign(statement(rig), others),
      'nonsense',
    ]) {
      const response = await ask(rig, proof)
      const { correlation_id: _, ...body } = await response.json()
      answers.add(JSON.stringify([response.status, body, [...response.headers]]))
    }
    expect(answers.size).toBe(1)
  })

  function unsigned(said: object, header: object, signature: string): string {
    const encode = (value: object) => base64url.encode(JSON.stringify(value))
    return `${encode({ kid: 'one', ...header })}.${encode(said)}.${signature}`
  }

  function hmac(said: object, key: string): string {
    const input = unsigned(said, { alg: 'HS256' }, '').slice(0, -1)
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
  }

  /** A good signature under the name of another algorithm. */
  async function relabelled(rig: Rig, alg: string): Promise<string> {
    const [, payload, signature] = (await assertion(rig)).split('.')
    return `${base64url.encode(JSON.stringify({ alg, kid: 'one' }))}.${payload}.${signature}`
  }
})

describe('RFC 7523 §3 MUST NOT be used twice', () => {
  const count = (answers: readonly Response[], status: number) =>
    answers.filter((answer) => answer.status === status).length

  it('CA-09 one after the other, and under the name of another client', async () => {
    const rig = await signing()
    await register(rig, {}, 'signer2')
    const proof = await assertion(rig, { jti: 'the same' })
    await granted(await ask(rig, proof))
    expect(await outcome(await ask(rig, proof))).toBe('401 invalid_client')
    expect(reason(rig)).toBe('the assertion "the same" was presented before')
    expect(await outcome(await ask(rig, await assertion(rig, { jti: 'the same' })))).toBe(
      '401 invalid_client',
    )
    // Two clients may well call theirs alike.
    const namesake = { iss: 'signer2', sub: 'signer2', jti: 'the same' }
    await granted(await ask(rig, await assertion(rig, namesake)))
  })

  it('CA-09 FT-10 a hundred at once at two servers on one store: one is accepted; after a restart none', async () => {
    for (let round = 0; round < 5; round++) {
      const rig = await signing()
      const other = await anotherServer(rig)
      const proof = await assertion(rig)
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, i) => ask(i % 2 === 0 ? rig : other, proof)),
      )
      expect([count(answers, 200), count(answers, 401)]).toEqual([1, 99])
      rig.platform.advance(30_000)
      await rig.store.sweep(rig.platform.now(), 1_000)
      const restarted = await anotherServer(rig)
      expect(await outcome(await ask(restarted, proof))).toBe('401 invalid_client')
      await granted(await ask(restarted, await assertion(rig)))
    }
  })

  it('CA-09 not when its end has come and what was remembered is swept, on whatever clock', async () => {
    const rig = await signing()
    const proof = await assertion(rig, { exp: statement(rig).iat + 300 })
    await granted(await ask(rig, proof))
    for (let seconds = 0; seconds < 500; seconds += 20) {
      rig.platform.advance(20_000)
      await rig.store.sweep(rig.platform.now(), 1_000)
      expect(await outcome(await ask(rig, proof)), `${seconds}`).toBe('401 invalid_client')
    }
  })

  it('what is refused uses nothing up, and what is not the client’s is not remembered', async () => {
    const rig = await signing()
    const jti = 'once'
    await ask(rig, await assertion(rig, { jti, aud: 'https://as2.test' }))
    await ask(rig, await sign(statement(rig, { jti }), { ...others, kid: 'one' }))
    expect(await rig.store.list('replays', {}, { limit: 10 })).toEqual([])
    await granted(await ask(rig, await assertion(rig, { jti })))
  })

  it('FT-14 a process that lost what it knew refuses what it may have known', async () => {
    const platform = fakePlatform()
    const store = await testStore()
    const limits = (): Limits => ({
      ...localLimits({ store, platform }),
      replays: memoryReplays({ platform, knowsSince: platform.now() - 61_000 }),
    })
    const rig = await signing({ platform, store, limits: limits() })
    const proof = await assertion(rig)
    await granted(await ask(rig, proof))
    platform.advance(10_000)
    const restarted = await anotherServer(rig, {
      limits: { ...limits(), replays: memoryReplays({ platform }) },
    })
    expect(await outcome(await ask(restarted, proof))).toBe('401 invalid_client')
  })

  it('INV-5 is refused with 503 while nobody can know whether it is new', async () => {
    const platform = fakePlatform()
    const store = await testStore()
    const claim = () => Promise.reject(new LimitsUnavailable({ detail: 'away' }))
    const limits = { ...localLimits({ store, platform }), replays: { claim } }
    const rig = await signing({ platform, store, limits })
    const answer = await ask(rig, await assertion(rig))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
  })

  it('INV-5 and so while the store is away, and not used up by it', async () => {
    const rig = await signing()
    const between: Interference = {
      write: () => Promise.reject(new StoreUnavailable()),
    }
    const other = await anotherServer(rig, { store: faultyStore(rig.store, between) })
    const proof = await assertion(rig)
    expect((await ask(other, proof)).status).toBe(503)
    delete between.write
    await granted(await ask(other, proof))
  })
})

describe('RFC 7591 §2 The keys of a client', () => {
  const JWKS = 'https://client.test/jwks.json'

  /** The host of a key set, whose answer the test sets. */
  function keyHost(keys: readonly JWK[]) {
    const host = {
      keys,
      answer: undefined as Awaited<ReturnType<OutwardFetch>> | undefined,
      asked: 0,
      fetch: async () => {
        host.asked += 1
        if (host.answer !== undefined) return host.answer
        const body = JSON.stringify({ keys: host.keys })
        return { status: 200, headers: new Headers(), body }
      },
    }
    return host
  }

  it('at an address are fetched when they are needed, and not again for minutes', async () => {
    const host = keyHost([own.jwk])
    const rig = await signing({ outwardFetch: host.fetch }, { jwks_uri: JWKS })
    expect(rig.fetched).toEqual([])
    for (let i = 0; i < 5; i++) await granted(await ask(rig, await assertion(rig)))
    expect(rig.fetched).toEqual([JWKS])
    rig.platform.advance(301_000)
    await granted(await ask(rig, await assertion(rig)))
    expect(rig.fetched).toEqual([JWKS, JWKS])
  })

  it('are found again when the client changes them, at one look in half a minute', async () => {
    const host = keyHost([own.jwk])
    const rig = await signing({ outwardFetch: host.fetch }, { jwks_uri: JWKS })
    await granted(await ask(rig, await assertion(rig)))
    const next = await keyPair('ES256', 'next')
    host.keys = [next.jwk]
    for (let i = 0; i < 20; i++) {
      expect((await ask(rig, await sign(statement(rig), next))).status).toBe(401)
    }
    expect(host.asked).toBe(1)
    rig.platform.advance(31_000)
    await granted(await ask(rig, await sign(statement(rig), next)))
    expect(await outcome(await ask(rig, await assertion(rig)))).toBe('401 invalid_client')
    expect(host.asked).toBe(2)
  })

  it('serve for an hour while their host is away, and are not taken from it in that time', async () => {
    const host = keyHost([own.jwk])
    const rig = await signing({ outwardFetch: host.fetch }, { jwks_uri: JWKS })
    await granted(await ask(rig, await assertion(rig)))
    host.answer = { status: 500, headers: new Headers(), body: '' }
    rig.platform.advance(3_500_000)
    await granted(await ask(rig, await assertion(rig)))
    rig.platform.advance(200_000)
    expect(await outcome(await ask(rig, await assertion(rig)))).toBe('401 invalid_client')
  })

  it('one fetch serves all who wait', async () => {
    const host = keyHost([own.jwk])
    const rig = await signing({ outwardFetch: host.fetch }, { jwks_uri: JWKS })
    const proofs = await Promise.all(Array.from({ length: 20 }, () => assertion(rig)))
    const answers = await Promise.all(proofs.map((proof) => ask(rig, proof)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(host.asked).toBe(1)
  })

  it.each<[string, Partial<Awaited<ReturnType<OutwardFetch>>>]>([
    [
      'a redirect to an inner address',
      { status: 302, headers: new Headers({ location: 'http://169.254.169.254/' }) },
    ],
    ['an error', { status: 404 }],
    ['no JSON', { body: 'nonsense' }],
    ['two members of one name', { body: '{"keys":[],"keys":[]}' }],
    ['no set', { body: '[]' }],
    ['no key', { body: '{"keys":[]}' }],
    ['a shared key', { body: '{"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}]}' }],
  ])('CA-14 their host answers with %s: refused, as everything else is', async (_, answer) => {
    const host = keyHost([])
    host.answer = { status: 200, headers: new Headers(), body: '', ...answer }
    const rig = await signing({ outwardFetch: host.fetch }, { jwks_uri: JWKS })
    expect(await outcome(await ask(rig, await assertion(rig)))).toBe('401 invalid_client')
    expect(host.asked).toBe(1)
  })

  it.each([
    ['https://127.0.0.1/jwks', []],
    ['https://169.254.169.254/latest/meta-data/', []],
    ['https://[::1]/jwks', []],
    ['http://127.0.0.1/jwks', []],
    ['https://inner.test/jwks', ['10.0.0.1']],
    ['https://mixed.test/jwks', ['93.184.216.34', '192.168.0.1']],
    ['https://client.test:8443/jwks', ['93.184.216.34']],
  ])('CA-14 %s is not reached', async (uri, addresses) => {
    let connections = 0
    const outwardFetch = createOutwardFetch({
      resolve: async () => addresses,
      connector: () => (_, callback) => {
        connections += 1
        callback(new Error('Nobody is to come here.'), null)
      },
    })
    const rig = await signing({ outwardFetch }, { jwks_uri: uri })
    expect(await outcome(await ask(rig, await assertion(rig)))).toBe('401 invalid_client')
    expect(connections).toBe(0)
    expect(reason(rig)).toMatch(/^no keys: /)
  })

  it('CA-14 nothing is fetched for a client that does not sign, nor for one that is unknown', async () => {
    const rig = await signing()
    await ask(rig, await assertion(rig, { iss: 'svc', sub: 'svc' }))
    await ask(rig, await assertion(rig, { iss: 'nobody', sub: 'nobody' }))
    const stranger = 'https://stranger.test/client.json'
    await ask(rig, await assertion(rig, { iss: stranger, sub: stranger }))
    expect(rig.fetched).toEqual([])
  })

  it('a private key that is published verifies nothing, and is told of', async () => {
    const host = keyHost([await exportJWK(own.privateKey)])
    const rig = await signing({ outwardFetch: host.fetch }, { jwks_uri: JWKS })
    expect(await outcome(await ask(rig, await assertion(rig)))).toBe('401 invalid_client')
    expect(rig.events).toContainEqual(
      expect.objectContaining({ type: 'key.exposed', clientId: 'signer' }),
    )
  })

  it.each<[string, object]>([
    ['CA-15 a shared key', { jwks: { keys: [{ kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qz' }] } }],
    ['CA-15 a private key', { jwks: { keys: [{ ...own.jwk, d: 'x' }] } }],
    [
      'CA-15 one private key among good ones',
      { jwks: { keys: [own.jwk, { ...others.jwk, d: 'x' }] } },
    ],
    ['no key', { jwks: { keys: [] } }],
    ['no set', { jwks: [own.jwk] }],
    ['a set that is null', { jwks: null }],
    ['a key for encryption', { jwks: { keys: [{ ...own.jwk, use: 'enc' }] } }],
    ['a point off the curve', { jwks: { keys: [{ ...own.jwk, x: own.jwk.y }] } }],
    ['an RSA key that does not say what for', { jwks: { keys: [ambiguous] } }],
    ['another algorithm than the key’s', { token_endpoint_auth_signing_alg: 'RS256' }],
    ['an algorithm that is not allowed', { token_endpoint_auth_signing_alg: 'HS256' }],
    ['both', { jwks_uri: JWKS, jwks: { keys: [own.jwk] } }],
    ['an address in the clear', { jwks_uri: 'http://client.test/jwks' }],
    ['an address with a user', { jwks_uri: 'https://a:b@client.test/jwks' }],
    ['an address that is none', { jwks_uri: 'client.test/jwks' }],
  ])('are refused when they are registered: %s', async (_, metadata) => {
    const rig = await authorizationServer()
    await expect(register(rig, metadata)).rejects.toMatchObject({ code: 'invalid_client_metadata' })
    expect(await rig.clients.find('signer')).toBeUndefined()
  })

  it('must be there', async () => {
    const rig = await authorizationServer()
    const metadata = {
      client_name: 'x',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
    }
    await expect(rig.clients.add({ resources: null, metadata })).rejects.toMatchObject({
      code: 'invalid_client_metadata',
    })
  })

  it('an RSA key whose algorithm is registered beside it will do', async () => {
    const jwks = { keys: [ambiguous] }
    const rig = await signing({}, { jwks, token_endpoint_auth_signing_alg: 'PS256' })
    expect((await rig.clients.find('signer'))?.metadata.token_endpoint_auth_signing_alg).toBe(
      'PS256',
    )
  })

  it('are given up with the client: registered again with others, the old ones verify nothing', async () => {
    const rig = await signing()
    await granted(await ask(rig, await assertion(rig)))
    await rig.clients.remove('signer')
    await register(rig, { jwks: { keys: [others.jwk] } })
    expect(await outcome(await ask(rig, await assertion(rig)))).toBe('401 invalid_client')
    await granted(await ask(rig, await sign(statement(rig), others)))
  })

  it('a long jti does no harm: it is kept as a digest', async () => {
    const rig = await signing()
    const jti = randomBytes(500).toString('base64url')
    await granted(await ask(rig, await assertion(rig, { jti })))
    const kept = JSON.stringify(await rig.store.list('replays', {}, { limit: 10 }))
    expect(kept).not.toContain(jti)
    expect(kept.length).toBeLessThan(200)
  })
})
