import { describe, expect, it } from 'vitest'
import { createGuard, type Guard } from 'warder/guard'
import { isRevoked } from 'warder/server'
import { StoreUnavailable } from 'warder/store'
import { anotherServer } from './support/another-server.ts'
import {
  API,
  authorizationCode,
  authorizationServer,
  basic,
  ISSUER,
  MCP,
  type Rig,
  redeem,
  refresh,
  tokens,
  VERIFIER,
} from './support/authorization-server.ts'
import { faultyStore, type Interference } from './support/faulty-store.ts'
import { granted, outcome, request } from './support/requests.ts'
import { testStore } from './support/test-store.ts'

/** A guard in the server's own process, whose clock may be behind by half a minute. */
const guardOf = ({ keys, store, platform }: Rig): Guard =>
  createGuard({
    issuer: ISSUER,
    resource: MCP,
    keys: { jwks: async () => ({ keys: [...keys.jwks().keys] }) },
    isRevoked: (claims) => isRevoked(claims, store),
    platform,
  })

/** The status a resource answers a token with; 200 if it lets the request in. */
async function status(rig: Rig, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await guardOf(rig).check(new Request(MCP, { headers }))
  return answer instanceof Response ? answer.status : 200
}

const revoke = (rig: Rig, token: string, form: Record<string, string> = {}) =>
  rig.post('/revoke', { client_id: 'pub', token, ...form })

describe('RFC 7009 §2.1 Revocation request: for as long as the token could be used', () => {
  it.each(['access_token', 'refresh_token'] as const)(
    'by its %s: a guard whose clock is behind does not take it again once the row was swept',
    async (kind) => {
      const rig = await authorizationServer()
      const given = await tokens(rig)
      await revoke(rig, given[kind])
      rig.platform.advance(given.expires_in * 1000 + 20_000)
      await rig.store.sweep(rig.platform.now(), 1000)
      expect(await status(rig, given.access_token)).toBe(401)
    },
  )

  it('an access token that a guard still takes after its end can still be revoked', async () => {
    const rig = await authorizationServer()
    const { access_token, expires_in } = await tokens(rig)
    rig.platform.advance(expires_in * 1000 + 20_000)
    expect(await status(rig, access_token)).toBe(200)
    await revoke(rig, access_token)
    expect(await status(rig, access_token)).toBe(401)
  })

  it('a token of yesterday’s settings, when they gave it a longer life than they would today', async () => {
    const rig = await authorizationServer({ settings: { ttl: { accessToken: 86_400 } } })
    const { access_token, refresh_token } = await tokens(rig)
    const today = await anotherServer(rig, { settings: { ttl: { accessToken: 900 } } })
    await revoke(today, refresh_token)
    rig.platform.advance(3_600_000)
    await rig.store.sweep(rig.platform.now(), 1000)
    expect(await status(rig, access_token)).toBe(401)
  })
})

/** The tokens of a sign-in for `web`, which has a secret. */
async function webTokens(rig: Rig) {
  const redirect_uri = 'https://web.test/cb'
  const code = await authorizationCode(rig, { client_id: 'web', redirect_uri })
  const form = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: VERIFIER }
  return granted(await rig.post('/token', form, basic('web', rig.secrets.web)))
}

/** Whether a refresh token still works; it is used by looking. */
const refreshes = async (rig: Rig, token: string) => (await refresh(rig, token)).status === 200

