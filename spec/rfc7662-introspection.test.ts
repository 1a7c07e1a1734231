import { createHmac } from 'node:crypto'
import { base64url, exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import { describe, expect, it } from 'vitest'
import { keyAdministration, serverSettings } from 'warder/server'
import { StoreUnavailable } from 'warder/store'
import { anotherServer } from './support/another-server.ts'
import {
  API,
  authorizationCode,
  authorizationServer,
  basic,
  claims,
  ISSUER,
  MCP,
  type Rig,
  type RigOptions,
  redeem,
  refresh,
  tokens,
  VERIFIER,
} from './support/authorization-server.ts'
import { faultyStore, type Interference } from './support/faulty-store.ts'
import { foreignClient } from './support/foreign-client.ts'
import { counts, granted, outcome, request } from './support/requests.ts'

/** Registers a resource server: no grants, and the resources that it stands for. */
async function resourceServer(rig: Rig, id: string, resources: readonly string[]) {
  const { secret } = await rig.clients.add({
    id,
    resources,
    metadata: {
      client_name: id,
      grant_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  })
  return basic(id, secret?.reveal('testing') ?? '')
}

/** A server, and the resource server of {@link MCP} with its credentials. */
async function introspection(options: RigOptions = {}) {
  const rig = await authorizationServer(options)
  const notes = await resourceServer(rig, 'notes', [MCP])
  const ask = (token: string, form: Record<string, string> = {}, headers = notes) =>
    rig.post('/introspect', { token, ...form }, headers)
  return { rig, notes, ask }
}

/** What a good answer says. */
async function said(response: Response): Promise<Record<string, unknown>> {
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
  return response.json()
}

const INACTIVE = { active: false }

/** The tokens of a sign-in for `web`, which can prove who it is. */
async function webTokens(rig: Rig) {
  const redirect_uri = 'https://web.test/cb'
  const code = await authorizationCode(rig, { client_id: 'web', redirect_uri })
  const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: VERIFIER }
  const given = await granted(await rig.post('/token', form, basic('web', rig.secrets.web)))
  return { ...given, refresh_token: given.refresh_token ?? '' }
}

describe('RFC 7662 §2.1 Introspection request', () => {
  it('token is REQUIRED', async () => {
    const { rig, notes, ask } = await introspection()
    expect(await outcome(await rig.post('/introspect', {}, notes))).toBe('400 invalid_request')
    expect(await outcome(await ask(''))).toBe('400 invalid_request')
  })

  it('the request is a POST of a form, and nothing in the URL counts', async () => {
    const { rig, notes } = await introspection()
    const { access_token } = await tokens(rig)
    for (const method of ['GET', 'PUT', 'OPTIONS']) {
      const response = await request(rig, `/introspect?token=${access_token}`, {
        method,
        headers: notes,
      })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    }
    expect(await outcome(await rig.post(`/introspect?token=${access_token}`, {}, notes))).toBe(
      '400 invalid_request',
    )
  })

  it('token_type_hint may be wrong or unknown: the token is found all the same', async () => {
    const { rig, ask } = await introspection()
    const { access_token } = await tokens(rig)
    for (const token_type_hint of ['access_token', 'refresh_token', 'nonsense']) {
      expect((await said(await ask(access_token, { token_type_hint }))).active).toBe(true)
    }
    const web = basic('web', rig.secrets.web)
    const { refresh_token } = await webTokens(rig)
    for (const token_type_hint of ['access_token', 'refresh_token', 'nonsense']) {
      expect((await said(await ask(refresh_token, { token_type_hint }, web))).active).toBe(true)
    }
  })

  it('MUST require authorization: IN-01 without any, with a user’s access token, as a public client', async () => {
    const { rig } = await introspection()
    const { access_token: token } = await tokens(rig)
    const bearer = { authorization: `Bearer ${token}` }
    for (const [form, headers] of [
      [{ token }, {}],
      [{ token }, bearer],
      [{ token, client_id: 'pub' }, {}],
      [{ token, client_id: 'notes' }, {}],
      [{ token }, basic('notes', 'a guess')],
      [{ token }, basic('nobody', 'a guess')],
    ] as const) {
      expect(await outcome(await rig.post('/introspect', form, headers))).toBe('401 invalid_client')
    }
  })

  it('is not for pages of other origins, which have no secret', async () => {
    const { ask } = await introspection()
    const answer = await ask('x')
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('has a limit of its own, which an API that asks at each request does not reach', async () => {
    const { rig, ask } = await introspection({ settings: { limits: { token: 5, introspect: 20 } } })
    const { access_token } = await tokens(rig)
    for (let i = 0; i < 20; i++) expect((await ask(access_token)).status).toBe(200)
    const refused = await ask(access_token)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3'])
  })

  it('is offered to an implementation that is not ours, and answers it', async () => {
    const { rig, notes } = await introspection()
    const { access_token } = await tokens(rig)
    const { server, options } = await foreignClient(rig)
    const client = { client_id: 'notes' }
    const auth: oauth.ClientAuth = (_as, _client, _body, headers) =>
      headers.set('authorization', notes.authorization)
    const response = await oauth.introspectionRequest(server, client, auth, access_token, options)
    expect(await oauth.processIntrospectionResponse(server, client, response)).toMatchObject({
      active: true,
      aud: MCP,
    })
  })
})

describe('RFC 7662 §2.2 Introspection response', () => {
  it('says what an active access token says', async () => {
    const { rig, ask } = await introspection()
    const { access_token } = await tokens(rig, { scope: 'notes:read notes:write' })
    const { jti, sub, sid, cid, iat, exp, auth_time } = claims(access_token)
    expect(await said(await ask(access_token))).toEqual({
      active: true,
      token_type: 'Bearer',
      scope: 'notes:read notes:write',
      client_id: 'pub',
      iss: ISSUER,
      aud: MCP,
      ...{ jti, sub, sid, cid, iat, exp, auth_time },
    })
    expect([typeof sub, typeof exp]).toEqual(['string', 'number'])
  })

  it('says so of a token that a client got for itself', async () => {
    const { rig, ask } = await introspection()
    const form = { grant_type: 'client_credentials', client_id: 'svc', resource: MCP }
    const own = await granted(await rig.post('/token', { ...form, client_secret: rig.secrets.svc }))
    expect(await said(await ask(own.access_token))).toMatchObject({
      active: true,
      sub: 'client:svc',
    })
    await rig.clients.remove('svc')
    expect(await said(await ask(own.access_token))).toEqual(INACTIVE)
  })

  it('is the same in the second answer, which costs less, and in another process', async () => {
    const { rig, notes, ask } = await introspection()
    const { access_token } = await tokens(rig)
    const first = await said(await ask(access_token))
    const other = await anotherServer(rig)
    expect(await said(await ask(access_token))).toEqual(first)
    expect(await said(await other.post('/introspect', { token: access_token }, notes))).toEqual(
      first,
    )
  })

  it.each<[string, (rig: Rig) => string | Promise<string>]>([
    ['nothing that was ever issued', () => 'nonsense'],
    ['three dots', () => '..'],
    ['a text of 60 kB', () => 'x'.repeat(60_000)],
    ['what is no ASCII', () => 'ü\u202e😀'],
    ['a client secret', (rig) => rig.secrets.web],
    ['an authorization code', (rig) => authorizationCode(rig)],
    ['an ID token', async (rig) => (await tokens(rig, { scope: 'openid' })).id_token ?? ''],
    ['a refresh token of somebody else', async (rig) => (await tokens(rig)).refresh_token],
    ['an access token with a letter more', async (rig) => `${(await tokens(rig)).access_token}A`],
    ['one with a space', async (rig) => ` ${(await tokens(rig)).access_token}`],
    ['one of another spelling', async (rig) => (await tokens(rig)).access_token.replace(/.$/, '_')],
  ])('SHOULD NOT say more than that it is not active: %s', async (_, make) => {
    const { rig, ask } = await introspection()
    expect(await said(await ask(await make(rig)))).toEqual(INACTIVE)
  })

  it('IN-01 client B about a token of client A, or of a resource that is not its own, learns nothing', async () => {
    const { rig, ask } = await introspection()
    const { access_token } = await webTokens(rig)
    const billing = await resourceServer(rig, 'billing', [API])
    const both = await resourceServer(rig, 'both', [API, MCP])
    const slash = await resourceServer(rig, 'slash', [`${MCP}/`])
    const json = { 'content-type': 'application/json' }
    const registered = await request(rig, '/register', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ client_name: 'Dyn', redirect_uris: ['https://dyn.test/cb'] }),
    })
    const { client_id, client_secret } = await registered.json()
    for (const [name, headers, expected] of [
      ['its resource', both, true],
      ['another resource', billing, false],
      ['another spelling', slash, false],
      ['every resource, and so none by name', basic('web', rig.secrets.web), false],
      ['one that registered itself', basic(client_id, client_secret), false],
    ] as const) {
      const answer = await said(await ask(access_token, {}, headers))
      if (expected) expect(answer.active, name).toBe(true)
      else expect(answer, name).toEqual(INACTIVE)
    }
  })

  it('a token for another resource is told of, as one that a guard refuses', async () => {
    const { rig, ask } = await introspection()
    const { access_token } = await tokens(rig, { resource: API, scope: 'bills:read' })
    rig.events.length = 0
    await ask(access_token)
    expect(rig.events).toMatchObject([
      {
        type: 'guard.refused',
        clientId: 'notes',
        resource: MCP,
        rule: 'token.audience/1',
        correlationId: claims(access_token).cid,
      },
    ])
    expect(JSON.stringify(rig.events)).not.toContain(access_token)
  })
})

