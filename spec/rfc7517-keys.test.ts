import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeProtectedHeader,
  type JWK,
  jwtVerify,
} from 'jose'
import * as oauth from 'oauth4webapi'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { signingAlgorithms } from 'warder/server'
import { update } from 'warder/store'
import { anotherServer } from './support/another-server.ts'
import {
  authorizationServer,
  ISSUER,
  MCP,
  type Rig,
  tokens,
} from './support/authorization-server.ts'
import { keyRig, servedIds } from './support/key-rig.ts'

const JWKS = `${ISSUER}/.well-known/jwks.json`

const get = (rig: Rig, url: string, headers: Record<string, string> = {}) =>
  rig.server.fetch(new Request(url, { headers }))

const keySet = async (rig: Rig): Promise<{ readonly keys: readonly JWK[] }> =>
  (await get(rig, JWKS)).json()

const settingsFor = (alg: string) => ({ signing: { alg } })

describe('RFC 7517 §4 A key', () => {
  it.each([
    ['ES256', ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
    ['RS256', ['alg', 'e', 'kid', 'kty', 'n', 'use']],
    ['EdDSA', ['alg', 'crv', 'kid', 'kty', 'use', 'x']],
  ])('for %s has its public members, and no other', async (alg, members) => {
    const rig = await authorizationServer({ settings: settingsFor(alg) })
    const [key = {}, ...others] = (await keySet(rig)).keys
    expect(others).toEqual([])
    expect(Object.keys(key).sort()).toEqual(members)
    expect(key).toMatchObject({ alg, use: 'sig' })
  })

  it('§4.5 kid is the thumbprint of the key (RFC 7638), and so its own', async () => {
    const rig = await authorizationServer()
    const [key = {}] = (await keySet(rig)).keys
    expect(key.kid).toBe(await calculateJwkThumbprint(key))
  })

  it.each([2048, 3072])('for RS256 is as long as was set: %i bits', async (rsaBits) => {
    const rig = await authorizationServer({ settings: { signing: { alg: 'RS256', rsaBits } } })
    const [{ n = '' } = {}] = (await keySet(rig)).keys
    expect(Buffer.from(n, 'base64url').length * 8).toBe(rsaBits)
  })
})

describe('RFC 7517 §5 The set', () => {
  it('begins with the key that signs', async () => {
    const rig = await keyRig()
    const [before] = servedIds(rig.first)
    const next = await rig.first.administration.rotate()
    expect(servedIds(rig.first)).toEqual([before, next.kid])
    await rig.pass(720)
    expect(servedIds(rig.first)).toEqual([next.kid, before])
    expect(rig.first.keys.signer().kid).toBe(next.kid)
  })

  it('is one object until it changes, so that it is written once', async () => {
    const { first, pass } = await keyRig()
    const before = first.keys.jwks()
    await pass(3600)
    expect(first.keys.jwks()).toBe(before)
    await first.administration.rotate()
    expect(first.keys.jwks()).not.toBe(before)
  })

  it('may be kept for as long as is set, and is told apart from the one before', async () => {
    const rig = await authorizationServer({ settings: { signing: { jwksMaxAge: 77 } } })
    const first = await get(rig, JWKS)
    expect(first.headers.get('cache-control')).toBe('public, max-age=77')
    const etag = first.headers.get('etag') ?? ''
    expect((await get(rig, JWKS, { 'if-none-match': etag })).status).toBe(304)
    const [row] = await rig.store.list('signingKeys', {}, { limit: 10 })
    await rig.store.write([update('signingKeys', { id: row?.id ?? '' }, { retiredAt: 1 })])
    await rig.keys.read()
    expect((await get(rig, JWKS, { 'if-none-match': etag })).status).toBe(200)
  })
})

describe('RFC 7518 §3 Signatures that others verify', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each(signingAlgorithms)('%s: jose', async (alg) => {
    const rig = await authorizationServer({ settings: settingsFor(alg) })
    const { access_token, id_token = '' } = await tokens(rig, { scope: 'openid notes:read' })
    const { keys } = await keySet(rig)
    const options = { algorithms: [alg], currentDate: new Date(rig.platform.now()), issuer: ISSUER }
    for (const [token, audience] of [
      [access_token, MCP],
      [id_token, 'pub'],
    ] as const) {
      const set = createLocalJWKSet({ keys: [...keys] })
      const { protectedHeader } = await jwtVerify(token, set, { ...options, audience })
      expect(protectedHeader).toMatchObject({ alg, kid: keys[0]?.kid })
    }
  })

  it.each(signingAlgorithms)('%s: oauth4webapi', async (alg) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const rig = await authorizationServer({ settings: settingsFor(alg) })
    vi.setSystemTime(rig.platform.now())
    const { access_token } = await tokens(rig)
    const request = new Request(MCP, { headers: { authorization: `Bearer ${access_token}` } })
    const server = { issuer: ISSUER, jwks_uri: JWKS }
    const claims = await oauth.validateJwtAccessToken(server, request, MCP, {
      [oauth.customFetch]: (url: string) => get(rig, url),
      signingAlgorithms: [alg],
    })
    expect(claims).toMatchObject({ client_id: 'pub' })
  })
})

