import { describe, expect, it } from 'vitest'
import {
  authorizationCode,
  authorizationServer,
  basic,
  type Rig,
  redeem,
  refresh,
  VERIFIER,
} from './support/authorization-server.ts'
import { granted, outcome, postJson, request } from './support/requests.ts'

const REDIRECT = 'https://app.test/cb'

/** Metadata of a public client, as MCP clients send it. */
const app = {
  client_name: 'App',
  redirect_uris: [REDIRECT],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}

const register = (rig: Rig, metadata: unknown) => postJson(rig, '/register', metadata)

/** A registration that must succeed. */
async function registered(rig: Rig, metadata: unknown) {
  const response = await register(rig, metadata)
  const body = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(201)
  return body
}

const DAY = 86_400_000

describe('RFC 7591 §3.1 Client registration request', () => {
  it('the whole way: a client registers, signs its user in and refreshes', async () => {
    const rig = await authorizationServer()
    const { client_id } = await registered(rig, app)
    const own = { client_id, redirect_uri: REDIRECT }
    const given = await granted(await redeem(rig, await authorizationCode(rig, own), own))
    await granted(await refresh(rig, given.refresh_token ?? '', { client_id }))
  })

  it('the whole way of a client with a secret', async () => {
    const rig = await authorizationServer()
    const { token_endpoint_auth_method: _, ...confidential } = app
    const { client_id, client_secret } = await registered(rig, confidential)
    const code = await authorizationCode(rig, { client_id, redirect_uri: REDIRECT })
    const form = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT }
    const headers = basic(client_id, client_secret)
    await granted(await rig.post('/token', { ...form, code_verifier: VERIFIER }, headers))
  })

  it('is a POST of application/json', async () => {
    const rig = await authorizationServer()
    const body = JSON.stringify(app)
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON',
    ]) {
      const headers = { 'content-type': type }
      expect((await request(rig, '/register', { method: 'POST', body, headers })).status).toBe(201)
    }
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx']) {
      const headers = { 'content-type': type }
      const response = await request(rig, '/register', { method: 'POST', body, headers })
      expect(await outcome(response)).toBe('400 invalid_client_metadata')
    }
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']) {
      const response = await request(rig, '/register', { method })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    }
  })

  it.each([
    ...['', '{', '[]', 'null', '"text"', '1', '{"redirect_uris":["https://a.test/cb"],}'],
    ...['{"client_name":"a","client_name":"b"}', '\uFEFF{}x', `{"a":${'['.repeat(500)}`],
  ])('a body that is no JSON object is refused: %s', async (body) => {
    const rig = await authorizationServer()
    expect(await outcome(await register(rig, body))).toMatch(
      /^400 invalid_(client_metadata|redirect_uri)$/,
    )
  })

  it('a body larger than any client’s is refused', async () => {
    const rig = await authorizationServer()
    const padding = ' '.repeat(70_000)
    expect(await outcome(await register(rig, JSON.stringify(app) + padding))).toBe(
      '413 invalid_client_metadata',
    )
  })
})

describe('RFC 7591 §2 Client metadata', () => {
  it('MUST ignore metadata that it does not understand', async () => {
    const rig = await authorizationServer()
    const body = await registered(rig, { ...app, 'client_name#ja': '名前', whatever: { a: [1] } })
    expect(body).not.toHaveProperty('whatever')
    expect(body).not.toHaveProperty('client_name#ja')
  })

  it('absent members have their defaults: Basic, the code grant, code', async () => {
    const body = await registered(await authorizationServer(), { redirect_uris: [REDIRECT] })
    expect(body).toMatchObject({
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    })
  })

  it('redirect_uris MUST be registered by clients that are redirected to', async () => {
    const rig = await authorizationServer()
    for (const redirect_uris of [undefined, []]) {
      expect(await outcome(await register(rig, { ...app, redirect_uris }))).toBe(
        '400 invalid_redirect_uri',
      )
    }
  })

  it('what is registered is what holds: another redirect URI, another method, another grant do not', async () => {
    const rig = await authorizationServer()
    const { client_id } = await registered(rig, { ...app, grant_types: ['authorization_code'] })
    const other = { client_id, redirect_uri: `${REDIRECT}2` }
    await expect(authorizationCode(rig, other)).rejects.toThrow()
    expect(await outcome(await refresh(rig, 'x', { client_id }))).toBe('400 unauthorized_client')
    expect(await outcome(await refresh(rig, 'x', { client_id, client_secret: 'x' }))).toBe(
      '401 invalid_client',
    )
  })
})

