import * as oauth from 'oauth4webapi'
import { describe, expect, it } from 'vitest'
import { anotherServer } from './support/another-server.ts'
import { API, authorizationServer, ISSUER, MCP, type Rig } from './support/authorization-server.ts'

const OAUTH = '/.well-known/oauth-authorization-server'
const OPENID = '/.well-known/openid-configuration'

const get = (rig: Rig, url: string, headers: Record<string, string> = {}, method = 'GET') =>
  rig.server.fetch(new Request(url, { method, headers }))

const document = async (rig: Rig, url = `${ISSUER}${OAUTH}`) => (await get(rig, url)).json()

/** Sends what a client library fetches to the server. */
const fetchFrom =
  ({ server }: Rig) =>
  (url: string, { headers }: { readonly headers: Record<string, string> }) =>
    server.fetch(new Request(url, { headers }))

describe('RFC 8414 OAuth 2.0 Authorization Server Metadata', () => {
  it('§2 what is said of this server', async () => {
    const confidential = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']
    const algorithms = ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256']
    expect(await document(await authorizationServer())).toEqual({
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/authorize`,
      token_endpoint: `${ISSUER}/token`,
      registration_endpoint: `${ISSUER}/register`,
      revocation_endpoint: `${ISSUER}/revoke`,
      jwks_uri: `${ISSUER}/.well-known/jwks.json`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: [...confidential, 'none'],
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_methods_supported: [...confidential, 'none'],
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
      introspection_endpoint: `${ISSUER}/introspect`,
      introspection_endpoint_auth_methods_supported: confidential,
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
      scopes_supported: [
        ...['openid', 'offline_access', 'notes:read', 'notes:write', 'notes:admin', 'bills:read'],
      ],
      // RFC 9207 §3, RFC 9728 §4, CIMD §5
      authorization_response_iss_parameter_supported: true,
      protected_resources: [MCP, API],
      client_id_metadata_document_supported: true,
      // OpenID Connect Discovery §3
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
      claims_parameter_supported: false,
      request_uri_parameter_supported: false,
    })
  })

  it('§2 what is switched off is not said', async () => {
    const rig = await authorizationServer({
      settings: { registration: { dynamic: false }, clientDocuments: { enabled: false } },
    })
    const metadata = await document(rig)
    expect(metadata).not.toHaveProperty('registration_endpoint')
    expect(metadata.client_id_metadata_document_supported).toBe(false)
    expect((await get(rig, `${ISSUER}/register`)).status).toBe(404)
  })

  it('§2 every endpoint that is named is there', async () => {
    const rig = await authorizationServer()
    const named = Object.entries(await document(rig)).filter(([name]) =>
      /_(endpoint|uri)$/.test(name),
    )
    expect(named.length).toBeGreaterThanOrEqual(5)
    for (const [, url] of named) {
      expect((await get(rig, String(url))).status).not.toBe(404)
    }
  })

  it.each([
    ['https://as.test', ['', '']],
    ['https://as.test/', ['', '']],
    ['https://as.test/tenant/one', ['/tenant/one', '']],
    ['https://as.test/tenant/one/', ['/tenant/one', '']],
  ])('§3.1 %s: the well-known string is inserted between host and path', async (issuer) => {
    const rig = await authorizationServer({ issuer })
    const path = new URL(issuer).pathname.replace(/\/$/, '')
    for (const name of [OAUTH, OPENID]) {
      expect((await document(rig, `https://as.test${name}${path}`)).issuer).toBe(issuer)
    }
  })

  it('§5 for compatibility it is also appended to the path, as OpenID Connect Discovery has it', async () => {
    const rig = await authorizationServer({ issuer: 'https://as.test/tenant' })
    const inserted = await document(rig, `https://as.test${OAUTH}/tenant`)
    for (const url of [`https://as.test/tenant${OPENID}`, `https://as.test/tenant${OAUTH}`]) {
      expect(await document(rig, url)).toEqual(inserted)
    }
    expect(inserted.token_endpoint).toBe('https://as.test/tenant/token')
    expect(inserted.jwks_uri).toBe('https://as.test/tenant/.well-known/jwks.json')
  })

  it('§3.1 MUST NOT be elsewhere: at the root of an issuer with a path there is no document', async () => {
    const rig = await authorizationServer({ issuer: 'https://as.test/tenant' })
    for (const path of [OAUTH, OPENID, `${OAUTH}/other`, `/other${OPENID}`]) {
      expect((await get(rig, `https://as.test${path}`)).status).toBe(404)
    }
  })

  it('§3.2 MUST be answered with 200 and application/json', async () => {
    const response = await get(await authorizationServer(), `${ISSUER}${OAUTH}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
  })

  it('§3.2 claims with zero elements MUST be omitted', async () => {
    const rig = await anotherServer(await authorizationServer(), { resources: [] })
    const empty = Object.entries(await document(rig)).filter(([, value]) => {
      return Array.isArray(value) && value.length === 0
    })
    expect(empty).toEqual([])
  })

  it.each([ISSUER, 'https://as.test/tenant/one', 'https://as.test/'])(
    '§3.3 the issuer MUST be identical to %s, for a strict client, by either algorithm',
    async (issuer) => {
      const rig = await authorizationServer({ issuer })
      const identifier = new URL(issuer)
      for (const algorithm of ['oauth2', 'oidc'] as const) {
        const options = { algorithm, [oauth.customFetch]: fetchFrom(rig) }
        const response = await oauth.discoveryRequest(identifier, options)
        const found = await oauth.processDiscoveryResponse(identifier, response)
        expect(found.issuer).toBe(issuer)
      }
    },
  )
})

describe('RFC 9110 of the documents: caching and methods', () => {
  const documents = [OAUTH, OPENID, '/.well-known/jwks.json']

  it.each(documents)(
    '§13.1.2 %s: If-None-Match is answered with 304, by weak comparison',
    async (path) => {
      const rig = await authorizationServer()
      const url = `${ISSUER}${path}`
      const etag = (await get(rig, url)).headers.get('etag') ?? ''
      expect(etag).toMatch(/^"[\w-]+"$/)
      for (const known of [etag, `W/${etag}`, `"other", W/${etag}`, `"a,b",${etag}`, '*']) {
        const response = await get(rig, url, { 'if-none-match': known })
        expect(response.status, known).toBe(304)
        expect(await response.text()).toBe('')
        expect(response.headers.get('etag')).toBe(etag)
        expect(response.headers.get('cache-control')).toBe('public, max-age=300')
      }
      for (const other of ['"other"', etag.slice(1, -1), '']) {
        expect((await get(rig, url, { 'if-none-match': other })).status).toBe(200)
      }
    },
  )

  it.each(documents)('§9.3.2 %s: HEAD is GET without the content', async (path) => {
    const rig = await authorizationServer()
    const full = await get(rig, `${ISSUER}${path}`)
    const head = await get(rig, `${ISSUER}${path}`, {}, 'HEAD')
    expect(head.status).toBe(200)
    expect([...head.headers]).toEqual([...full.headers])
    expect(await head.text()).toBe('')
  })

  it.each(documents)(
    '§15.5.6 %s: any other method is refused, and Allow says which are not',
    async (path) => {
      const rig = await authorizationServer()
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        const response = await get(rig, `${ISSUER}${path}`, {}, method)
        expect(response.status).toBe(405)
        expect(response.headers.get('allow')).toBe('GET')
      }
    },
  )

  it.each(documents)('CORS: %s is for pages of any origin, without credentials', async (path) => {
    const rig = await authorizationServer()
    for (const origin of ['https://inspector.test', 'null']) {
      const response = await get(rig, `${ISSUER}${path}`, { origin })
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.has('access-control-allow-credentials')).toBe(false)
      const asked = {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'mcp-protocol-version',
      }
      const preflight = await get(rig, `${ISSUER}${path}`, asked, 'OPTIONS')
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
      expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain(
        'mcp-protocol-version',
      )
    }
  })

  it.each(documents)('%s is serialised once, not for every request', async (path) => {
    const rig = await authorizationServer()
    await get(rig, `${ISSUER}${path}`)
    const original = JSON.stringify
    let calls = 0
    JSON.stringify = ((...args: Parameters<typeof original>) => {
      calls++
      return original(...args)
    }) as typeof original
    try {
      await get(rig, `${ISSUER}${path}`)
    } finally {
      JSON.stringify = original
    }
    expect(calls).toBe(0)
  })
})

describe('OpenID Connect Discovery 1.0', () => {
  it('§3 the REQUIRED members are there', async () => {
    const metadata = await document(await authorizationServer(), `${ISSUER}${OPENID}`)
    for (const member of [
      ...['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri'],
      ...['response_types_supported', 'subject_types_supported'],
      'id_token_signing_alg_values_supported',
    ]) {
      expect(metadata).toHaveProperty(member)
    }
    // Its default is true, so that saying nothing would promise it.
    expect(metadata.request_uri_parameter_supported).toBe(false)
  })
})
