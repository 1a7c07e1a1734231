/**
 * The client against a second authorization server that nobody here wrote: `@node-oauth/oauth2-server`,
 * which publishes no metadata and sends no `iss`. What it would publish is told by hand.
 */

import { beforeAll, describe, expect, it } from 'vitest'
import {
  type ClientOptions,
  clientCredentials,
  clientSecret,
  clientSecretPost,
  createClient,
  type KeptGrant,
  memoryGrantStore,
  type PendingAuthorization,
  type Profile,
} from 'warder/client'
import {
  type KnownClient,
  LIFE_SECONDS,
  type NodeOAuthServer,
  startNodeOAuthServer,
} from './support/node-oauth-server.ts'

const CALLBACK = 'http://127.0.0.1:7777/cb'
const SECRET = 'a-long_secret.of~0123456789'
/** What a form encodes, and this server does not decode in the header. */
const SPECIAL = 'a secret: with + and %'

const clients: readonly KnownClient[] = [
  { id: 'native', grants: ['authorization_code', 'refresh_token'], redirectUris: [CALLBACK] },
  {
    id: 'web',
    secret: SECRET,
    grants: ['authorization_code', 'refresh_token'],
    redirectUris: [CALLBACK],
  },
  { id: 'machine', secret: SECRET, grants: ['client_credentials'] },
  { id: 'special', secret: SPECIAL, grants: ['client_credentials'] },
]

let server: NodeOAuthServer
let profile: Profile

