import { describe, expect, it } from 'vitest'
import { anotherServer } from './support/another-server.ts'
import {
  API,
  authorizationCode,
  authorizationParameters,
  authorizationServer,
  basic,
  claims,
  MCP,
  type Rig,
  redeem,
  refresh,
  resources,
  tokens,
  VERIFIER,
} from './support/authorization-server.ts'
import { granted, outcome, request } from './support/requests.ts'

/** A client with an id and a name that need encoding, and its secret. */
async function oddlyNamed(rig: Rig) {
  const { secret } = await rig.clients.add({
    id: 'odd.client-1',
    resources: null,
    metadata: { client_name: 'Odd', grant_types: ['client_credentials'] },
  })
  return secret?.reveal('testing') ?? ''
}

/** Redeems a code of `web`. */
const redeemWeb = (rig: Rig, code: string, changes: Record<string, string> = {}) =>
  rig.post(
    '/token',
    {
      grant_type: 'authorization_code',
      redirect_uri: 'https://web.test/cb',
      code,
      code_verifier: VERIFIER,
      ...changes,
    },
    basic('web', rig.secrets.web),
  )

const web = { client_id: 'web', redirect_uri: 'https://web.test/cb' }

/** Asks as `svc`, for itself. */
const ask = (rig: Rig, changes: Record<string, string> = {}) =>
  rig.post('/token', {
    grant_type: 'client_credentials',
    client_id: 'svc',
    client_secret: rig.secrets.svc,
    resource: API,
    ...changes,
  })

describe('RFC 6749 §2.3 Client authentication', () => {
  it('§2.3.1 MUST support HTTP Basic for clients with a password', async () => {
    const rig = await authorizationServer()
    await granted(await redeemWeb(rig, await authorizationCode(rig, web)))
  })

  it('§2.3.1 MAY support the credentials in the request body', async () => {
    await granted(await ask(await authorizationServer()))
  })

  it('§2.3.1 id and secret are form-encoded before they go into the header', async () => {
    const rig = await authorizationServer()
    const secret = await oddlyNamed(rig)
    const encode = (text: string) =>
      [...text].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')
    const authorization = `basic ${btoa(`${encode('odd.client-1')}:${encode(secret)}`)}`
    const form = { grant_type: 'client_credentials', resource: API }
    await granted(await rig.post('/token', form, { authorization }))
  })

  it.each([
    ['no base64', '!!!'],
    ['no colon', btoa('web')],
    ['no client', btoa(':secret')],
    ['no UTF-8', btoa('\xff:\xff')],
    ['no form encoding', btoa('web:100%')],
    ['nothing', ''],
    ['two of them', `${btoa('web:x')}, Basic ${btoa('web:x')}`],
  ])('§2.3.1 a header with %s is no authentication', async (_, credentials) => {
    const rig = await authorizationServer()
    const form = { grant_type: 'refresh_token', refresh_token: 'x' }
    const response = await rig.post('/token', form, { authorization: `Basic ${credentials}` })
    expect(await outcome(response)).toMatch(/^(400 invalid_request|401 invalid_client)$/)
  })

  it('§2.3 the client MUST NOT use more than one authentication method in each request', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, web)
    const twice = await redeemWeb(rig, code, { client_id: 'web', client_secret: rig.secrets.web })
    expect(await outcome(twice)).toBe('400 invalid_request')
    await granted(await redeemWeb(rig, code, { client_id: 'web' }))
  })

  it('§2.3.1 the secret MAY be omitted if it is empty, and then there is none', async () => {
    const rig = await authorizationServer()
    const { refresh_token } = await tokens(rig)
    await granted(await refresh(rig, refresh_token, { client_secret: '' }))
    expect(await outcome(await ask(rig, { client_secret: '' }))).toBe('401 invalid_client')
  })
})

describe('RFC 6749 §3.2 Token endpoint', () => {
  it('the client MUST use POST', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
      const response = await request(rig, '/token', { method })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('POST')
    }
    await granted(await redeem(rig, code))
  })

  it('parameters sent without a value MUST be treated as if they were omitted', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    expect(await outcome(await redeem(rig, code, { code: '' }))).toBe('400 invalid_request')
    await granted(await redeem(rig, code, { scope: '', resource: '', nonsense: '' }))
  })

  it('MUST ignore unrecognized request parameters', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    await granted(await redeem(rig, code, { foo: 'bar', 'code[]': 'x', __proto__x: '1' }))
  })

  it('§3.2.1 a public client says who it is by client_id', async () => {
    const rig = await authorizationServer()
    const form = { grant_type: 'refresh_token', refresh_token: 'x' }
    expect(await outcome(await rig.post('/token', form))).toBe('401 invalid_client')
  })
})

