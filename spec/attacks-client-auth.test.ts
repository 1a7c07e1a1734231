/** Attacks on client authentication (CA): guessing, mixing methods, and what the answers give away. */

import { describe, expect, it } from 'vitest'
import { authorizationServer, basic, type Rig } from './support/authorization-server.ts'
import { outcome, postFrom, postJson } from './support/requests.ts'

const ALLOWED = 20

/** Asks for a token as `svc` would. */
const ask = (rig: Rig, id: string, secret: string, address = '192.0.2.1') =>
  postFrom(rig, address, '/token', {
    grant_type: 'client_credentials',
    resource: 'https://api.test/',
    client_id: id,
    client_secret: secret,
  })

/** Where clients say who they are. */
const paths = ['/token', '/revoke', '/introspect', '/device_authorization']

/** A server with all of them, whose limits on other things are not in the way. */
const everyEndpoint = () =>
  authorizationServer({ settings: { device: { enabled: true, perSource: 1_000 } } })

describe('Attacks on client authentication', () => {
  it('CA-01 beyond the budget nothing is verified: not even the right secret gets through', async () => {
    const rig = await authorizationServer()
    for (let i = 0; i < ALLOWED; i++) {
      expect(await outcome(await ask(rig, 'svc', `guess ${i}`))).toBe('401 invalid_client')
    }
    const refused = await ask(rig, 'svc', rig.secrets.svc)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await ask(rig, 'svc', rig.secrets.svc, '192.0.2.99')).status).toBe(200)
    rig.platform.advance(60_000)
    expect((await ask(rig, 'svc', rig.secrets.svc)).status).toBe(200)
  })

  it('CA-01 a right secret costs nothing of the budget, however often or at once it is sent', async () => {
    const rig = await authorizationServer()
    const answers = Array.from({ length: 5 * ALLOWED }, () => ask(rig, 'svc', rig.secrets.svc))
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(
      new Set([200]),
    )
    expect(await outcome(await ask(rig, 'svc', 'a guess'))).toBe('401 invalid_client')
  })

  it('CA-01 a hundred guesses at once are not more than the budget', async () => {
    const rig = await authorizationServer()
    const guesses = Array.from({ length: 100 }, (_, i) => ask(rig, 'svc', `guess ${i}`))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(ALLOWED)
    expect(statuses.filter((status) => status === 429)).toHaveLength(100 - ALLOWED)
  })

  it('CA-01 guessing the secret of a public client, which has none, does not lock it out', async () => {
    const rig = await authorizationServer()
    for (let i = 0; i < 2 * ALLOWED; i++) await ask(rig, 'pub', `guess ${i}`)
    const form = { grant_type: 'refresh_token', client_id: 'pub', refresh_token: 'x' }
    expect(await outcome(await rig.post('/token', form))).toBe('400 invalid_grant')
  })

  it.each(paths)(
    'CA-01 at %s a known and an unknown client are refused alike, within the budget and beyond',
    async (path) => {
      const rig = await everyEndpoint()
      const form = { grant_type: 'client_credentials', token: 'x' }
      const answers = async (id: string) => {
        const seen: unknown[] = []
        for (let i = 0; i < ALLOWED + 5; i++) {
          const response = await rig.post(path, form, basic(id, 'a guess'))
          const { correlation_id: _, ...body } = await response.json()
          seen.push([response.status, body, [...response.headers]])
        }
        return seen
      }
      expect(await answers('nobody')).toEqual(await answers('web'))
    },
  )

  const assertion = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: 'e30.e30.x',
  }
  const refreshing = { grant_type: 'refresh_token', refresh_token: 'x' }

  it.each(paths)('CA-02 CA-03 CA-05 1.27-1 at %s the same rules hold', async (path) => {
    const rig = await everyEndpoint()
    const { web, svc } = rig.secrets
    const form = { grant_type: 'refresh_token', refresh_token: 'x', token: 'x' }
    const send = async (more: Record<string, string>, headers = {}) =>
      outcome(await rig.post(path, { ...form, ...more }, headers))
    const post = { client_id: 'svc', client_secret: svc }
    for (const [more, headers] of [
      [post, basic('web', web)],
      [assertion, basic('web', web)],
      [{ ...assertion, ...post }, {}],
      [post, { authorization: 'Bearer x' }],
      [{ client_id: 'pub' }, basic('web', web)],
    ] as const) {
      expect(await send(more, headers)).toBe('400 invalid_request')
    }
    for (const [more, headers] of [
      [{ client_id: 'web' }, {}],
      [{ client_id: 'web', client_secret: web }, {}],
      [{}, basic('svc', svc)],
      [{ client_id: 'pub', client_secret: 'x' }, {}],
      [{ ...assertion, client_id: 'pub' }, {}],
      [{ ...assertion, client_id: 'web' }, {}],
      [{}, { authorization: 'Bearer x' }],
      [{}, {}],
    ] as const) {
      expect(await send(more, headers)).toBe('401 invalid_client')
    }
    const foreign = new Request(`https://other.test${path}`, { method: 'POST' })
    expect((await rig.server.fetch(foreign)).status).toBe(421)
  })

  it.each([
    ['Basic and a secret in the body', { client_id: 'web', client_secret: 'x' }],
    ['Basic and an assertion', assertion],
  ])('CA-02 %s: two methods are refused, even if one is right', async (_, form) => {
    const rig = await authorizationServer()
    const response = await rig.post(
      '/token',
      { ...refreshing, ...form },
      basic('web', rig.secrets.web),
    )
    expect(await outcome(response)).toBe('400 invalid_request')
  })

  it('CA-02 an unknown Authorization beside a secret in the body is two methods too', async () => {
    const rig = await authorizationServer()
    const form = { ...refreshing, client_id: 'svc', client_secret: rig.secrets.svc }
    const response = await rig.post('/token', form, { authorization: 'Bearer x' })
    expect(await outcome(response)).toBe('400 invalid_request')
  })

  it('CA-02 two assertions, or an assertion and a secret, are refused', async () => {
    const rig = await authorizationServer()
    const pairs = (form: object): [string, string][] => Object.entries({ ...refreshing, ...form })
    const twice = [...pairs(assertion), ...pairs({ client_assertion: 'again' }).slice(-1)]
    expect(await outcome(await rig.post('/token', twice))).toBe('400 invalid_request')
    const both = { ...assertion, client_id: 'svc', client_secret: rig.secrets.svc }
    expect(await outcome(await rig.post('/token', { ...refreshing, ...both }))).toBe(
      '400 invalid_request',
    )
  })

  it('CA-03 an id in the header and another in the body are refused', async () => {
    const rig = await authorizationServer()
    const form = { ...refreshing, client_id: 'pub' }
    const response = await rig.post('/token', form, basic('web', rig.secrets.web))
    expect(await outcome(response)).toBe('400 invalid_request')
  })

  it.each<[string, Record<string, string>, (rig: Rig) => Record<string, string>]>([
    ['a public client with a secret', { client_id: 'pub', client_secret: 'x' }, () => ({})],
    ['a public client with Basic', {}, () => basic('pub', '')],
    ['a public client with an assertion', { client_id: 'pub', ...assertion }, () => ({})],
    ['a confidential client with nothing', { client_id: 'web' }, () => ({})],
    ['a client of Basic with an empty secret', {}, () => basic('web', '')],
    ['a client of post with Basic', {}, ({ secrets }) => basic('svc', secrets.svc)],
  ])('CA-05 the registered method only: %s is refused', async (_, form, headers) => {
    const rig = await authorizationServer()
    const response = await rig.post('/token', { ...refreshing, ...form }, headers(rig))
    expect(await outcome(response)).toBe('401 invalid_client')
  })

  it('CA-05 a client of Basic that sends its right secret in the body is refused', async () => {
    const rig = await authorizationServer()
    const form = { ...refreshing, client_id: 'web', client_secret: rig.secrets.web }
    expect(await outcome(await rig.post('/token', form))).toBe('401 invalid_client')
  })

  it('CA-01 a failure is an event that names the client, the source and nothing secret', async () => {
    const rig = await authorizationServer()
    await ask(rig, 'svc', 'a guess that must not be kept')
    await ask(rig, 'x'.repeat(50_000), 'a guess that must not be kept')
    const refused = rig.events.filter(({ type }) => type === 'token.refused')
    expect(refused).toMatchObject([
      { clientId: 'svc', source: '192.0.2.1', error: 'invalid_client' },
      { source: '192.0.2.1', error: 'invalid_client' },
    ])
    expect(JSON.stringify(rig.events)).not.toContain('a guess')
    expect(JSON.stringify(refused).length).toBeLessThan(2_000)
  })

  it('CA-07 a secret is shown once, and nowhere else: not kept, listed, told of or echoed', async () => {
    const rig = await authorizationServer()
    const metadata = {
      client_name: 'Dyn',
      redirect_uris: ['https://dyn.test/cb'],
      token_endpoint_auth_method: 'client_secret_post',
    }
    const shown = await (await postJson(rig, '/register', metadata)).json()
    const { secret: rotated } = await rig.clients.rotateSecret('web')
    const secrets = [
      rig.secrets.web,
      rig.secrets.svc,
      shown.client_secret,
      rotated?.reveal('testing') ?? '',
    ]
    const wrong = { ...refreshing, client_id: shown.client_id, client_secret: secrets[0] ?? '' }
    const answers = [
      await ask(rig, 'svc', `${rig.secrets.svc}x`),
      await rig.post('/token', wrong),
      await rig.post('/token', { ...refreshing, client_secret: secrets[2] }),
      await rig.post('/token', refreshing, { authorization: `Basic ${secrets[2]}` }),
    ]
    const everything = JSON.stringify([
      await Promise.all(answers.map((answer) => answer.text())),
      await rig.clients.list(),
      await rig.store.list('clients', {}, { limit: 100 }),
      await rig.store.list('events', {}, { limit: 1000 }),
      rig.events,
    ])
    expect(new Set(secrets).size).toBe(4)
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(40)
      expect(everything).not.toContain(secret)
    }
  })

  it.each([
    ['a shared key', { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ' }],
    ['a private key', { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'AyM1SysPpbyDfgZld3umj1qz' }],
  ])('CA-15 %s that a client registers is refused, not kept and not repeated', async (_, key) => {
    const rig = await authorizationServer()
    const app = { client_name: 'App', redirect_uris: ['https://app.test/cb'] }
    for (const method of ['none', 'client_secret_basic', 'private_key_jwt']) {
      const jwks = { keys: [key] }
      const response = await postJson(rig, '/register', {
        ...app,
        jwks,
        token_endpoint_auth_method: method,
      })
      const answer = await response.text()
      expect([response.status, JSON.parse(answer).error]).toEqual([400, 'invalid_client_metadata'])
      const kept = JSON.stringify(await rig.store.list('clients', {}, { limit: 100 }))
      expect(answer + kept).not.toContain('AyM1SysPpbyDfgZld3umj1qz')
    }
  })

  it('CA-14 CA-15 strangers register no keys: what they name is neither kept nor fetched', async () => {
    const rig = await authorizationServer()
    const app = { client_name: 'App', redirect_uris: ['https://app.test/cb'] }
    const keys = {
      jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] },
      jwks_uri: 'https://evil.test/jwks',
    }
    const byKey = { ...app, ...keys, token_endpoint_auth_method: 'private_key_jwt' }
    expect(await outcome(await postJson(rig, '/register', byKey))).toBe(
      '400 invalid_client_metadata',
    )
    const answer = await (await postJson(rig, '/register', { ...app, ...keys })).json()
    expect(Object.keys(answer).filter((name) => name.startsWith('jwks'))).toEqual([])
    expect(rig.fetched).toEqual([])
  })

  it('CA-17 a rotated secret works at once, and the old one no more; it is told of', async () => {
    const rig = await authorizationServer()
    const { secret } = await rig.clients.rotateSecret('svc')
    expect(await outcome(await ask(rig, 'svc', rig.secrets.svc))).toBe('401 invalid_client')
    expect((await ask(rig, 'svc', secret?.reveal('testing') ?? '')).status).toBe(200)
    expect(rig.events).toContainEqual(
      expect.objectContaining({
        type: 'client.changed',
        clientId: 'svc',
        reason: 'secret rotated',
      }),
    )
  })

  it('CA-19 a thousand bad secrets cost less than one slow hash each', async () => {
    const rig = await authorizationServer()
    const started = process.cpuUsage()
    const sources = Array.from({ length: 1000 }, (_, i) => `198.51.${i >> 8}.${i & 255}`)
    const answers = await Promise.all(sources.map((source) => ask(rig, 'svc', 'guess', source)))
    const { user, system } = process.cpuUsage(started)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]))
    // argon2id of the accounts takes some 30 ms of a core; this is microseconds each.
    expect((user + system) / 1000 / 1000).toBeLessThan(5)
  })
})
