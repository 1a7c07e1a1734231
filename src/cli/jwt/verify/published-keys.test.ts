import { describe, expect, it } from 'vitest'
import type { OutwardFetch } from '../../../protocol/outward-fetch.ts'
import { OutwardFetchError } from '../../../protocol/outward-fetch-error.ts'
import { Unreachable } from '../../unreachable.ts'
import { discoverKeys, fetchKeys } from './published-keys.ts'

const key = { kty: 'EC', kid: 'one' }

/** An internet with a few pages. */
const internet =
  (pages: Readonly<Record<string, unknown>>, headers: Record<string, string> = {}): OutwardFetch =>
  async (url) => {
    const page = pages[url]
    if (page instanceof Error) throw page
    const body = typeof page === 'string' ? page : JSON.stringify(page)
    return page === undefined
      ? { status: 404, headers: new Headers(headers), body: '' }
      : { status: 200, headers: new Headers(headers), body }
  }

describe('The keys that an issuer publishes', () => {
  const issuer = 'https://auth.example.com/tenant'
  const jwks_uri = 'https://keys.example.com/jwks'
  const published = { [jwks_uri]: { keys: [key] } }

  it.each([
    'https://auth.example.com/.well-known/oauth-authorization-server/tenant',
    'https://auth.example.com/.well-known/openid-configuration/tenant',
    'https://auth.example.com/tenant/.well-known/openid-configuration',
  ])('are found by its metadata at %s', async (url) => {
    const found = await discoverKeys(
      issuer,
      internet({ ...published, [url]: { issuer, jwks_uri } }),
    )
    expect(found).toEqual({ url: jwks_uri, keys: [key] })
  })

  it('are not those of another issuer', async () => {
    const url = 'https://auth.example.com/.well-known/oauth-authorization-server/tenant'
    const fetch = internet({ ...published, [url]: { issuer: `${issuer}/`, jwks_uri } })
    const refused = discoverKeys(issuer, fetch)
    await expect(refused).rejects.toThrow('a trailing slash too many')
    await expect(refused).rejects.not.toBeInstanceOf(Unreachable)
  })

  it.each<[string, OutwardFetch, string]>([
    ['nothing is there', internet({}), 'answered 404'],
    ['it is elsewhere', internet({}, { location: 'https://x.example' }), 'which is not followed'],
    [
      'it is a page',
      internet({ [jwks_uri]: '<html>' }, { 'content-type': 'text/html' }),
      'answered no JSON but text/html',
    ],
    ['it is a list', internet({ [jwks_uri]: [] }), 'no JSON object'],
    ['it is something else', internet({ [jwks_uri]: { a: 1 } }), 'is no JWK Set'],
    [
      'nobody answers',
      internet({ [jwks_uri]: new OutwardFetchError('unreachable', { detail: 'ECONNREFUSED' }) }),
      'ECONNREFUSED',
    ],
  ])('cannot be had if %s', async (_, fetch, words) => {
    const refused = fetchKeys(jwks_uri, fetch)
    await expect(refused).rejects.toBeInstanceOf(Unreachable)
    await expect(refused).rejects.toThrow(words)
  })

  it('are not asked for in plain, or of what is no address', async () => {
    const refusing = internet({
      'http://a.example': new OutwardFetchError('url_refused', { detail: 'scheme http:' }),
    })
    await expect(fetchKeys('http://a.example', refusing)).rejects.toThrow('https URL')
    await expect(discoverKeys('my-service', internet({}))).rejects.toThrow('--jwks')
    await expect(discoverKeys(issuer, internet({}))).rejects.toThrow('cannot be found')
  })
})