beforeAll(async () => {
  server = await startNodeOAuthServer(clients)
  const { origin } = server
  profile = {
    name: 'Node OAuth',
    issuer: origin,
    metadata: { authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token` },
    pkceNotAdvertised: true,
    sendsResource: false,
  }
})

const clientOf = (clientId: string, options: Partial<ClientOptions> = {}) =>
  createClient({ profile, clientId, redirectUri: CALLBACK, scope: ['read'], ...options })

type AnyClient = ReturnType<typeof clientOf>

/** A clock that goes when it is told. */
function settableClock() {
  let now = Date.now()
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
  const pass = (ms: number) => {
    now += ms
  }
  return { platform: { now: () => now, random }, pass }
}

/** Goes to the server as a browser does, and gives where it is sent back to. */
async function visit(url: string, isAllowed = true): Promise<string> {
  const response = await fetch(`${url}&allowed=${isAllowed}`, { redirect: 'manual' })
  return response.headers.get('location') ?? ''
}

async function signIn(client: AnyClient): Promise<KeptGrant> {
  const { url, pending } = await client.begin()
  const { grant } = await client.finish(await visit(url), pending)
  return grant
}

/** A sign-in up to where its answer has come. */
async function answered(
  client: AnyClient,
): Promise<{ readonly back: string; readonly pending: PendingAuthorization }> {
  const { url, pending } = await client.begin()
  return { back: await visit(url), pending }
}

describe('warder/client at @node-oauth/oauth2-server', () => {
  it('signs in by endpoints that were named, and looks for no metadata', async () => {
    const before = server.asked.length
    const client = clientOf('native')
    const grant = await signIn(client)
    expect(grant).toMatchObject({
      key: { issuer: server.origin, clientId: 'native', resource: '' },
      tokenEndpoint: `${server.origin}/token`,
      tokenType: 'Bearer',
      scopes: ['read'],
    })
    expect(await client.token()).toBe(grant.accessToken.reveal('comparing'))
    expect(await client.logout()).toEqual({ revoked: false })
    expect(server.asked.slice(before)).toEqual(['GET /authorize', 'POST /token'])
  })

  it.each([
    ['a public client', 'native', undefined],
    ['a client with a secret', 'web', clientSecret(SECRET)],
  ])('renews %s with rotation, once however many wait', async (_, clientId, clientAuth) => {
    const { platform, pass } = settableClock()
    const client = clientOf(clientId, {
      platform,
      ...(clientAuth === undefined ? {} : { clientAuth }),
    })
    const tokens = new Set([(await signIn(client)).accessToken.reveal('comparing')])
    const before = server.asked.length
    for (let renewal = 0; renewal < 3; renewal += 1) {
      pass(LIFE_SECONDS * 1000)
      const waiting = Array.from({ length: 20 }, () => client.token())
      for (const token of await Promise.all(waiting)) tokens.add(token)
    }
    expect(tokens.size).toBe(4)
    expect(server.asked.slice(before)).toEqual(Array(3).fill('POST /token'))
  })

  it('refuses a used refresh token, and forgets what it was for', async () => {
    const { platform, pass } = settableClock()
    const store = memoryGrantStore()
    const grant = await signIn(clientOf('native', { platform }))
    // Another machine, with a copy of what was kept.
    await store.decide(grant.key, async () => ({ keep: grant }))
    const [one, other] = [store, memoryGrantStore()]
    await other.decide(grant.key, async () => ({ keep: grant }))
    pass(LIFE_SECONDS * 1000)
    await clientOf('native', { platform, store: one }).token()
    await expect(clientOf('native', { platform, store: other }).token()).rejects.toMatchObject({
      code: 'sign_in_needed',
      serverCode: 'invalid_grant',
    })
    expect(await other.grants()).toEqual([])
    expect(await one.grants()).toHaveLength(1)
  })

  it('redeems no code with a wrong verifier, nor a code that was used', async () => {
    const refused = { code: 'sign_in_needed', serverCode: 'invalid_grant' }
    const client = clientOf('native')
    const wrong = await answered(client)
    const changed = { ...wrong.pending, codeVerifier: 'a'.repeat(43) }
    await expect(client.finish(wrong.back, changed)).rejects.toMatchObject(refused)

    const used = await answered(client)
    await client.finish(used.back, used.pending)
    // A second process, which does not know that the first one has used it.
    const second = clientOf('native').finish(used.back, used.pending)
    await expect(second).rejects.toMatchObject(refused)
  })

  it('says who said no: the user, or the server to a scope', async () => {
    const denied = clientOf('native')
    const { url, pending } = await denied.begin()
    await expect(denied.finish(await visit(url, false), pending)).rejects.toMatchObject({
      code: 'refused',
      serverCode: 'access_denied',
    })
    const greedy = clientOf('native', { scope: ['everything'] })
    const asked = await answered(greedy)
    await expect(greedy.finish(asked.back, asked.pending)).rejects.toMatchObject({
      code: 'refused',
      serverCode: 'invalid_scope',
    })
  })

  it.each([
    ['in the header', 'machine', clientSecret(SECRET)],
    ['in the form', 'machine', clientSecretPost(SECRET)],
    ['in the form, whatever is in it', 'special', clientSecretPost(SPECIAL)],
  ])('gets tokens for a service, its secret %s', async (_, clientId, clientAuth) => {
    const client = clientOf(clientId, { clientAuth, flow: clientCredentials() })
    const grant = await client.grant()
    expect(grant).toMatchObject({ tokenType: 'Bearer', scopes: ['read'] })
    expect(grant.refreshToken).toBeUndefined()
    expect(await client.token()).toBe(grant.accessToken.reveal('comparing'))
  })

  it.each([
    ['in the header', 'machine', clientSecret('wrong')],
    ['in the form', 'machine', clientSecretPost('wrong')],
    ['encoded, by a server that does not decode', 'special', clientSecret(SPECIAL)],
    ['of a client that it does not know', 'stranger', clientSecret(SECRET)],
  ])('says what to do about a secret that is wrong: %s', async (_, clientId, clientAuth) => {
    const client = clientOf(clientId, { clientAuth, flow: clientCredentials() })
    await expect(client.token()).rejects.toMatchObject({
      code: 'client_refused',
      serverCode: 'invalid_client',
      message: expect.stringContaining('its secret or key'),
    })
  })
})