describe('RFC 7009 §2.1 Revocation request', () => {
  it('token is REQUIRED', async () => {
    const rig = await authorizationServer()
    expect(await outcome(await rig.post('/revoke', { client_id: 'pub' }))).toBe(
      '400 invalid_request',
    )
    expect(await outcome(await revoke(rig, ''))).toBe('400 invalid_request')
  })

  it('the request is a POST of a form, and nothing in the URL counts', async () => {
    const rig = await authorizationServer()
    const { access_token, refresh_token } = await tokens(rig)
    const query = new URLSearchParams({ client_id: 'pub', token: refresh_token })
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await request(rig, `/revoke?${query}`, { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    }
    const split = { client_id: 'pub' }
    expect(await outcome(await rig.post(`/revoke?token=${refresh_token}`, split))).toBe(
      '400 invalid_request',
    )
    expect(await status(rig, access_token)).toBe(200)
  })

  it('MUST support the revocation of refresh tokens', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    expect((await revoke(rig, refresh_token)).status).toBe(200)
    expect(await refreshes(rig, refresh_token)).toBe(false)
  })

  it('IN-05 a refresh token takes with it all access tokens of the same grant', async () => {
    const rig = await authorizationServer()
    const first = await tokens(rig)
    const second = await granted(await refresh(rig, first.refresh_token))
    expect((await revoke(rig, second.refresh_token ?? '')).status).toBe(200)
    expect(await refreshes(rig, second.refresh_token ?? '')).toBe(false)
    expect(await status(rig, first.access_token)).toBe(401)
    expect(await status(rig, second.access_token)).toBe(401)
  })

  it('a refresh token that was rotated away still names its grant', async () => {
    const rig = await authorizationServer()
    const first = await tokens(rig)
    const second = await granted(await refresh(rig, first.refresh_token))
    await revoke(rig, first.refresh_token)
    expect(await refreshes(rig, second.refresh_token ?? '')).toBe(false)
  })

  it('IN-05 an access token goes alone: its siblings and the refresh token stay', async () => {
    const rig = await authorizationServer()
    const first = await tokens(rig)
    const second = await granted(await refresh(rig, first.refresh_token))
    expect((await revoke(rig, second.access_token)).status).toBe(200)
    expect(await status(rig, second.access_token)).toBe(401)
    expect(await status(rig, first.access_token)).toBe(200)
    expect(await refreshes(rig, second.refresh_token ?? '')).toBe(true)
  })

  it('an access token of a client for itself can be revoked', async () => {
    const rig = await authorizationServer()
    const client = { client_id: 'svc', client_secret: rig.secrets.svc }
    const form = { grant_type: 'client_credentials', resource: MCP, ...client }
    const { access_token } = await granted(await rig.post('/token', form))
    expect(await status(rig, access_token)).toBe(200)
    expect((await revoke(rig, access_token, client)).status).toBe(200)
    expect(await status(rig, access_token)).toBe(401)
  })

  it('grants of other clients, users and resources are left alone', async () => {
    const rig = await authorizationServer()
    const mine = await tokens(rig)
    const other = await tokens(rig)
    const bills = await tokens(rig, { resource: API, scope: 'bills:read' })
    const web = await webTokens(rig)
    await revoke(rig, mine.refresh_token)
    expect(await status(rig, other.access_token)).toBe(200)
    expect(await status(rig, web.access_token)).toBe(200)
    expect(await refreshes(rig, bills.refresh_token)).toBe(true)
  })

  it.each(['access_token', 'refresh_token', 'nonsense', ''])(
    'the hint “%s” MAY be wrong: the search is extended across all types',
    async (token_type_hint) => {
      const rig = await authorizationServer()
      const first = await tokens(rig)
      const second = await tokens(rig)
      expect((await revoke(rig, first.access_token, { token_type_hint })).status).toBe(200)
      expect((await revoke(rig, second.refresh_token, { token_type_hint })).status).toBe(200)
      expect(await status(rig, first.access_token)).toBe(401)
      expect(await refreshes(rig, second.refresh_token)).toBe(false)
    },
  )

  it('MUST first validate the credentials of a confidential client', async () => {
    const rig = await authorizationServer()
    const { access_token } = await webTokens(rig)
    for (const headers of [basic('web', 'wrong'), basic('nobody', 'x')]) {
      const response = await rig.post('/revoke', { token: access_token }, headers)
      expect(response.headers.get('www-authenticate')).toContain('Basic')
      expect(await outcome(response)).toBe('401 invalid_client')
    }
    expect(await outcome(await revoke(rig, access_token, { client_id: 'web' }))).toBe(
      '401 invalid_client',
    )
    expect(await status(rig, access_token)).toBe(200)
    const response = await rig.post(
      '/revoke',
      { token: access_token },
      basic('web', rig.secrets.web),
    )
    expect(response.status).toBe(200)
    expect(await status(rig, access_token)).toBe(401)
  })

  it('IN-04 MUST verify that the token was issued to the client: if not, refused, and it stays valid', async () => {
    const rig = await authorizationServer()
    const { access_token, refresh_token } = await webTokens(rig)
    for (const token of [access_token, refresh_token ?? '']) {
      for (const client_id of ['pub', 'evil']) {
        expect(await outcome(await revoke(rig, token, { client_id }))).toBe(
          '400 unauthorized_client',
        )
      }
    }
    expect(await status(rig, access_token)).toBe(200)
    const headers = basic('web', rig.secrets.web)
    const form = { grant_type: 'refresh_token', refresh_token: refresh_token ?? '' }
    await granted(await rig.post('/token', form, headers))
  })
})

