import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  API,
  authorizationParameters,
  authorizationServer,
  claims,
  ISSUER,
  MCP,
  type Rig,
  redeem,
  refresh,
  tokens,
} from './support/authorization-server.ts'
import { granted } from './support/requests.ts'

/** The key set as it is served. */
async function servedKeys(rig: Rig) {
  return (await rig.server.fetch(new Request(`${ISSUER}/.well-known/jwks.json`))).json()
}

const verify = async (rig: Rig, token: string, audience = MCP) =>
  jwtVerify(token, createLocalJWKSet(await servedKeys(rig)), {
    issuer: ISSUER,
    audience,
    typ: 'at+jwt',
    algorithms: ['ES256'],
    currentDate: new Date(rig.platform.now()),
  })

/** A token of `svc` for itself. */
const ownToken = async (rig: Rig, resource = MCP) =>
  (
    await granted(
      await rig.post('/token', {
        grant_type: 'client_credentials',
        client_id: 'svc',
        client_secret: rig.secrets.svc,
        resource,
      }),
    )
  ).access_token

describe('RFC 9068 §2.1 Header', () => {
  it('MUST be signed, typ at+jwt, with a key that is served', async () => {
    const rig = await authorizationServer()
    const { access_token } = await tokens(rig)
    const { keys } = await servedKeys(rig)
    expect(decodeProtectedHeader(access_token)).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: keys[0].kid,
    })
    await verify(rig, access_token)
  })
})

describe('RFC 9068 §2.2 Data structure', () => {
  it('iss, exp, aud, sub, client_id, iat and jti are REQUIRED', async () => {
    const rig = await authorizationServer()
    const user = await rig.accounts.findByEmail('alice@example.com')
    const { payload } = await verify(rig, (await tokens(rig)).access_token)
    const now = rig.platform.now() / 1000
    expect(payload).toEqual({
      iss: ISSUER,
      exp: now + 900,
      aud: MCP,
      sub: user?.id,
      client_id: 'pub',
      iat: now,
      jti: expect.stringMatching(/^[\w-]{22}$/),
      scope: 'notes:read',
      auth_time: now,
      sid: expect.any(String),
      cid: expect.any(String),
    })
  })

  it('sub of a client for itself identifies the client', async () => {
    const rig = await authorizationServer()
    const { payload } = await verify(rig, await ownToken(rig))
    expect(payload).toMatchObject({ sub: 'client:svc', client_id: 'svc' })
  })

  it('jti is of its own for every token', async () => {
    const rig = await authorizationServer()
    const given = await Promise.all(Array.from({ length: 50 }, () => ownToken(rig)))
    expect(new Set(given.map((token) => claims(token).jti)).size).toBe(50)
  })

  it('§2.2.1 auth_time is when the user signed in, and stays so through every refresh', async () => {
    const rig = await authorizationServer()
    const signedInAt = rig.platform.now() / 1000
    let { access_token, refresh_token } = await tokens(rig)
    for (let i = 0; i < 3; i++) {
      expect(claims(access_token).auth_time).toBe(signedInAt)
      rig.platform.advance(86_400_000)
      const next = await granted(await refresh(rig, refresh_token))
      access_token = next.access_token
      refresh_token = next.refresh_token ?? ''
    }
  })

  it('§2.2.1 auth_time is the sign-in’s, not the code’s', async () => {
    const rig = await authorizationServer()
    const browser = rig.browser()
    await browser.authorize(await authorizationParameters())
    const signedInAt = rig.platform.now() / 1000
    rig.platform.advance(600_000)
    const location = await browser.authorize(await authorizationParameters())
    const code = new URL(location).searchParams.get('code') ?? ''
    expect(claims((await granted(await redeem(rig, code))).access_token).auth_time).toBe(signedInAt)
  })

  it('§2.2.3 scope is what was granted', async () => {
    const rig = await authorizationServer()
    const given = await tokens(rig, { scope: 'notes:write notes:read notes:admin' })
    expect(claims(given.access_token).scope).toBe(given.scope)
  })

  it('§2.2.3.1 roles are the user’s, and nobody’s if there are none', async () => {
    const rig = await authorizationServer()
    expect(claims((await tokens(rig)).access_token)).not.toHaveProperty('roles')
    const location = await rig
      .browser()
      .authorize(await authorizationParameters(), 'admin@example.com')
    const code = new URL(location).searchParams.get('code') ?? ''
    const given = await granted(await redeem(rig, code))
    expect(claims(given.access_token).roles).toEqual(['admin'])
  })
})

describe('RFC 9068 §3 Requesting a JWT access token', () => {
  it('aud is the resource that was asked for, in the spelling the resource is known by', async () => {
    const rig = await authorizationServer()
    expect(claims(await ownToken(rig, API)).aud).toBe(API)
    expect(claims(await ownToken(rig, 'HTTPS://MCP.test/mcp/')).aud).toBe(MCP)
  })

  it('SHOULD reject a request that would name several resources with one meaning each', async () => {
    const rig = await authorizationServer()
    const form: [string, string][] = [
      ['grant_type', 'client_credentials'],
      ['client_id', 'svc'],
      ['client_secret', rig.secrets.svc],
      ['resource', MCP],
      ['resource', API],
    ]
    const response = await rig.post('/token', form)
    expect([response.status, (await response.json()).error]).toEqual([400, 'invalid_target'])
  })
})

describe('RFC 9068 §4 Validating JWT access tokens, by an implementation that is not ours', () => {
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterAll(() => {
    vi.useRealTimers()
  })

  /** oauth4webapi as the resource, with the server's own metadata. */
  async function validate(rig: Rig, token: string, resource = MCP) {
    vi.setSystemTime(rig.platform.now())
    const fetch = (url: string, { headers }: { readonly headers: Record<string, string> }) =>
      rig.server.fetch(new Request(url, { headers }))
    const options = { [oauth.customFetch]: fetch }
    const issuer = new URL(ISSUER)
    const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options })
    const server = await oauth.processDiscoveryResponse(issuer, discovered)
    const request = new Request(resource, { headers: { authorization: `Bearer ${token}` } })
    return oauth.validateJwtAccessToken(server, request, resource, {
      ...options,
      signingAlgorithms: ['ES256'],
    })
  }

  it('accepts a token from a code, from a refresh and of a client for itself', async () => {
    const rig = await authorizationServer()
    const first = await tokens(rig, { scope: 'openid notes:read' })
    expect(await validate(rig, first.access_token)).toMatchObject({ aud: MCP, client_id: 'pub' })
    const second = await granted(await refresh(rig, first.refresh_token))
    expect(await validate(rig, second.access_token)).toMatchObject({ scope: second.scope })
    expect(await validate(rig, await ownToken(rig))).toMatchObject({ sub: 'client:svc' })
  })

  it('refuses it elsewhere, later, and an ID token at any time', async () => {
    const rig = await authorizationServer()
    const { access_token, id_token = '' } = await tokens(rig, { scope: 'openid notes:read' })
    await expect(validate(rig, access_token, API)).rejects.toThrow()
    await expect(validate(rig, id_token)).rejects.toThrow()
    await validate(rig, access_token)
    rig.platform.advance(3_600_000)
    await expect(validate(rig, access_token)).rejects.toThrow()
  })
})
