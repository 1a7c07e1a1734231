import { describe, expect, it } from 'vitest'
import {
  checkClientIdUrl,
  isClientIdUrl,
  parseClientDocument,
} from './client-id-metadata-document.ts'

const strict = { allowLoopback: false }
const development = { allowLoopback: true }
const policy = { allowLocalhost: true }
const clientId = 'https://app.test/client.json'
const document = {
  client_id: clientId,
  client_name: 'App',
  redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
}
const invalidRequest = expect.objectContaining({ code: 'invalid_request', status: 400 })
const invalidMetadata = expect.objectContaining({ code: 'invalid_client_metadata', status: 400 })

describe('isClientIdUrl', () => {
  it.each([
    ['https://app.test/client.json', true],
    ['HTTPS://app.test', true],
    ['https://', true],
    ['http://localhost:3000/c', true],
    ['http://127.0.0.1/c', true],
    ['http://[::1]:1', true],
    ['http://app.test/c', false],
    ['http://localhost.evil.test/c', false],
    ['cli_abc', false],
    ['', false],
    ['xhttps://app.test/', false],
    [' https://app.test/c', false],
    ['https:app.test', false],
  ])('%j: %s', (id, expected) => {
    expect(isClientIdUrl(id)).toBe(expected)
  })
})

describe('checkClientIdUrl', () => {
  it.each([
    clientId,
    'https://app.test/a/b/',
    'https://a.b-c.app.test/x?v=1',
    'https://app.test/%C3%A9',
  ])('accepts %s', (id) => expect(checkClientIdUrl(id, strict).href).toBe(id))

  it.each([
    'http://localhost:3000/c',
    'https://localhost/c',
    'http://127.0.0.1/c',
    'http://[::1]:1/c',
  ])('accepts %s in development only', (id) => {
    expect(checkClientIdUrl(id, development).href).toBe(id)
    expect(() => checkClientIdUrl(id, strict)).toThrow(invalidRequest)
  })

  it.each([
    'http://app.test/c',
    'http://localhost/',
    'http://localhost/a/../c',
    'http://10.0.0.1/c',
    'http://127.0.0.2/c',
    'https://app.test:8443/c',
    'https://10.0.0.1/c',
    'ftp://localhost/c',
    'http://user@localhost/c',
  ])('refuses %s even in development', (id) => {
    expect(() => checkClientIdUrl(id, development)).toThrow(invalidRequest)
  })
})

describe('parseClientDocument', () => {
  it('reads a document as a public client', () => {
    expect(parseClientDocument(clientId, document, policy)).toEqual({
      client_name: 'App',
      redirect_uris: document.redirect_uris,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'native',
    })
  })

  it.each([null, [], 'x', 1, [document]])('refuses %j', (input) => {
    expect(() => parseClientDocument(clientId, input, policy)).toThrow(invalidMetadata)
  })

  it('takes no member from a prototype', () => {
    const inherited: unknown = Object.create(document)
    expect(() => parseClientDocument(clientId, inherited, policy)).toThrow(invalidMetadata)
  })

  it.each(['', ' \u200b', null, 1])('refuses the name %j', (client_name) => {
    const input = { ...document, client_name }
    expect(() => parseClientDocument(clientId, input, policy)).toThrow(invalidMetadata)
  })

  it('can hold https redirect URIs to the origin of the document', () => {
    const sameOrigin = { ...policy, sameOriginRedirects: true }
    const redirect_uris = ['https://app.test/cb', 'http://127.0.0.1/cb', 'com.example.app:/cb']
    const own = { ...document, redirect_uris }
    expect(parseClientDocument(clientId, own, sameOrigin).redirect_uris).toEqual(redirect_uris)
    for (const foreign of [
      'https://evil.test/cb',
      'https://app.test.evil.test/cb',
      'https://app.test:1/cb',
    ]) {
      const input = { ...document, redirect_uris: [...redirect_uris, foreign] }
      expect(() => parseClientDocument(clientId, input, sameOrigin)).toThrow(
        expect.objectContaining({ code: 'invalid_redirect_uri' }),
      )
    }
  })
})
