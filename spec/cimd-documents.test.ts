import { describe, expect, it } from 'vitest'
import {
  checkClientIdUrl,
  isClientIdUrl,
  parseClientDocument,
  parseClientMetadata,
} from 'warder/protocol'

const strict = { allowLoopback: false }
const policy = { allowLocalhost: true }
const clientId = 'https://app.test/client.json'
const document = {
  client_id: clientId,
  client_name: 'App',
  redirect_uris: ['http://127.0.0.1/callback', 'https://app.test/callback'],
}
const invalidRequest = expect.objectContaining({ code: 'invalid_request', status: 400 })
const invalidMetadata = expect.objectContaining({ code: 'invalid_client_metadata', status: 400 })
const invalidRedirectUri = expect.objectContaining({ code: 'invalid_redirect_uri', status: 400 })

describe('draft-ietf-oauth-client-id-metadata-document-00', () => {
  it('§3 a client identifier MUST be an https URL with a path', () => {
    expect(isClientIdUrl(clientId)).toBe(true)
    expect(checkClientIdUrl(clientId, strict).href).toBe(clientId)
    for (const id of ['http://app.test/c', 'https://app.test', 'https://app.test/']) {
      expect(() => checkClientIdUrl(id, strict)).toThrow(invalidRequest)
    }
  })

  it('§3 MUST NOT have dot segments, a fragment, a user name or a password', () => {
    for (const id of [
      'https://app.test/./c',
      'https://app.test/a/../c',
      'https://app.test/c#',
      'https://app.test/c#a',
      'https://a@app.test/c',
      'https://a:b@app.test/c',
    ]) {
      expect(() => checkClientIdUrl(id, strict)).toThrow(invalidRequest)
    }
  })

  it('§4.1 client_id MUST be the URL of the document by simple string comparison', () => {
    expect(parseClientDocument(clientId, document, policy).client_name).toBe('App')
    for (const client_id of [
      undefined,
      null,
      '',
      `${clientId}/`,
      'https://APP.test/client.json',
      'https://app.test/client.json?',
      'https://evil.test/client.json',
      [clientId],
    ]) {
      const attempt = () => parseClientDocument(clientId, { ...document, client_id }, policy)
      expect(attempt).toThrow(invalidMetadata)
    }
  })

  it('§4.1 MUST NOT authenticate by a shared secret', () => {
    for (const method of ['client_secret_basic', 'client_secret_post', 'client_secret_jwt']) {
      const input = { ...document, token_endpoint_auth_method: method }
      expect(() => parseClientDocument(clientId, input, policy)).toThrow(invalidMetadata)
    }
  })

  it('§4.1 MUST NOT contain client_secret or client_secret_expires_at', () => {
    for (const member of ['client_secret', 'client_secret_expires_at']) {
      const input = { ...document, [member]: 0 }
      expect(() => parseClientDocument(clientId, input, policy)).toThrow(invalidMetadata)
    }
  })

  it('§4.2 a client without a method is public, and so is one that says none', () => {
    const none = { ...document, token_endpoint_auth_method: 'none' }
    for (const input of [document, none]) {
      const metadata = parseClientDocument(clientId, input, policy)
      expect(metadata.token_endpoint_auth_method).toBe('none')
    }
  })

  it.each([
    'http://app.test/c',
    'https://app.test/c#f',
    'https://a@app.test/c',
    'https://app.test/./c',
    'https://app.test/a/../c',
    'https://app.test/%2e%2e/c',
    'https://app.test/%2E/c',
    'https://app.test',
    'https://app.test/',
    'https://app.test//c',
    'https://app.test/a//c',
    'https://app.test/c?',
    'https://app.test:8443/c',
    'https://app.test:443/c',
    'https://10.0.0.1/c',
    'https://2130706433/c',
    'https://[::1]/c',
    'https://xn--pple-43d.test/c',
    'https://\u0430pple.test/c',
    'https://APP.test/c',
    'HTTPS://app.test/c',
    'https://app.test./c',
    'https://localhost/c',
    'https://app.test\\c',
    'https:/app.test/c',
    'https://app.test/c ',
    'https://app.test/\n',
    'https://app.test/%00',
    `https://app.test/${'c'.repeat(2048)}`,
  ])('CM-01 %j is refused before anything is fetched', (id) => {
    expect(() => checkClientIdUrl(id, strict)).toThrow(invalidRequest)
  })

  it('CM-05 redirect URIs of another origin are allowed as listed, or refused by an option', () => {
    const input = { ...document, redirect_uris: ['https://evil.test/cb'] }
    const { redirect_uris } = parseClientDocument(clientId, input, policy)
    expect(redirect_uris).toEqual(['https://evil.test/cb'])
    const sameOrigin = { ...policy, sameOriginRedirects: true }
    expect(() => parseClientDocument(clientId, input, sameOrigin)).toThrow(invalidRedirectUri)
  })
})