describe('RFC 6749 §3.3 Access token scope', () => {
  it('MUST say which scope was granted if it differs from what was asked for', async () => {
    const rig = await authorizationServer()
    const scope = 'notes:read notes:admin unheard:of'
    const given = await tokens(rig, { scope })
    expect(given.scope).toBe('notes:read')
    expect(claims(given.access_token).scope).toBe('notes:read')
  })

  it('MUST process a request without a scope by a default, or fail', async () => {
    const rig = await authorizationServer()
    expect((await tokens(rig, { scope: undefined })).scope).toBe('notes:read')
    expect((await granted(await ask(rig))).scope).toBe('bills:read')
  })

  it('the order does not matter and each name counts once', async () => {
    const rig = await authorizationServer()
    const given = await granted(await ask(rig, { scope: 'bills:read bills:read' }))
    expect(given.scope).toBe('bills:read')
  })

  it.each(['bills:read  bills:read', 'bills:read\t', '"', '\\', ' '])(
    'Appendix A.4: “%s” is no scope',
    async (scope) => {
      const rig = await authorizationServer()
      expect(await outcome(await ask(rig, { scope }))).toBe('400 invalid_scope')
    },
  )

  it('a resource without a default gives a token without a scope, and says nothing of one', async () => {
    const first = await authorizationServer()
    const bare = resources.map((resource) => ({ ...resource, baseline: [] }))
    const rig = { ...(await anotherServer(first, { resources: bare })), secrets: first.secrets }
    const given = await granted(await ask(rig))
    // §3.3: a scope is a list of at least one name.
    expect(given).not.toHaveProperty('scope')
    expect(claims(given.access_token)).not.toHaveProperty('scope')
  })
})

describe('RFC 6749 §4.1 Authorization code grant', () => {
  it('the whole way from request to tokens', async () => {
    const rig = await authorizationServer()
    const location = await rig.browser().authorize(await authorizationParameters())
    const answer = new URL(location)
    expect(answer.origin + answer.pathname).toBe('https://spa.test/cb')
    expect(answer.searchParams.get('state')).toBe('a state')
    expect(answer.searchParams.get('iss')).toBe('https://as.test')
    const given = await granted(await redeem(rig, answer.searchParams.get('code') ?? ''))
    expect(given).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'notes:read',
      refresh_token: expect.stringMatching(/^wrt_[\w.-]+$/),
    })
  })

  it.each(['grant_type', 'code'])('§4.1.3 %s is REQUIRED', async (name) => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    expect(await outcome(await redeem(rig, code, { [name]: '' }))).toBe('400 invalid_request')
    await granted(await redeem(rig, code))
  })

  it('§4.1.3 redirect_uri is REQUIRED if it was in the request, and MUST be identical', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    for (const redirect_uri of ['', 'https://spa.test/cb/', 'https://spa.test/CB', 'x']) {
      expect(await outcome(await redeem(rig, code, { redirect_uri }))).toBe('400 invalid_grant')
    }
    await granted(await redeem(rig, code))
  })

  it('§4.1.3 a loopback redirect_uri MUST be identical with its port', async () => {
    const rig = await authorizationServer()
    const asked = { client_id: 'nat', redirect_uri: 'http://127.0.0.1:49152/cb' }
    const code = await authorizationCode(rig, asked)
    for (const redirect_uri of ['http://127.0.0.1/cb', 'http://127.0.0.1:49153/cb']) {
      expect(await outcome(await redeem(rig, code, { ...asked, redirect_uri }))).toBe(
        '400 invalid_grant',
      )
    }
    await granted(await redeem(rig, code, asked))
  })

  it('§4.1.3 MUST ensure that the code was issued to the authenticated client', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig, web)
    expect(await outcome(await redeem(rig, code, web))).toBe('401 invalid_client')
    expect(await outcome(await redeem(rig, code, { redirect_uri: web.redirect_uri }))).toBe(
      '400 invalid_grant',
    )
    await granted(await redeemWeb(rig, code))
  })

  it('§4.1.2 the client MUST NOT use the code more than once', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    await granted(await redeem(rig, code))
    expect(await outcome(await redeem(rig, code))).toBe('400 invalid_grant')
  })

  it('§4.1.4 a refresh token is for clients that registered for it, whatever the scope', async () => {
    const rig = await authorizationServer()
    const redirect_uri = 'https://once.test/cb'
    const client_id = await rig.register({
      client_name: 'Once',
      redirect_uris: [redirect_uri],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
    })
    const once = { client_id, redirect_uri }
    const given = await granted(await redeem(rig, await authorizationCode(rig, once), once))
    expect(given).not.toHaveProperty('refresh_token')
    expect(await tokens(rig)).toHaveProperty('refresh_token')
  })

  it('§4.1.4 an access token never outlives what it rests on', async () => {
    const ttl = { accessToken: 86_400, refreshToken: 300, refreshTokenIdle: 300 }
    const rig = await authorizationServer({ settings: { ttl } })
    const { expires_in, access_token } = await tokens(rig)
    expect(expires_in).toBe(300)
    expect(claims(access_token).exp).toBe(rig.platform.now() / 1000 + 300)
  })
})

