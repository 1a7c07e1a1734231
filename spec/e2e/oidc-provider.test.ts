/**
 * The client against an authorization server that nobody here wrote: `oidc-provider`, which the OpenID
 * Foundation certified.
 */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { type ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type ClientOptions,
  clientCredentials,
  clientSecret,
  clientSecretPost,
  createClient,
  privateKeyJwt,
} from 'warder/client'

const CALLBACK = 'http://127.0.0.1:7777/cb'
const API = 'https://api.example.com/'
const SECRET = 'a secret: with + and %'
const SCOPE = ['openid', 'email', 'offline_access']

let server: Server
let issuer: string
let signing: Awaited<ReturnType<typeof generateKeyPair>>

const clients = async (): Promise<ClientMetadata[]> => {
  const jwks = { keys: [{ ...(await exportJWK(signing.publicKey)), kid: 'one' }] }
  const native: ClientMetadata = {
    client_id: 'native',
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/cb'],
    grant_types: [
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    token_endpoint_auth_method: 'none',
  }
  const machine: ClientMetadata = {
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    client_id: 'machine',
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_basic',
  }
  const { client_secret: _, ...keyless } = machine
  return [
    native,
    { ...native, client_id: 'pushing', require_pushed_authorization_requests: true },
    { ...native, client_id: 'bound', dpop_bound_access_tokens: true },
    {
      ...native,
      client_id: 'sealing',
      require_signed_request_object: true,
      request_object_signing_alg: 'ES256',
      jwks,
    },
    machine,
    { ...machine, client_id: 'posting', token_endpoint_auth_method: 'client_secret_post' },
    {
      ...keyless,
      client_id: 'signing',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks,
    },
  ]
}

beforeAll(async () => {
  // It has much to say about being tried out.
  for (const level of ['info', 'warn'] as const) vi.spyOn(console, level).mockReturnValue()
  signing = await generateKeyPair('ES256')
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: await clients(),
    claims: { email: ['email'], openid: ['sub'] },
    cookies: { keys: ['only a test'] },
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 5), requireNonce: () => true },
      requestObjects: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({ scope: 'read', audience: resource }),
      },
    },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com` }),
    }),
    rotateRefreshToken: true,
    ttl: { AccessToken: 600 },
  })
  server.on('request', provider.callback())
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

const clientOf = (clientId: string, options: Partial<ClientOptions> = {}) =>
  createClient({ issuer, clientId, redirectUri: CALLBACK, scope: SCOPE, ...options })

/** A browser with one tab: follows redirects, keeps cookies, fills in the provider's forms. */
class Person {
  readonly #cookies = new Map<string, string>()

  async go(url: string, form?: Record<string, string>): Promise<{ url: string; page: string }> {
    const response = await fetch(url, {
      headers: { cookie: [...this.#cookies].map((pair) => pair.join('=')).join('; ') },
      redirect: 'manual',
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=')
      this.#cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) return { url, page: await response.text() }
    const next = new URL(location, url).href
    return next.startsWith(issuer) ? this.go(next) : { url: next, page: '' }
  }

  /** Signs in and agrees. Ends at the client, or at the last page. */
  async agree(url: string): Promise<{ url: string; page: string }> {
    let at = await this.go(url)
    for (let pages = 0; pages < 5; pages += 1) {
      const action = /<form[^>]* action="([^"]+)"/.exec(at.page)?.[1]
      const prompt = /name="prompt" value="([^"]+)"/.exec(at.page)?.[1]
      if (action === undefined || prompt === undefined) break
      at = await this.go(new URL(action, at.url).href, { prompt, login: 'alice', password: 'x' })
    }
    return at
  }
}

async function signIn(client: ReturnType<typeof clientOf>) {
  const { url, pending } = await client.begin()
  const back = await new Person().agree(url)
  return { url, ...(await client.finish(back.url, pending)) }
}

describe('warder/client at oidc-provider', () => {
  it('signs in, verifies the ID token, renews with rotation, and revokes', async () => {
    let now = Date.now()
    const platform = {
      now: () => now,
      random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    }
    const client = clientOf('native', { platform })
    const { claims, grant } = await signIn(client)
    expect(claims).toMatchObject({ sub: 'alice', iss: issuer })
    expect(grant).toMatchObject({ tokenType: 'Bearer', label: expect.stringContaining('alice') })
    expect(await client.userInfo('alice')).toMatchObject({ email: 'alice@example.com' })

    const tokens = new Set([await client.token()])
    for (let renewal = 0; renewal < 3; renewal += 1) {
      now += 600_000
      tokens.add(await client.token())
    }
    expect(tokens.size).toBe(4)
    expect(await client.logout()).toEqual({ revoked: true })
    await expect(client.token()).rejects.toMatchObject({ code: 'sign_in_needed' })
  })

  it('pushes the request where that is required', async () => {
    const { url, grant } = await signIn(clientOf('pushing'))
    expect([...new URL(url).searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    expect(grant.refreshToken).toBeDefined()
  })

  it('signs the request where that is required', async () => {
    const requestKey = { key: signing.privateKey, kid: 'one' }
    const { url, grant } = await signIn(clientOf('sealing', { requestKey }))
    expect(new URL(url).searchParams.has('scope')).toBe(false)
    expect(grant.tokenType).toBe('Bearer')
  })

  it('binds tokens to a key, with the nonces that the server asks for', async () => {
    const client = clientOf('bound', { dpop: 'required' })
    const { grant } = await signIn(client)
    expect(grant.tokenType).toBe('DPoP')
    // A key that only this process has is not handed to anybody.
    expect(grant.dpopKey).toBeUndefined()
    expect(await client.userInfo('alice')).toMatchObject({ sub: 'alice' })
  })

  it('waits for a code that is typed in on another device', async () => {
    const pauses: number[] = []
    const timers = {
      after(ms: number, run: () => void) {
        // The bounds of requests are not waited for, the polls are.
        if (ms === 15_000) return () => {}
        pauses.push(ms)
        const timer = setTimeout(run, 5)
        return () => clearTimeout(timer)
      },
    }
    const client = clientOf('native', { timers })
    const device = await client.beginDevice()
    expect(device.verificationUri).toBe(`${issuer}/device`)
    const person = new Person()
    const confirmation = await person.go(device.verificationUriComplete ?? '')
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(confirmation.page)?.[1] ?? ''
    const shown = await person.go(`${issuer}/device`, { xsrf, user_code: device.userCode })
    const confirm = /name="xsrf" value="([^"]+)"/.exec(shown.page)?.[1] ?? xsrf
    const finished = device.finish()
    const form = { xsrf: confirm, user_code: device.userCode, confirm: 'yes' }
    const page = await person.go(`${issuer}/device`, form)
    await person.agree(page.url)
    expect((await finished).grant).toMatchObject({ tokenType: 'Bearer' })
    expect(pauses.length).toBeGreaterThan(0)
    expect(new Set(pauses)).toEqual(new Set([5_000]))
  })

  it.each([
    ['machine', () => clientSecret(SECRET)],
    ['posting', () => clientSecretPost(SECRET)],
    ['signing', () => privateKeyJwt({ key: signing.privateKey, kid: 'one' })],
  ])('gets tokens without a user, as %s', async (clientId, authentication) => {
    const clientAuth = authentication()
    const options = { clientAuth, flow: clientCredentials(), resource: API, scope: ['read'] }
    const client = clientOf(clientId, options)
    const grant = await client.grant()
    expect(grant).toMatchObject({ tokenType: 'Bearer', scopes: ['read'] })
    expect(await client.token()).toBe(grant.accessToken.reveal('comparing'))
  })

  it('says what to do about a wrong secret', async () => {
    const client = clientOf('machine', {
      clientAuth: clientSecret('wrong'),
      flow: clientCredentials(),
    })
    await expect(client.token()).rejects.toMatchObject({
      code: 'client_refused',
      serverCode: 'invalid_client',
    })
  })
})