describe('RFC 7009 §2.2 Revocation response', () => {
  it('is 200 with nothing in it, kept nowhere', async () => {
    const rig = await authorizationServer()
    const response = await revoke(rig, (await tokens(rig)).refresh_token)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.text()).toBe('')
  })

  it('IN-06 invalid tokens do not cause an error', async () => {
    const rig = await authorizationServer()
    const {
      access_token,
      refresh_token,
      id_token = '',
    } = await tokens(rig, {
      scope: 'openid notes:read',
    })
    const [header, payload] = access_token.split('.')
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    for (const token of [
      ...['x', 'wrt_x', 'wac_x', '..', 'a.b.c', `${refresh_token}x`, `${access_token}x`, id_token],
      ...[`${header}.${payload}.`, `${none}.${payload}.`, 'ü', 'x'.repeat(60_000)],
    ]) {
      const response = await revoke(rig, token)
      expect(response.status).toBe(200)
      expect(await response.text()).toBe('')
    }
    expect(await status(rig, access_token)).toBe(200)
    expect(await refreshes(rig, refresh_token)).toBe(true)
  })

  it('IN-06 a token that was revoked or is over is answered like any other', async () => {
    const rig = await authorizationServer()
    const { access_token, refresh_token } = await tokens(rig)
    for (let i = 0; i < 2; i++) {
      expect((await revoke(rig, access_token)).status).toBe(200)
      expect((await revoke(rig, refresh_token)).status).toBe(200)
    }
    rig.platform.advance(40 * 86_400_000)
    await rig.store.sweep(rig.platform.now(), 1000)
    expect((await revoke(rig, access_token)).status).toBe(200)
    expect((await revoke(rig, refresh_token)).status).toBe(200)
  })

  it('a code is no token, and is not spent by it', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    expect((await revoke(rig, code)).status).toBe(200)
    await granted(await redeem(rig, code))
  })

  it('§2.2.1 503: the token still exists, and the client may try again', async () => {
    const between: Interference = {}
    const rig = await authorizationServer({ store: faultyStore(await testStore(), between) })
    const { access_token, refresh_token } = await tokens(rig)
    between.write = () => Promise.reject(new StoreUnavailable())
    for (const token of [access_token, refresh_token]) {
      const response = await revoke(rig, token)
      expect(response.headers.get('retry-after')).toBe('1')
      expect(await outcome(response)).toBe('503 temporarily_unavailable')
    }
    delete between.write
    expect(await status(rig, access_token)).toBe(200)
    await revoke(rig, refresh_token)
    expect(await status(rig, access_token)).toBe(401)
  })

  it('INV-4 what was revoked stays so: no refresh or replay brings it back', async () => {
    const rig = await authorizationServer()
    const { access_token, refresh_token } = await tokens(rig)
    await revoke(rig, refresh_token)
    await refresh(rig, refresh_token)
    rig.platform.advance(5_000)
    await refresh(rig, refresh_token)
    expect(await status(rig, access_token)).toBe(401)
    const [family] = await rig.store.list('families', {}, { limit: 1 })
    expect(family).toMatchObject({ generation: 0, revokedBecause: 'revoked by client' })
  })
})

describe('RFC 7009 §2.3 Cross-origin support', () => {
  it('MAY support CORS: for any origin, without credentials', async () => {
    const rig = await authorizationServer()
    const response = await rig.post('/revoke', { client_id: 'pub', token: 'x' }, { origin: 'null' })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.has('access-control-allow-credentials')).toBe(false)
  })

  it('no JSONP: a callback changes nothing', async () => {
    const rig = await authorizationServer()
    const response = await revoke(rig, 'x', { callback: 'package.myCallback' })
    expect(await response.text()).toBe('')
  })
})