describe('RFC 6749 §4.4 Client credentials grant', () => {
  it('§4.4.2 gives a token for the client itself', async () => {
    const given = await granted(await ask(await authorizationServer()))
    expect(claims(given.access_token)).toMatchObject({
      sub: 'client:svc',
      client_id: 'svc',
      aud: API,
      scope: 'bills:read',
    })
  })

  it('§4.4 MUST only be used by confidential clients', async () => {
    const rig = await authorizationServer()
    const form = { grant_type: 'client_credentials', client_id: 'pub', resource: API }
    expect(await outcome(await rig.post('/token', form))).toBe('400 unauthorized_client')
    const metadata = {
      client_name: 'x',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'none',
    }
    await expect(rig.clients.add({ metadata, resources: null })).rejects.toMatchObject({
      code: 'invalid_client_metadata',
    })
  })

  it('§4.4.3 a refresh token SHOULD NOT be included', async () => {
    expect(await granted(await ask(await authorizationServer()))).not.toHaveProperty(
      'refresh_token',
    )
  })

  it('§3.3 nobody stands behind it: no identity, and no scope of a role', async () => {
    const rig = await authorizationServer()
    const form = { resource: MCP, scope: 'notes:read notes:admin openid offline_access' }
    const given = await granted(await ask(rig, form))
    expect(given.scope).toBe('notes:read')
    expect(given).not.toHaveProperty('id_token')
  })

  it('an access token is issued without writing anything', async () => {
    const rig = await authorizationServer()
    const before = rig.events.length
    let writes = 0
    const { store } = rig
    const counted = await anotherServer(rig, {
      store: {
        find: (table, where) => store.find(table, where),
        list: (table, where, page) => store.list(table, where, page),
        write: (...args) => {
          writes++
          return store.write(...args)
        },
        sweep: (...args) => store.sweep(...args),
        close: () => store.close(),
      },
    })
    for (let i = 0; i < 10; i++) await granted(await ask(counted))
    expect(writes).toBe(0)
    expect(rig.events.length).toBe(before)
    expect(counted.events.map(({ type }) => type)).toEqual(Array(10).fill('token.issued'))
  })
})

describe('RFC 6749 §5.1 Successful response', () => {
  const answers = async () => {
    const rig = await authorizationServer()
    const first = await redeem(rig, await authorizationCode(rig))
    const { refresh_token } = await first.clone().json()
    return [first, await refresh(rig, refresh_token), await ask(rig)]
  }

  it('MUST be JSON with status 200', async () => {
    for (const response of await answers()) {
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
    }
  })

  it('MUST include Cache-Control: no-store and Pragma: no-cache', async () => {
    for (const response of await answers()) {
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('pragma')).toBe('no-cache')
    }
  })

  it('access_token and token_type are REQUIRED, expires_in is a number of seconds', async () => {
    for (const response of await answers()) {
      expect(await response.json()).toMatchObject({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 900,
      })
    }
  })
})