describe('MCP authorization: Client ID Metadata Documents', () => {
  it.each(['client_id', 'client_name', 'redirect_uris'])('MUST include %s', (member) => {
    const input = { ...document, [member]: undefined }
    expect(() => parseClientDocument(clientId, input, policy)).toThrow(
      expect.objectContaining({ name: 'OAuthError' }),
    )
  })

  it('MUST validate redirect URIs as any registration does', () => {
    const input = { ...document, redirect_uris: ['javascript:alert(1)'] }
    expect(() => parseClientDocument(clientId, input, policy)).toThrow(invalidRedirectUri)
  })
})

describe('RFC 7591 client metadata', () => {
  const redirect_uris = ['https://web.test/cb']

  it('§2 the server MUST ignore metadata that it does not understand', () => {
    const metadata = parseClientMetadata({ redirect_uris, unheard_of: 1 }, policy)
    expect(metadata).not.toHaveProperty('unheard_of')
  })

  it('§2 absent members have their defaults', () => {
    expect(parseClientMetadata({ redirect_uris }, policy)).toMatchObject({
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
    })
  })

  it('§2.1 response_types and grant_types MUST agree', () => {
    const input = { redirect_uris, response_types: ['token'] }
    expect(() => parseClientMetadata(input, policy)).toThrow(invalidMetadata)
  })

  it('§3.2.2 a redirect URI that is not valid is answered with invalid_redirect_uri', () => {
    const input = { redirect_uris: ['http://web.test/cb'] }
    expect(() => parseClientMetadata(input, policy)).toThrow(invalidRedirectUri)
  })

  it('DR-02 nobody registers power: members that give it are dropped', () => {
    const power = {
      trusted: true,
      skip_consent: true,
      id: 'admin',
      client_id: 'admin',
      client_secret: 'x',
      created_by: 'root',
    }
    const metadata = parseClientMetadata({ redirect_uris, ...power }, policy)
    for (const member of Object.keys(power)) expect(metadata).not.toHaveProperty(member)
  })

  it('DR-02 a client that registers itself never gets more than codes and refresh tokens', () => {
    const more = [
      'client_credentials',
      'password',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ]
    const mixed = { redirect_uris, grant_types: ['authorization_code', ...more] }
    expect(parseClientMetadata(mixed, policy).grant_types).toEqual(['authorization_code'])
    const only = { redirect_uris, grant_types: more }
    expect(() => parseClientMetadata(only, policy)).toThrow(invalidMetadata)
  })

  it.each([
    ['token_endpoint_auth_method', null],
    ['grant_types', null],
    ['redirect_uris', null],
    ['application_type', null],
    ['redirect_uris', 'https://web.test/cb'],
    ['redirect_uris', [null]],
    ['grant_types', 'authorization_code'],
    ['client_name', 1],
    ['client_name', { toString: 'x' }],
    ['application_type', 'service'],
  ])('DR-04 %s as %j is refused, not taken for absent', (member, value) => {
    const attempt = () => parseClientMetadata({ redirect_uris, [member]: value }, policy)
    expect(attempt).toThrow(invalidMetadata)
  })

  it('DR-05 a name is shown without what hides, turns or breaks it', () => {
    const nameOf = (client_name: string) =>
      parseClientMetadata({ redirect_uris, client_name }, policy).client_name
    expect(nameOf('\u202eelgooG\u200b\n<b>')).toBe('elgooG <b>')
    expect([...nameOf('x'.repeat(10_000))]).toHaveLength(60)
    expect(nameOf('\u200b')).toBe('Unnamed client')
  })

  it.each(['javascript:alert(1)', 'data:image/svg+xml,<svg/>', 'http://app.test/logo.png'])(
    'DR-05 a logo is https, not %s',
    (logo_uri) => {
      expect(() => parseClientMetadata({ redirect_uris, logo_uri }, policy)).toThrow(
        invalidMetadata,
      )
    },
  )

  it('DR-06 pages on internal hosts are refused, and URIs to call are never kept', () => {
    for (const member of ['client_uri', 'policy_uri', 'tos_uri']) {
      const input = { redirect_uris, [member]: 'https://169.254.169.254/' }
      expect(() => parseClientMetadata(input, policy)).toThrow(invalidMetadata)
    }
    for (const member of [
      'jwks_uri',
      'sector_identifier_uri',
      'initiate_login_uri',
      'backchannel_logout_uri',
      'frontchannel_logout_uri',
    ]) {
      const input = { redirect_uris, [member]: 'http://169.254.169.254/' }
      expect(parseClientMetadata(input, policy)).not.toHaveProperty(member)
    }
  })

  it('DR-11 a client that says web registers neither loopback nor a scheme of its own', () => {
    for (const uri of ['http://127.0.0.1/cb', 'http://localhost/cb', 'com.example.app:/cb']) {
      const input = { redirect_uris: [uri], application_type: 'web' }
      expect(() => parseClientMetadata(input, policy)).toThrow(invalidRedirectUri)
    }
  })
})
