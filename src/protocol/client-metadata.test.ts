import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ClientMetadata,
  type ClientMetadataPolicy,
  metadataFingerprint,
  parseClientMetadata,
} from './client-metadata.ts'

const policy: ClientMetadataPolicy = { allowLocalhost: true }
const administrator: ClientMetadataPolicy = { ...policy, registration: 'administrator' }

const redirect_uris = ['https://web.test/cb']
const invalidMetadata = expect.objectContaining({ code: 'invalid_client_metadata', status: 400 })
const invalidRedirectUri = expect.objectContaining({ code: 'invalid_redirect_uri', status: 400 })

describe('parseClientMetadata', () => {
  it('fills in what RFC 7591 §2 says of members that are absent', () => {
    expect(parseClientMetadata({ redirect_uris }, policy)).toEqual({
      client_name: 'Unnamed client',
      redirect_uris,
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'web',
    })
  })

  it('keeps what is harmless', () => {
    const told = {
      client_uri: 'https://app.test',
      logo_uri: 'https://app.test/logo.png?v=1#a',
      policy_uri: 'https://app.test/policy',
      tos_uri: 'https://app.test/terms',
      contacts: ['admin@app.test'],
      software_id: '4NRB1-0XZABZI9E6-5SM3R',
      software_version: '2.2',
    }
    expect(parseClientMetadata({ redirect_uris, ...told }, policy)).toMatchObject(told)
  })

  it('registers what Claude Code, Cursor and VS Code send', () => {
    const claude = parseClientMetadata(
      {
        client_name: 'Claude Code (files)',
        redirect_uris: ['http://localhost:54545/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        scope: 'files:read files:write',
      },
      policy,
    )
    expect(claude).toMatchObject({ application_type: 'native', scope: 'files:read files:write' })
    const cursor = parseClientMetadata(
      {
        client_name: 'Cursor',
        application_type: 'web',
        redirect_uris: [
          'cursor://anysphere.cursor-mcp/oauth/callback',
          'http://localhost:8787/callback',
          'https://www.cursor.com/agents/mcp/oauth/callback',
        ],
        token_endpoint_auth_method: 'none',
      },
      policy,
    )
    expect(cursor).toMatchObject({ application_type: 'native' })
    const code = parseClientMetadata(
      {
        client_name: 'Visual Studio Code',
        application_type: 'native',
        redirect_uris: [
          'https://vscode.dev/redirect',
          'http://127.0.0.1:33418',
          'http://127.0.0.1:33418/',
        ],
        grant_types: [
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code',
        ],
        token_endpoint_auth_method: 'none',
      },
      policy,
    )
    expect(code.grant_types).toEqual(['authorization_code', 'refresh_token'])
  })

  it('infers the application type only where it is absent', () => {
    const typeOf = (input: object) => parseClientMetadata(input, policy).application_type
    expect(typeOf({ redirect_uris })).toBe('web')
    expect(typeOf({ redirect_uris: ['http://127.0.0.1/cb'] })).toBe('native')
    expect(typeOf({ redirect_uris: [...redirect_uris, 'com.example.app:/cb'] })).toBe('native')
    expect(typeOf({ redirect_uris, application_type: 'native' })).toBe('native')
  })

  it('applies defaults before it checks', () => {
    const defaults = { token_endpoint_auth_method: 'none', grant_types: ['refresh_token'] }
    expect(() => parseClientMetadata({ redirect_uris }, { ...policy, defaults })).toThrow(
      invalidMetadata,
    )
    const input = { redirect_uris, grant_types: ['authorization_code'] }
    expect(parseClientMetadata(input, { ...policy, defaults })).toMatchObject({
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
    })
  })

  it.each([null, undefined, 1, 'x', [], [redirect_uris], true])(
    'refuses %j instead of an object',
    (input) => {
      expect(() => parseClientMetadata(input, policy)).toThrow(invalidMetadata)
    },
  )

  it.each([
    'client_name',
    'redirect_uris',
    'token_endpoint_auth_method',
    'grant_types',
    'response_types',
    'application_type',
    'scope',
    'client_uri',
    'logo_uri',
    'policy_uri',
    'tos_uri',
    'contacts',
    'software_id',
    'software_version',
  ])('refuses %s of a wrong type, and names it', (member) => {
    for (const wrong of [null, 1, true, {}, [null], [1], [['x']]]) {
      const attempt = () => parseClientMetadata({ redirect_uris, [member]: wrong }, policy)
      expect(attempt).toThrow(invalidMetadata)
      expect(attempt).toThrow(new RegExp(`^${member}[. ]`))
    }
  })

  it('needs 1 to 20 redirect URIs for the code grant', () => {
    const many = Array.from({ length: 21 }, (_, i) => `https://web.test/${i}`)
    expect(() => parseClientMetadata({}, policy)).toThrow(invalidRedirectUri)
    expect(() => parseClientMetadata({ redirect_uris: [] }, policy)).toThrow(invalidRedirectUri)
    expect(() => parseClientMetadata({ redirect_uris: many }, policy)).toThrow(invalidRedirectUri)
    const twenty = { redirect_uris: many.slice(1) }
    expect(parseClientMetadata(twenty, policy).redirect_uris).toHaveLength(20)
  })

  it('folds redirect URIs that are the same', () => {
    const twice = { redirect_uris: [...redirect_uris, ...redirect_uris] }
    expect(parseClientMetadata(twice, policy).redirect_uris).toEqual(redirect_uris)
  })

  it('checks every redirect URI, not only the first', () => {
    const input = { redirect_uris: [...redirect_uris, 'javascript:alert(1)'] }
    expect(() => parseClientMetadata(input, policy)).toThrow(invalidRedirectUri)
  })

  it('knows no localhost where the policy has none', () => {
    const input = { redirect_uris: ['http://localhost/cb'] }
    expect(() => parseClientMetadata(input, { allowLocalhost: false })).toThrow(invalidRedirectUri)
  })

  it.each([['refresh_token'], ['implicit'], ['client_credentials'], []])(
    'refuses a client that could begin nothing: %j',
    (...grant_types) => {
      expect(() => parseClientMetadata({ redirect_uris, grant_types }, policy)).toThrow(
        invalidMetadata,
      )
    },
  )

  it.each([[['token']], [['code token']], [['CODE']], [[]]])(
    'refuses the response types %j',
    (response_types) => {
      expect(() => parseClientMetadata({ redirect_uris, response_types }, policy)).toThrow(
        invalidMetadata,
      )
    },
  )

  it('leaves out response types beside code', () => {
    const input = { redirect_uris, response_types: ['token', 'code'] }
    expect(parseClientMetadata(input, policy).response_types).toEqual(['code'])
  })

  it.each(['private_key_jwt', 'client_secret_jwt', 'tls_client_auth', 'NONE', ''])(
    'refuses the authentication method %j',
    (token_endpoint_auth_method) => {
      const input = { redirect_uris, token_endpoint_auth_method }
      expect(() => parseClientMetadata(input, policy)).toThrow(invalidMetadata)
    },
  )

  it('normalises scope, drops an empty one, and refuses a malformed one', () => {
    expect(parseClientMetadata({ redirect_uris, scope: 'a b a' }, policy).scope).toBe('a b')
    expect(parseClientMetadata({ redirect_uris, scope: '' }, policy)).not.toHaveProperty('scope')
    expect(() => parseClientMetadata({ redirect_uris, scope: 'a  b' }, policy)).toThrow(
      invalidMetadata,
    )
  })

  it.each([
    'http://app.test',
    'javascript:alert(1)',
    'data:image/svg+xml,<svg/>',
    'https://localhost/x',
    'https://10.0.0.1/',
    'https://169.254.169.254/',
    'https://[::1]/',
    'https://a:b@app.test/',
    '',
    'app.test',
    'https://app.test/ x',
    'https://app.test/\nx',
    `https://app.test/${'a'.repeat(2048)}`,
  ])('refuses %j as a page or logo', (uri) => {
    for (const member of ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri']) {
      expect(() => parseClientMetadata({ redirect_uris, [member]: uri }, policy)).toThrow(
        invalidMetadata,
      )
    }
  })

  it('has bounds on every text', () => {
    for (const input of [
      { software_id: 'x'.repeat(256) },
      { software_version: 'a\nb' },
      { contacts: Array.from({ length: 11 }, () => 'x') },
      { scope: 'x'.repeat(4097) },
    ]) {
      expect(() => parseClientMetadata({ redirect_uris, ...input }, policy)).toThrow(
        invalidMetadata,
      )
    }
  })

  it('gives an administrator the client_credentials grant, for confidential clients', () => {
    const grant_types = ['client_credentials']
    expect(parseClientMetadata({ client_name: 'Robot', grant_types }, administrator)).toEqual({
      client_name: 'Robot',
      redirect_uris: [],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types,
      response_types: [],
      application_type: 'web',
    })
    const open = { grant_types, token_endpoint_auth_method: 'none' }
    expect(() => parseClientMetadata(open, administrator)).toThrow(invalidMetadata)
    const refreshing = { grant_types: ['client_credentials', 'refresh_token'] }
    expect(() => parseClientMetadata(refreshing, administrator)).toThrow(invalidMetadata)
  })

  it('tells an administrator of a grant it does not know', () => {
    const input = { redirect_uris, grant_types: ['authorization_code', 'authorisation_code'] }
    expect(() => parseClientMetadata(input, administrator)).toThrow(
      /authorization_code, refresh_token/,
    )
  })

  it('throws nothing but its own errors, and keeps nothing it does not know', () => {
    const members = fc.dictionary(
      fc.constantFrom(
        'redirect_uris',
        'scope',
        'client_name',
        'grant_types',
        'client_id',
        '__proto__',
        'jwks_uri',
      ),
      fc.oneof(fc.jsonValue(), fc.constant(redirect_uris)),
    )
    const known = [
      'client_name',
      'redirect_uris',
      'token_endpoint_auth_method',
      'grant_types',
      'response_types',
      'application_type',
      'scope',
    ]
    fc.assert(
      fc.property(members, (input) => {
        try {
          expect(known).toEqual(
            expect.arrayContaining(Object.keys(parseClientMetadata(input, policy))),
          )
        } catch (error) {
          expect(error).toMatchObject({ name: 'OAuthError' })
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('metadataFingerprint', () => {
  const metadata: ClientMetadata = parseClientMetadata(
    { client_name: 'App', redirect_uris: ['https://a.test/', 'https://b.test/'], scope: 'a b' },
    policy,
  )

  it('is a SHA-256 digest in base64url', async () => {
    expect(await metadataFingerprint(metadata)).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('is the same in whatever order members and URIs come', async () => {
    const { client_name, ...others } = metadata
    const same = { ...others, client_name, redirect_uris: metadata.redirect_uris.toReversed() }
    expect(await metadataFingerprint(same)).toBe(await metadataFingerprint(metadata))
  })

  it('differs as soon as one member does', async () => {
    const others: ClientMetadata[] = [
      { ...metadata, client_name: 'app' },
      { ...metadata, redirect_uris: ['https://a.test/'] },
      { ...metadata, scope: 'a' },
      { ...metadata, software_id: '' },
      { ...metadata, client_name: 'App","redirect_uris":[' },
      { ...metadata, redirect_uris: ['https://a.test/,https://b.test/'] },
    ]
    const prints = await Promise.all([metadata, ...others].map(metadataFingerprint))
    expect(new Set(prints).size).toBe(prints.length)
  })
})