describe('RFC 6749 §5.2 Error response', () => {
  it.each<[string, string, (rig: Rig) => Promise<Response>]>([
    ['400 invalid_request', 'a parameter is missing', (rig) => redeem(rig, '')],
    [
      '400 invalid_request',
      'a parameter is repeated',
      (rig) =>
        rig.post('/token', [
          ['grant_type', 'refresh_token'],
          ['grant_type', 'refresh_token'],
        ]),
    ],
    ['401 invalid_client', 'unknown client', (rig) => refresh(rig, 'x', { client_id: 'nobody' })],
    [
      '401 invalid_client',
      'no client authentication',
      (rig) => refresh(rig, 'x', { client_id: '' }),
    ],
    ['400 invalid_grant', 'a code that does not exist', (rig) => redeem(rig, 'wac_nothing')],
    [
      '400 unauthorized_client',
      'a grant the client did not register for',
      (rig) => ask(rig, { grant_type: 'refresh_token', refresh_token: 'x' }),
    ],
    [
      '400 unsupported_grant_type',
      'a grant the server does not know',
      (rig) => redeem(rig, 'x', { grant_type: 'password' }),
    ],
    [
      '400 unsupported_grant_type',
      'a grant in capitals',
      (rig) => redeem(rig, 'x', { grant_type: 'Authorization_Code' }),
    ],
    ['400 invalid_scope', 'a scope that cannot be granted', (rig) => ask(rig, { scope: 'x' })],
    [
      '400 invalid_target',
      'a resource that is unknown',
      (rig) => ask(rig, { resource: 'https://x.test/' }),
    ],
  ])('%s: %s', async (expected, _, send) => {
    const response = await send(await authorizationServer())
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
    const body = await response.clone().json()
    // Appendix A.7 to A.9
    expect(body.error).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(body.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(body.error_uri).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(await outcome(response)).toBe(expected)
  })

  it('invalid_client: a client that used Basic MUST be answered with 401 and WWW-Authenticate: Basic', async () => {
    const rig = await authorizationServer()
    const form = { grant_type: 'refresh_token', refresh_token: 'x' }
    const response = await rig.post('/token', form, basic('web', 'wrong'))
    expect(response.headers.get('www-authenticate')).toBe(
      'Basic realm="https://as.test", charset="UTF-8"',
    )
    expect(await outcome(response)).toBe('401 invalid_client')
  })

  it('invalid_client: an unsupported authentication method, answered with 401 and the scheme that is supported', async () => {
    const rig = await authorizationServer()
    const form = { grant_type: 'refresh_token', client_id: 'pub', refresh_token: 'x' }
    const response = await rig.post('/token', form, { authorization: 'Bearer abc' })
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm="https:\/\/as\.test"/)
    expect(await outcome(response)).toBe('401 invalid_client')
  })
})

describe('RFC 6749 §10 Security considerations', () => {
  it('§10.5 a code is short-lived: a minute unless told, ten at most', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    rig.platform.advance(59_999)
    const late = await authorizationCode(rig)
    await granted(await redeem(rig, code))
    rig.platform.advance(60_000)
    expect(await outcome(await redeem(rig, late))).toBe('400 invalid_grant')
    await expect(
      authorizationServer({ settings: { ttl: { authorizationCode: 601 } } }),
    ).rejects.toThrow()
  })

  it('§10.5 if a code is used again, what it gave SHOULD be revoked', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    const { refresh_token = '' } = await granted(await redeem(rig, code))
    await redeem(rig, code)
    expect(await outcome(await refresh(rig, refresh_token))).toBe('400 invalid_grant')
  })

  it('§10.10 what grants access MUST NOT be guessable: 128 bits or more', async () => {
    const rig = await authorizationServer()
    const code = await authorizationCode(rig)
    expect(Buffer.from(code.replace(/^wac_/, ''), 'base64url')).toHaveLength(32)
    const { access_token, refresh_token = '' } = await granted(await redeem(rig, code))
    expect(Buffer.from(String(claims(access_token).jti), 'base64url')).toHaveLength(16)
    const mac = refresh_token.split('.')[2] ?? ''
    expect(Buffer.from(mac, 'base64url')).toHaveLength(32)
  })
})