describe('OpenID Connect Core §10.1.1 Rotation of asymmetric signing keys', () => {
  it('the first key signs at once: nobody has a copy of the set', async () => {
    const { first, said } = await keyRig()
    const [key, ...others] = await first.administration.list()
    expect(others).toEqual([])
    expect(key).toMatchObject({ kid: first.keys.signer().kid, state: 'current' })
    expect(said()).toEqual(['key.created', 'key.activated'])
  })

  it.each([
    [60, 720],
    [300, 720],
    [3_600, 7_320],
  ])(
    'a set kept for %i s: the next key is published for %i s before it signs',
    async (jwksMaxAge, lead) => {
      const { first, pass } = await keyRig({ settings: { signing: { jwksMaxAge } } })
      const { kid } = await first.administration.rotate()
      await pass(lead - 1)
      expect(servedIds(first)).toContain(kid)
      expect(first.keys.signer().kid).not.toBe(kid)
      await pass(1)
      expect(first.keys.signer().kid).toBe(kid)
    },
  )

  it('happens by itself, after ninety days unless told', async () => {
    const { first, pass, said } = await keyRig()
    const [old] = servedIds(first)
    const days = 86_400
    await pass(90 * days - 721)
    expect(servedIds(first)).toEqual([old])
    await pass(1)
    expect(servedIds(first)).toHaveLength(2)
    expect(first.keys.signer().kid).toBe(old)
    await pass(720)
    expect(first.keys.signer().kid).not.toBe(old)
    await pass(86_400)
    expect(servedIds(first)).toEqual([first.keys.signer().kid])
    expect(said()).toEqual([
      ...['key.created', 'key.activated'],
      ...['key.created', 'key.activated', 'key.removed'],
    ])
  })

  it('a key is kept until what it signed is over, and then deleted', async () => {
    const settings = { ttl: { accessToken: 1_800 } }
    const { first, pass, store } = await keyRig({ settings })
    const [old = ''] = servedIds(first)
    await first.administration.rotate()
    // Ten minutes more, for guards whose clocks are behind.
    await pass(720 + 1_800 + 599)
    expect(servedIds(first)).toContain(old)
    await pass(1)
    expect(servedIds(first)).not.toContain(old)
    expect(await store.find('signingKeys', { id: old })).toBeUndefined()
  })

  it('a shorter life of tokens does not shorten what was promised, a longer one is kept to', async () => {
    const rig = await keyRig({ settings: { ttl: { accessToken: 3_600 } } })
    const [old] = servedIds(rig.first)
    const shorter = await rig.join({ settings: { ttl: { accessToken: 60 } } })
    await shorter.administration.rotate()
    await rig.pass(720 + 3_600 + 599)
    expect(servedIds(shorter)).toContain(old)
    const [, previous] = await shorter.administration.list()
    await rig.join({ settings: { ttl: { accessToken: 7_200 } } })
    const [, prolonged] = await shorter.administration.list()
    expect(prolonged?.kid).toBe(previous?.kid)
    expect((prolonged?.publishedUntil ?? 0) - (previous?.publishedUntil ?? 0)).toBe(3_600_000)
  })

  it('a server that was away for a year rotates when it is back', async () => {
    const rig = await keyRig()
    const [old] = servedIds(rig.first)
    rig.first.platform.advance(31_536_000_000)
    await rig.pass(0)
    expect(rig.first.keys.signer().kid).toBe(old)
    expect(servedIds(rig.first)).toHaveLength(2)
  })
})

