/** Attacks by registering (DR): power by metadata, names that lie, and addresses to be called. */

import { describe, expect, it } from 'vitest'
import { update } from 'warder/store'
import {
  authorizationParameters,
  authorizationServer,
  basic,
  type Rig,
  refresh,
} from './support/authorization-server.ts'
import { wordsOf } from './support/pages.ts'
import { outcome, postJson, request } from './support/requests.ts'

const app = {
  client_name: 'App',
  redirect_uris: ['https://app.test/cb'],
  token_endpoint_auth_method: 'none',
}

const register = (rig: Rig, changes: object) => postJson(rig, '/register', { ...app, ...changes })

/** The client of a registration, as it is answered and as it is kept. */
async function registered(rig: Rig, changes: object) {
  const response = await register(rig, changes)
  const answered = await response.json()
  expect(response.status, JSON.stringify(answered)).toBe(201)
  const stored = await rig.store.find('clients', { id: answered.client_id })
  if (stored === undefined) throw new Error('It was not kept.')
  return { answered, stored }
}

describe('Attacks by registering', () => {
  it.each<[string, object]>([
    ['client_id', { client_id: 'web' }],
    ['id', { id: 'web' }],
    ['client_secret', { client_secret: 'chosen' }],
    ['trusted', { trusted: true }],
    ['skip_consent', { skip_consent: true }],
    ['verified', { verified: true, verifiedAt: 1 }],
    ['registration', { registration: 'administrator' }],
    ['created_by', { created_by: 'admin', createdAt: 0 }],
    ['resources', { resources: ['https://api.test/'] }],
    ['disabledAt', { disabledAt: null, expiresAt: null, usedAt: 1 }],
  ])('DR-02 %s gives a client no power', async (_, extra) => {
    const rig = await authorizationServer()
    const { answered, stored } = await registered(rig, extra)
    expect(Object.keys(answered).sort()).toEqual(
      [
        ...['application_type', 'client_id', 'client_id_issued_at', 'client_name', 'grant_types'],
        ...['redirect_uris', 'response_types', 'token_endpoint_auth_method'],
      ].sort(),
    )
    expect(stored).toMatchObject({
      registration: 'dynamic',
      secretHash: null,
      resources: null,
      verifiedAt: null,
      usedAt: null,
      createdAt: rig.platform.now(),
    })
    expect(stored.id).toMatch(/^dyn_/)
  })

  it('DR-02 __proto__ is refused', async () => {
    const rig = await authorizationServer()
    const body = JSON.stringify(app).replace('{', '{"__proto__":{"verified":true},')
    expect(await outcome(await postJson(rig, '/register', body))).toBe(
      '400 invalid_client_metadata',
    )
  })

  it.each([
    ['client_credentials'],
    ['password'],
    ['implicit'],
    ['urn:ietf:params:oauth:grant-type:token-exchange'],
    ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
  ])(
    'DR-02 %s is not for clients that register themselves, with a secret or without',
    async (grant) => {
      const rig = await authorizationServer()
      const grant_types = ['authorization_code', grant]
      for (const token_endpoint_auth_method of ['none', 'client_secret_basic']) {
        const { answered } = await registered(rig, { grant_types, token_endpoint_auth_method })
        expect(answered.grant_types).toEqual(['authorization_code'])
        const form = { grant_type: grant, resource: 'https://api.test/' }
        const { client_id, client_secret } = answered
        const response =
          client_secret === undefined
            ? await rig.post('/token', { ...form, client_id })
            : await rig.post('/token', form, basic(client_id, client_secret))
        expect(await outcome(response)).toMatch(/^400 un(authorized_client|supported_grant_type)$/)
      }
      expect(await outcome(await register(rig, { grant_types: [grant] }))).toBe(
        '400 invalid_client_metadata',
      )
    },
  )

  it('DR-02 scope=admin is a wish: the scope of a role is still for who has the role', async () => {
    const rig = await authorizationServer()
    const { answered } = await registered(rig, { scope: 'notes:admin notes:read' })
    const asked = {
      client_id: answered.client_id,
      redirect_uri: 'https://app.test/cb',
      scope: 'notes:admin notes:read',
    }
    const browser = rig.browser()
    const at = await browser.signIn(await browser.start(await authorizationParameters(asked)))
    const words = wordsOf(await at.response.text())
    expect(words).toContain('read your notes')
    expect(words).not.toContain('manage all notes')
  })

  it('DR-02 response_types with token are refused or dropped', async () => {
    const rig = await authorizationServer()
    expect(await outcome(await register(rig, { response_types: ['token'] }))).toBe(
      '400 invalid_client_metadata',
    )
    const { answered } = await registered(rig, { response_types: ['code', 'token'] })
    expect(answered.response_types).toEqual(['code'])
  })

  it('DR-03 nothing changes a registration: there is no address for it, and no token', async () => {
    const rig = await authorizationServer()
    const { answered, stored } = await registered(rig, {})
    expect(answered).not.toHaveProperty('registration_access_token')
    expect(answered).not.toHaveProperty('registration_client_uri')
    const body = JSON.stringify({ ...app, redirect_uris: ['https://evil.test/cb'] })
    const headers = { 'content-type': 'application/json', authorization: 'Bearer x' }
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const init = method === 'DELETE' ? { method, headers } : { method, headers, body }
      expect((await request(rig, '/register', init)).status).toBe(405)
      expect((await request(rig, `/register/${stored.id}`, init)).status).toBe(404)
      const query = `/register?client_id=${stored.id}`
      expect((await request(rig, query, init)).status).toBe(405)
    }
    expect(await rig.store.find('clients', { id: stored.id })).toEqual(stored)
  })

  it('DR-03 a client that was disabled stays so, though it registers again', async () => {
    const rig = await authorizationServer()
    const { stored } = await registered(rig, {})
    await rig.store.write([update('clients', { id: stored.id }, { disabledAt: 1 })])
    expect(await outcome(await register(rig, {}))).toBe('400 invalid_client_metadata')
    expect(await outcome(await refresh(rig, 'x', { client_id: stored.id }))).toBe(
      '401 invalid_client',
    )
    expect((await rig.store.find('clients', { id: stored.id }))?.disabledAt).toBe(1)
  })

  it.each<[string, object]>([
    ['null for a method', { token_endpoint_auth_method: null }],
    ['null for grants', { grant_types: null }],
    ['null for redirects', { redirect_uris: null }],
    ['null among redirects', { redirect_uris: [null, 'https://app.test/cb'] }],
    ['a number for a method', { token_endpoint_auth_method: 0 }],
    ['an object for grants', { grant_types: { 0: 'authorization_code', length: 1 } }],
    ['a list for a type', { application_type: ['native'] }],
    ['true for a name', { client_name: true }],
    ['a list in a list', { redirect_uris: [['https://app.test/cb']] }],
  ])('DR-04 %s is refused, not taken for absent', async (_, changes) => {
    expect(await outcome(await register(await authorizationServer(), changes))).toBe(
      '400 invalid_client_metadata',
    )
  })

  it('DR-04 what is left out has its default before it is judged', async () => {
    const rig = await authorizationServer()
    const { answered, stored } = await registered(rig, { token_endpoint_auth_method: undefined })
    expect(answered.token_endpoint_auth_method).toBe('client_secret_basic')
    expect(stored.secretHash).not.toBeNull()
    expect(await outcome(await refresh(rig, 'x', { client_id: stored.id }))).toBe(
      '401 invalid_client',
    )
  })

  it.each([
    ['Google', 'Google'],
    ['a script', '<script>alert(1)</script>'],
    ['a turned text', 'App\u202egpj.exe'],
    ['zero-width characters', 'G\u200bo\u200dogle'],
    ['a line break', 'App\nVerified by your administrator'],
    ['an entity', 'App&nbsp;&lt;b&gt;'],
    ['ten thousand characters', 'A'.repeat(10_000)],
  ])('DR-05 a name that is %s is shown for what it is', async (_, client_name) => {
    const rig = await authorizationServer()
    const { answered } = await registered(rig, { client_name })
    expect(answered.client_name.length).toBeLessThanOrEqual(100)
    expect(answered.client_name).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b-\u200d\n]/)
    const asked = { client_id: answered.client_id, redirect_uri: 'https://app.test/cb' }
    const browser = rig.browser()
    const at = await browser.signIn(await browser.start(await authorizationParameters(asked)))
    const page = await at.response.text()
    expect(page).not.toContain('<script>alert')
    expect(wordsOf(page)).toContain(answered.client_name)
    expect(wordsOf(page)).toContain('app.test')
    expect(wordsOf(page)).toMatch(/unverified/i)
  })

  it.each(['javascript:alert(1)', 'data:image/svg+xml,<svg/>', 'http://app.test/logo.png'])(
    'DR-05 a logo at %s is refused',
    async (logo_uri) => {
      expect(await outcome(await register(await authorizationServer(), { logo_uri }))).toBe(
        '400 invalid_client_metadata',
      )
    },
  )

  it.each(['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'])(
    'DR-06 %s of this network is refused',
    async (member) => {
      const rig = await authorizationServer()
      const hosts = ['127.0.0.1', '10.0.0.1', '169.254.169.254', '[::1]', 'localhost', '2130706433']
      for (const host of hosts) {
        expect(await outcome(await register(rig, { [member]: `https://${host}/` }))).toBe(
          '400 invalid_client_metadata',
        )
      }
      expect(rig.fetched).toEqual([])
    },
  )

  it('DR-06 URIs to be called are neither kept nor called', async () => {
    const rig = await authorizationServer()
    const uris = [
      ...['jwks_uri', 'sector_identifier_uri', 'initiate_login_uri', 'backchannel_logout_uri'],
      ...['frontchannel_logout_uri', 'request_uris', 'client_id', 'software_statement'],
    ]
    const internal = Object.fromEntries(uris.map((uri) => [uri, 'https://169.254.169.254/latest']))
    const { answered, stored } = await registered(rig, internal)
    expect(JSON.stringify([answered, stored])).not.toContain('169.254')
    expect(rig.fetched).toEqual([])
  })

  it.each([
    ['unsigned', 'eyJhbGciOiJub25lIn0.eyJjbGllbnRfbmFtZSI6Ikdvb2dsZSJ9.'],
    ['of an issuer nobody trusts', 'eyJhbGciOiJIUzI1NiJ9.eyJjbGllbnRfbmFtZSI6Ikdvb2dsZSJ9.AAAA'],
    ['that is none', 'x'],
  ])('DR-08 a software statement %s vouches for nothing', async (_, software_statement) => {
    // RFC 7591 §2.3: a server that does not support statements may ignore them.
    const rig = await authorizationServer()
    const { answered, stored } = await registered(rig, { software_statement })
    expect(answered.client_name).toBe('App')
    expect(answered).not.toHaveProperty('software_statement')
    expect(stored.verifiedAt).toBeNull()
  })

  it('DR-09 pages of any origin may register, and no cookie plays a part in it', async () => {
    const rig = await authorizationServer()
    const preflight = await request(rig, '/register', {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.test',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/content-type/i)
    const response = await register(rig, {})
    for (const { headers } of [preflight, response]) {
      expect(headers.get('access-control-allow-origin')).toBe('*')
      expect(headers.has('access-control-allow-credentials')).toBe(false)
      expect(headers.has('set-cookie')).toBe(false)
    }
  })

  it.each([
    ['native', 'https://127.0.0.1/cb'],
    ['native', 'http://app.test/cb'],
    ['native', 'http://localhost.evil.test/cb'],
    ['web', 'http://127.0.0.1/cb'],
    ['web', 'http://localhost/cb'],
    ['web', 'com.example.app:/cb'],
    ['web', 'http://app.test/cb'],
  ])('DR-11 a %s client with %s is refused', async (application_type, uri) => {
    const rig = await authorizationServer()
    const mixed = ['https://app.test/cb', uri]
    for (const redirect_uris of [[uri], mixed]) {
      expect(await outcome(await register(rig, { application_type, redirect_uris }))).toBe(
        '400 invalid_redirect_uri',
      )
    }
  })

  it('DR-11 native clients have loopback addresses and schemes of their own', async () => {
    const redirect_uris = ['http://127.0.0.1/cb', 'http://[::1]/cb', 'com.example.app:/cb']
    const rig = await authorizationServer()
    const { answered } = await registered(rig, { application_type: 'native', redirect_uris })
    expect(answered.redirect_uris).toEqual(redirect_uris)
  })

  it('DR-12 a public client gets no secret, and none is kept', async () => {
    const { answered, stored } = await registered(await authorizationServer(), {})
    expect(answered).not.toHaveProperty('client_secret')
    expect(stored.secretHash).toBeNull()
  })
})