describe('RFC 7662 §4 Security considerations: active only as long as it would be taken', () => {
  it('MUST check the expiration: to the second, and after it was asked about before', async () => {
    const { rig, ask } = await introspection()
    const { access_token, expires_in } = await tokens(rig)
    expect((await said(await ask(access_token))).active).toBe(true)
    rig.platform.advance(expires_in * 1000 - 1)
    expect((await said(await ask(access_token))).active).toBe(true)
    rig.platform.advance(1)
    expect(await said(await ask(access_token))).toEqual(INACTIVE)
  })

  it.each<[string, (rig: Rig, given: { access_token: string; refresh_token: string }) => unknown]>([
    [
      'the token',
      (rig, { access_token: token }) => rig.post('/revoke', { client_id: 'pub', token }),
    ],
    [
      'the refresh token beside it',
      (rig, { refresh_token: token }) => rig.post('/revoke', { client_id: 'pub', token }),
    ],
    [
      'the account, by disabling it',
      async (rig, { access_token }) =>
        rig.accounts.setDisabled(String(claims(access_token).sub), true),
    ],
    [
      'the account, by removing it',
      async (rig, { access_token }) => rig.accounts.remove(String(claims(access_token).sub)),
    ],
    ['the client', (rig) => rig.clients.remove('pub')],
    [
      'an old refresh token, by using it again',
      async (rig, { refresh_token }) => {
        await refresh(rig, refresh_token)
        rig.platform.advance(60_000)
        await refresh(rig, refresh_token)
      },
    ],
  ])('MUST check revocation, also of what was asked about before: %s', async (_, revoke) => {
    const { rig, ask } = await introspection()
    const given = await tokens(rig)
    expect((await said(await ask(given.access_token))).active).toBe(true)
    await revoke(rig, given)
    expect(await said(await ask(given.access_token))).toEqual(INACTIVE)
  })

  it('MUST check the signature: no key but a published one, no algorithm but its own', async () => {
    const { rig, ask } = await introspection()
    const { access_token } = await tokens(rig)
    const [header = '', payload = '', signature = ''] = access_token.split('.')
    const [published] = rig.keys.jwks().keys
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const own = await exportJWK(publicKey)
    const said = claims(access_token)
    const kid = published?.kid ?? ''
    const signed = (extra: object) =>
      new SignJWT(said)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...extra })
        .sign(privateKey)
    const ourKey = await importJWK({ ...published, ext: true }, 'ES256')
    if (ourKey instanceof Uint8Array) throw new Error('The published key is none.')
    const hmac = (key: string) => {
      const input = `${base64url.encode(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid }))}.${payload}`
      return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
    }
    const none = base64url.encode(JSON.stringify({ alg: 'none', typ: 'at+jwt', kid }))
    const changed = base64url.encode(JSON.stringify({ ...said, scope: 'notes:admin' }))
    for (const forged of [
      await signed({}),
      await signed({ jwk: own }),
      await signed({ kid: 'unknown' }),
      await signed({ kid: undefined }),
      hmac(await exportSPKI(ourKey)),
      hmac(JSON.stringify(published)),
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${header}.${changed}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${base64url.encode(new Uint8Array(64))}`,
      `${header}.${payload}.${signature}${signature}`,
    ]) {
      expect(await (await ask(forged)).json(), forged).toEqual(INACTIVE)
    }
    expect((await (await ask(access_token)).json()).active).toBe(true)
  })

  it('MD-05 a key that was withdrawn verifies nothing any more, not even what it did before', async () => {
    const { rig, ask } = await introspection()
    const { access_token } = await tokens(rig)
    expect((await said(await ask(access_token))).active).toBe(true)
    const { store, vault, platform, keys } = rig
    const source = { store, vault, platform, settings: serverSettings.parse({}) }
    await keyAdministration(source, keys).retire(rig.keys.jwks().keys[0]?.kid ?? '')
    expect(await said(await ask(access_token))).toEqual(INACTIVE)
  })

  it('a token of another issuer under the same keys is none of ours', async () => {
    const { rig, ask } = await introspection()
    const { access_token } = await tokens(rig)
    const said = claims(access_token)
    const signer = rig.keys.signer()
    const twin = (changes: object) => signer.sign('at+jwt', { ...said, ...changes })
    expect((await (await ask(twin({}))).json()).active).toBe(true)
    for (const iss of ['https://other.test', `${ISSUER}/`, undefined, [ISSUER]]) {
      expect(await (await ask(twin({ iss }))).json()).toEqual(INACTIVE)
    }
    expect(await (await ask(signer.sign('JWT', said))).json()).toEqual(INACTIVE)
  })

  it('INV-5 says nothing at all while revocations cannot be looked up', async () => {
    const { rig, notes } = await introspection()
    const { access_token } = await tokens(rig)
    const between: Interference = {}
    const other = await anotherServer(rig, { store: faultyStore(rig.store, between) })
    const ask = () => other.post('/introspect', { token: access_token }, notes)
    expect((await said(await ask())).active).toBe(true)
    for (const table of ['revocations', 'families', 'clients'] as const) {
      between.find = (asked) => {
        if (asked === table) throw new StoreUnavailable()
      }
      const answer = await ask()
      expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true])
      expect(await answer.text()).not.toContain('active')
    }
  })
})

describe('RFC 7662 about refresh tokens', () => {
  it('the client that holds one is told of it, and a resource server is not', async () => {
    const { rig, ask } = await introspection()
    const { refresh_token, access_token } = await webTokens(rig)
    const web = basic('web', rig.secrets.web)
    const { sub, iat } = claims(access_token)
    expect(await said(await ask(refresh_token, {}, web))).toEqual({
      active: true,
      client_id: 'web',
      scope: 'notes:read',
      iss: ISSUER,
      aud: MCP,
      exp: Number(iat) + 1_209_600,
      ...{ sub, iat },
    })
    // A resource server that took it for an access token would let its bearer in.
    expect(await said(await ask(refresh_token))).toEqual(INACTIVE)
  })

  it.each<[string, (rig: Rig, token: string) => unknown]>([
    [
      'was used',
      (rig, token) =>
        rig.post(
          '/token',
          { grant_type: 'refresh_token', refresh_token: token },
          basic('web', rig.secrets.web),
        ),
    ],
    ['was revoked', (rig, token) => rig.post('/revoke', { token }, basic('web', rig.secrets.web))],
    ['was not used for too long', (rig) => rig.platform.advance(1_209_600_000)],
  ])('one that %s is not active', async (_, end) => {
    const { rig, ask } = await introspection()
    const { refresh_token } = await webTokens(rig)
    await end(rig, refresh_token)
    expect(await said(await ask(refresh_token, {}, basic('web', rig.secrets.web)))).toEqual(
      INACTIVE,
    )
  })
})

describe('A resource server as a client', () => {
  it('gets no tokens, and names the resources that it stands for', async () => {
    const { rig, notes } = await introspection()
    const form = { grant_type: 'client_credentials', resource: MCP }
    expect(await outcome(await rig.post('/token', form, notes))).toBe('400 unauthorized_client')
    const metadata = { client_name: 'x', grant_types: [] }
    for (const [resources, method] of [
      [null, 'client_secret_basic'],
      [[MCP], 'none'],
    ] as const) {
      const client = { resources, metadata: { ...metadata, token_endpoint_auth_method: method } }
      await expect(rig.clients.add(client)).rejects.toMatchObject({
        code: 'invalid_client_metadata',
      })
    }
  })

  it('asking records nothing but what was refused', async () => {
    const { rig, ask } = await introspection()
    const { access_token } = await tokens(rig)
    rig.events.length = 0
    await ask(access_token)
    await ask('nonsense')
    expect(counts(rig.events)).toEqual({})
    await ask(access_token, {}, basic('notes', 'a guess'))
    expect(counts(rig.events)).toEqual({ 'token.refused': 1 })
  })

  it('IN-01 redeems nothing: a token stays as it was, however often it is asked about', async () => {
    const { rig, ask } = await introspection()
    const code = await authorizationCode(rig)
    expect(await said(await ask(code))).toEqual(INACTIVE)
    const given = await granted(await redeem(rig, code))
    await ask(given.refresh_token ?? '', {}, basic('web', rig.secrets.web))
    expect((await refresh(rig, given.refresh_token ?? '')).status).toBe(200)
  })
})