describe('An administrator', () => {
  const SETTLING = 15

  it('has a next key made once, and is told which it is', async () => {
    const { first } = await keyRig()
    const next = await first.administration.rotate()
    const again = first.administration.rotate()
    await expect(again).rejects.toMatchObject({
      code: 'next_key_exists',
      message: expect.stringContaining(next.kid),
    })
  })

  it('in a hurry has it sign when every process has read it', async () => {
    const rig = await keyRig({ ahead: [0, 0] })
    const { kid } = await rig.first.administration.rotate({ now: true })
    for (let second = 0; second < SETTLING; second += 5) {
      for (const { keys } of rig.processes) expect(keys.signer().kid).not.toBe(kid)
      await rig.pass(5)
    }
    for (const { keys } of rig.processes) expect(keys.signer().kid).toBe(kid)
  })

  it('in a hurry brings the key that waits forward, and never puts it off', async () => {
    const { first, pass, said } = await keyRig()
    const { kid, signsFrom } = await first.administration.rotate()
    const hastened = await first.administration.rotate({ now: true })
    expect(hastened.kid).toBe(kid)
    expect(hastened.signsFrom).toBe(signsFrom - (720 - SETTLING) * 1000)
    await pass(10)
    expect(await first.administration.rotate({ now: true })).toEqual(hastened)
    await pass(5)
    expect(first.keys.signer().kid).toBe(kid)
    expect(said().slice(2)).toEqual([
      ...['key.created', 'key.hastened', 'key.hastened', 'key.activated'],
    ])
  })

  it('sees what each key is, and its times, planned or decided', async () => {
    const { first, pass } = await keyRig()
    const days = 86_400_000
    const began = first.platform.now()
    const [only] = await first.administration.list()
    expect(only).toEqual({
      kid: first.keys.signer().kid,
      alg: 'ES256',
      state: 'current',
      createdAt: began,
      signsFrom: began,
      signsUntil: began + 90 * days,
      publishedUntil: began + 90 * days + 1_500_000,
      retiredAt: null,
    })
    const second = await first.administration.rotate()
    await pass(720)
    const third = await first.administration.rotate()
    const now = first.platform.now()
    await first.administration.retire(third.kid)
    const states = (await first.administration.list()).map(({ kid, state }) => [kid, state])
    expect(states).toEqual([
      [third.kid, 'retired'],
      [second.kid, 'current'],
      [only?.kid, 'previous'],
    ])
    const [retired, , previous] = await first.administration.list()
    expect(retired).toMatchObject({ retiredAt: now, signsUntil: now, publishedUntil: now })
    expect(previous).toMatchObject({ signsUntil: now, publishedUntil: now + 1_500_000 })
  })
})

describe('OpenID Connect Discovery §3 id_token_signing_alg_values_supported', () => {
  const supported = async (rig: Rig) =>
    (await (await get(rig, `${ISSUER}/.well-known/openid-configuration`)).json())
      .id_token_signing_alg_values_supported

  it.each(signingAlgorithms)('is what is signed with: %s', async (alg) => {
    expect(await supported(await authorizationServer({ settings: settingsFor(alg) }))).toEqual([
      alg,
    ])
  })

  it('another algorithm comes as a rotation, and is announced before it is used', async () => {
    const old = await authorizationServer()
    const rig = await anotherServer(old, { settings: settingsFor('EdDSA') })
    const algorithm = async () => {
      const { id_token = '' } = await tokens(rig, { scope: 'openid notes:read' })
      return decodeProtectedHeader(id_token).alg
    }
    const { access_token } = await tokens(rig)
    await rig.keys.follow()
    expect(await supported(rig)).toEqual(['ES256', 'EdDSA'])
    expect(await algorithm()).toBe('ES256')
    rig.platform.advance(720_000)
    expect(await algorithm()).toBe('EdDSA')
    await rig.keys.follow()
    expect((await rig.post('/revoke', { client_id: 'pub', token: access_token })).status).toBe(200)
    expect(rig.events.map(({ type }) => type)).toContain('token.revoked')
    rig.platform.advance(1_500_000)
    expect(await supported(rig)).toEqual(['EdDSA'])
  })
})