describe('RFC 7591 §3.2.1 Client information response', () => {
  it('MUST be 201 with application/json, kept nowhere', async () => {
    const response = await register(await authorizationServer(), app)
    expect(response.status).toBe(201)
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('pragma')).toBe('no-cache')
  })

  it('MUST return all registered metadata, with what the server made of it', async () => {
    const rig = await authorizationServer()
    const asked = {
      ...app,
      scope: 'notes:read',
      client_uri: 'https://app.test/',
      contacts: ['ops@app.test'],
      software_id: 'app',
      software_version: '1.2',
      grant_types: ['authorization_code', 'refresh_token', 'implicit', 'password'],
    }
    expect(await registered(rig, asked)).toEqual({
      ...asked,
      grant_types: ['authorization_code', 'refresh_token'],
      application_type: 'web',
      client_id: expect.stringMatching(/^dyn_[\w-]{22}$/),
      client_id_issued_at: rig.platform.now() / 1000,
    })
  })

  it('DR-12 client_secret_expires_at is REQUIRED if a secret is issued, and only then', async () => {
    const rig = await authorizationServer()
    for (const method of ['client_secret_basic', 'client_secret_post']) {
      expect(await registered(rig, { ...app, token_endpoint_auth_method: method })).toMatchObject({
        client_secret: expect.stringMatching(/^wcs_[\w-]{43}$/),
        client_secret_expires_at: 0,
      })
    }
    const open = await registered(rig, app)
    expect(open).not.toHaveProperty('client_secret')
    expect(open).not.toHaveProperty('client_secret_expires_at')
  })

  it('a public client that registers again is the same client; one with a secret is another', async () => {
    const rig = await authorizationServer()
    const first = await registered(rig, app)
    const reordered = Object.fromEntries(Object.entries(app).reverse())
    expect((await registered(rig, reordered)).client_id).toBe(first.client_id)
    expect((await registered(rig, { ...app, client_name: 'App 2' })).client_id).not.toBe(
      first.client_id,
    )
    const secret = { ...app, token_endpoint_auth_method: 'client_secret_post' }
    const [a, b] = [await registered(rig, secret), await registered(rig, secret)]
    expect(a.client_id).not.toBe(b.client_id)
    expect(a.client_secret).not.toBe(b.client_secret)
  })

  it('a hundred registrations of the same public client at once leave one', async () => {
    const rig = await authorizationServer({
      settings: { registration: { perSource: 1000, perFingerprint: 1000 } },
    })
    const bodies = await Promise.all(Array.from({ length: 100 }, () => registered(rig, app)))
    expect(new Set(bodies.map(({ client_id }) => client_id)).size).toBe(1)
    const rows = await rig.store.list('clients', { registration: 'dynamic' }, { limit: 10 })
    expect(rows).toHaveLength(1)
  })
})

describe('RFC 7591 §3.2.2 Client registration error response', () => {
  it.each<[string, string, object]>([
    ['invalid_redirect_uri', 'no URI', { redirect_uris: ['x'] }],
    ['invalid_redirect_uri', 'a script', { redirect_uris: ['javascript:alert(1)'] }],
    ['invalid_redirect_uri', 'http elsewhere', { redirect_uris: ['http://app.test/cb'] }],
    ['invalid_client_metadata', 'a URI that is no text', { redirect_uris: [1] }],
    ['invalid_client_metadata', 'no list', { redirect_uris: REDIRECT }],
    ['invalid_client_metadata', 'a name that is no text', { client_name: { a: '"' } }],
    ['invalid_client_metadata', 'a method that is not known', { token_endpoint_auth_method: 'x' }],
    ['invalid_client_metadata', 'a grant that begins nothing', { grant_types: ['refresh_token'] }],
    ['invalid_client_metadata', 'no grant', { grant_types: [] }],
    ['invalid_client_metadata', 'another response', { response_types: ['token'] }],
    ['invalid_client_metadata', 'a scope that is none', { scope: '"' }],
    ['invalid_client_metadata', 'a type that is none', { application_type: '"desktop"' }],
    ['invalid_client_metadata', 'a page that is none', { client_uri: 'javascript:alert(1)' }],
    ['invalid_client_metadata', 'contacts that are no list', { contacts: 'ops' }],
  ])('%s: %s', async (error, _, changes) => {
    const response = await register(await authorizationServer(), { ...app, ...changes })
    expect(response.headers.get('cache-control')).toBe('no-store')
    const body = await response.clone().json()
    // ASCII text, and of the characters that RFC 6749 Appendix A.8 allows.
    expect(body.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(await outcome(response)).toBe(`400 ${error}`)
  })
})

describe('RFC 7591 §5 Security considerations: clients that nobody vouches for', () => {
  it('a client that is never used is forgotten, and its id with it', async () => {
    const rig = await authorizationServer()
    const { client_id } = await registered(rig, app)
    rig.platform.advance(DAY)
    expect(await outcome(await refresh(rig, 'x', { client_id }))).toBe('401 invalid_client')
    await rig.store.sweep(rig.platform.now(), 1000)
    expect((await registered(rig, app)).client_id).not.toBe(client_id)
  })

  it('registering again keeps it', async () => {
    const rig = await authorizationServer()
    const { client_id } = await registered(rig, app)
    for (let i = 0; i < 3; i++) {
      rig.platform.advance(DAY - 1)
      expect((await registered(rig, app)).client_id).toBe(client_id)
    }
    expect(await outcome(await refresh(rig, 'x', { client_id }))).toBe('400 invalid_grant')
  })

  it.each([86_400, 7_776_000])(
    'a client in use stays for as long as it is used: %i s',
    async (usedFor) => {
      const rig = await authorizationServer({ settings: { registration: { usedFor } } })
      const { client_id } = await registered(rig, app)
      const own = { client_id, redirect_uri: REDIRECT }
      const given = await granted(await redeem(rig, await authorizationCode(rig, own), own))
      let token = given.refresh_token ?? ''
      for (let hour = 0; hour < 80; hour += 8) {
        rig.platform.advance(8 * 3_600_000)
        token = (await granted(await refresh(rig, token, { client_id }))).refresh_token ?? ''
      }
      rig.platform.advance(usedFor * 1000)
      expect(await outcome(await refresh(rig, token, { client_id }))).toBe('401 invalid_client')
    },
  )

  it('§5 registering can be switched off', async () => {
    const rig = await authorizationServer({ settings: { registration: { dynamic: false } } })
    expect((await register(rig, app)).status).toBe(404)
  })
})
