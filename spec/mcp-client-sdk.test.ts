/**
 * An `OAuthClientProvider` for the official SDK, in both of its lines: what applications owe it, done
 * with the SDK's own `auth()`.
 */

import { auth as authV2, type OAuthClientProvider } from '@modelcontextprotocol/client'
import {
  auth as authV1,
  type OAuthClientProvider as OAuthClientProviderV1,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { exportPKCS8, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  clientCredentials,
  clientSecretBasic,
  type GrantStore,
  idJag,
  jwtBearer,
  memoryGrantStore,
  privateKeyJwt,
  unnamedClient,
} from 'warder/client'
import {
  type McpOAuthClientProvider,
  mcpOAuthClientProvider,
  type OAuthClientProviderOptions,
} from 'warder/client/mcp'
import { Secret } from 'warder/vault'
import {
  AS,
  CALLBACK,
  callback,
  clientWorld,
  EVIL,
  EVIL_METADATA,
  json,
  MCP,
  METADATA,
  metadataOf,
  PRM,
  parametersOf,
  refusal,
  resourceDocument,
  tokenAnswer,
  type World,
} from './support/client-world.ts'

/** One person's program: a provider, and where it has sent the person. */
function program(world: World, options: Partial<OAuthClientProviderOptions> = {}) {
  const departures: string[] = []
  const { platform, timers, fetch } = world
  const person =
    options.flow === undefined
      ? { redirectUri: CALLBACK, redirect: ({ url }: { url: string }) => departures.push(url) }
      : {}
  const provider = mcpOAuthClientProvider({
    ...{ server: MCP, clientName: 'Editor', fetch, platform, timers },
    ...person,
    ...options,
  })
  return { provider, departures }
}

/** What the browser comes back with to the last departure. */
const answerTo = (departures: readonly string[], changes = {}) => {
  const { state = '', redirect_uri: redirectUri = '' } = parametersOf(departures.at(-1) ?? '')
  return callback({ state, redirectUri }, changes)
}

interface Line {
  readonly name: string
  begin(world: World, provider: McpOAuthClientProvider): Promise<string>
  finish(world: World, provider: McpOAuthClientProvider, answer: URLSearchParams): Promise<string>
}

const lines: readonly Line[] = [
  {
    name: 'v1',
    begin: (world, provider) => authV1(provider, { serverUrl: MCP, fetchFn: world.fetch }),
    finish: (world, provider, answer) =>
      authV1(provider, {
        serverUrl: MCP,
        fetchFn: world.fetch,
        authorizationCode: answer.get('code') ?? '',
      }),
  },
  {
    name: 'v2',
    begin: (world, provider) => authV2(provider, { serverUrl: MCP, fetchFn: world.fetch }),
    finish(world, provider, answer) {
      const iss = answer.get('iss')
      return authV2(provider, {
        serverUrl: MCP,
        fetchFn: world.fetch,
        authorizationCode: answer.get('code') ?? '',
        ...(iss === null ? {} : { iss }),
      })
    },
  },
]

/** A world whose servers know nobody yet. */
function worldWithRegistration() {
  const world = clientWorld()
  world.on(`${AS}/register`, (sent) =>
    json(
      { ...JSON.parse(sent.body), client_id: 'registered', client_secret: 'canary-secret' },
      201,
    ),
  )
  return world
}

it('the provider is one for both lines of the SDK', () => {
  const { provider } = program(clientWorld())
  const shapes: readonly [OAuthClientProvider, OAuthClientProviderV1] = [provider, provider]
  expect(shapes).toHaveLength(2)
})

describe.each(lines)('OAuthClientProvider for the SDK $name', ({ begin, finish }) => {
  /** Signs in, the honest way. */
  async function signIn(world: World, { provider, departures }: ReturnType<typeof program>) {
    expect(await begin(world, provider)).toBe('REDIRECT')
    const answer = await provider.authorizationResponse(answerTo(departures))
    expect(await finish(world, provider, answer)).toBe('AUTHORIZED')
  }

  it('signs in, and keeps what was given', async () => {
    const world = worldWithRegistration()
    const store = memoryGrantStore()
    const first = program(world, { store })
    await signIn(world, first)
    expect(await first.provider.tokens()).toMatchObject({
      access_token: 'access-1',
      token_type: 'Bearer',
      issuer: AS,
      expires_in: 3600,
    })
    // Another process of the same person.
    const later = program(world, { store })
    expect(await later.provider.tokens()).toMatchObject({ access_token: 'access-1' })
    expect(await store.grants()).toMatchObject([
      { key: { issuer: AS, clientId: 'registered', resource: MCP, account: 'default' } },
    ])
  })

  it('registers with an application_type', async () => {
    const world = worldWithRegistration()
    await signIn(world, program(world))
    const [registration] = world.to(`${AS}/register`)
    expect(JSON.parse(registration?.body ?? '')).toMatchObject({
      application_type: 'native',
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code', 'refresh_token'],
    })
  })

  it('is its document, where the server reads documents', async () => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { client_id_metadata_document_supported: true }))
    const one = program(world, { clientIdUrl: 'https://editor.test/client.json' })
    await signIn(world, one)
    expect(one.departures.map(parametersOf)).toMatchObject([
      { client_id: 'https://editor.test/client.json', resource: MCP },
    ])
    expect(world.to(`${AS}/register`)).toEqual([])
  })

  it.each([
    ['missing', { state: undefined }],
    ['another', { state: 'guessed' }],
    ['empty', { state: '' }],
  ])(
    'CL-04 refuses an answer whose state is %s, and gives no verifier for it',
    async (_, changes) => {
      const world = worldWithRegistration()
      const { provider, departures } = program(world)
      await begin(world, provider)
      const answer = answerTo(departures, changes)
      const response = provider.authorizationResponse(answer)
      await expect(response).rejects.toMatchObject({ code: 'response_mismatch' })
      // Nor can the application go on without having asked.
      const redeemed = finish(world, provider, new URL(answer).searchParams)
      await expect(redeemed).rejects.toThrow()
      expect(world.to(`${AS}/token`)).toEqual([])
    },
  )

  it('CL-04 takes one of two answers at once', async () => {
    const world = worldWithRegistration()
    const { provider, departures } = program(world)
    await begin(world, provider)
    const answer = answerTo(departures)
    const answers = [1, 2].map(() => provider.authorizationResponse(answer))
    const results = await Promise.allSettled(answers)
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('CL-04 takes an answer once', async () => {
    const world = worldWithRegistration()
    const { provider, departures } = program(world)
    await begin(world, provider)
    const answer = answerTo(departures)
    await provider.authorizationResponse(answer)
    const again = provider.authorizationResponse(answer)
    await expect(again).rejects.toMatchObject({ code: 'response_mismatch' })
  })

  it('CL-04 takes no answer of a sign-in that was begun before the last', async () => {
    const world = worldWithRegistration()
    const { provider, departures } = program(world)
    await begin(world, provider)
    const old = answerTo(departures)
    await begin(world, provider)
    const response = provider.authorizationResponse(old)
    await expect(response).rejects.toMatchObject({ code: 'response_mismatch' })
  })

  it.each([
    ['another’s', EVIL],
    ['missing though promised', undefined],
    ['the same but for a slash', `${AS}/`],
  ])('CL-02 refuses an answer whose iss is %s', async (_, iss) => {
    const world = worldWithRegistration()
    const { provider, departures } = program(world)
    await begin(world, provider)
    const canary = { iss, code: undefined, error: 'canary', error_description: 'canary' }
    const refused = provider.authorizationResponse(answerTo(departures, canary))
    // CL-03: what a stranger wrote is not repeated.
    await expect(refused).rejects.toSatisfy(
      (error) => !`${JSON.stringify(error)}${error}`.includes('canary'),
    )
    await expect(refused).rejects.toMatchObject({ code: 'response_mismatch' })
    expect(world.to(`${AS}/token`)).toEqual([])
  })

  it('tells when somebody said no', async () => {
    const world = worldWithRegistration()
    const { provider, departures } = program(world)
    await begin(world, provider)
    const no = answerTo(departures, { code: undefined, error: 'access_denied' })
    const response = provider.authorizationResponse(no)
    await expect(response).rejects.toMatchObject({ code: 'refused' })
  })

  it.each([
    ['CL-05 is another’s', metadataOf(EVIL), 'metadata_refused'],
    [
      'CL-09 has no PKCE',
      metadataOf(AS, { code_challenge_methods_supported: undefined }),
      'metadata_refused',
    ],
    [
      'CL-09 has no S256',
      metadataOf(AS, { code_challenge_methods_supported: ['plain'] }),
      'metadata_refused',
    ],
    [
      'CL-10 sends people over http',
      metadataOf(AS, { authorization_endpoint: 'http://as.test/a' }),
      'metadata_refused',
    ],
    [
      'has its token endpoint over http',
      metadataOf(AS, { token_endpoint: 'http://as.test/t' }),
      'metadata_refused',
    ],
  ])('refuses metadata that %s', async (_, metadata, code) => {
    const world = worldWithRegistration()
    world.on(METADATA, metadata)
    const { provider, departures } = program(world)
    // v2 looks at the issuer itself.
    await expect(begin(world, provider)).rejects.toSatisfy(
      (error) => error.code === code || error.kind === 'metadata',
    )
    expect(departures).toEqual([])
    expect(world.to(`${AS}/register`)).toEqual([])
  })

  it.each(['https://mcp.test/other', 'https://mcp.test/mc', `${MCP}/`])(
    'CL-06 refuses a resource that says it is %s',
    async (resource) => {
      const world = worldWithRegistration()
      world.on(PRM, resourceDocument({ resource }))
      const { provider, departures } = program(world)
      await expect(begin(world, provider)).rejects.toThrow()
      expect(departures).toEqual([])
    },
  )

  it('CL-08 is registered anew at another server, which sees nothing of the first one', async () => {
    const world = worldWithRegistration()
    world.on(`${AS}/token`, tokenAnswer({ access_token: 'canary-1', refresh_token: 'canary-2' }))
    const one = program(world)
    await signIn(world, one)

    world.on(EVIL_METADATA, metadataOf(EVIL))
    world.on(`${EVIL}/register`, (sent) =>
      json({ ...JSON.parse(sent.body), client_id: 'other' }, 201),
    )
    world.on(PRM, resourceDocument({ authorization_servers: [EVIL] }))
    expect(await begin(world, one.provider)).toBe('REDIRECT')
    expect(parametersOf(one.departures.at(-1) ?? '').client_id).toBe('other')
    expect(`${world.everythingTo(EVIL)} ${one.departures.join()}`).not.toContain('canary')
  })

  it('CL-08 sends no refresh token and no secret to another token endpoint of the same issuer', async () => {
    const world = worldWithRegistration()
    world.on(`${AS}/token`, tokenAnswer({ refresh_token: 'canary-refresh' }))
    const one = program(world)
    await signIn(world, one)
    const token_endpoint = `${AS}/moved`
    world.on(METADATA, metadataOf(AS, { token_endpoint }))
    world.on(token_endpoint, tokenAnswer())
    expect(await begin(world, one.provider)).toBe('REDIRECT')
    expect(world.to(token_endpoint)).toEqual([])
    // It is a stranger there, so it introduces itself again.
    expect(world.to(`${AS}/register`)).toHaveLength(2)
  })

  it('CL-08 shows clients that are known to one server to no other', async () => {
    const world = clientWorld()
    world.on(EVIL_METADATA, metadataOf(EVIL))
    world.on(PRM, resourceDocument({ authorization_servers: [EVIL] }))
    const known = { issuer: AS, clientId: 'known', clientAuth: clientSecretBasic('canary') }
    const { provider, departures } = program(world, known)
    await expect(begin(world, provider)).rejects.toMatchObject({ code: 'server_changed' })
    expect(departures).toEqual([])
  })

  it('looks at what is kept once, as long as its token is good', async () => {
    const world = worldWithRegistration()
    const kept = memoryGrantStore()
    let looks = 0
    const grants = () => {
      looks += 1
      return kept.grants()
    }
    await signIn(world, program(world, { store: kept }))
    const { provider } = program(world, { store: { ...kept, grants } })
    for (let request = 0; request < 5; request += 1) await provider.tokens()
    expect(looks).toBe(1)
    world.platform.advance(3_600_000)
    await provider.tokens()
    expect(looks).toBe(2)
  })

  it('renews by the refresh token, which the SDK has only then', async () => {
    const world = worldWithRegistration()
    const one = program(world)
    await signIn(world, one)
    expect(await one.provider.tokens()).not.toHaveProperty('refresh_token')
    expect(await begin(world, one.provider)).toBe('AUTHORIZED')
    const [, refresh] = world.to(`${AS}/token`)
    expect(refresh?.form.get('refresh_token')).toBe('refresh-1')
    expect(await one.provider.tokens()).toMatchObject({ access_token: 'access-2' })
  })

  it('forgets a dead grant, and has the person sign in again', async () => {
    const world = worldWithRegistration()
    const store = memoryGrantStore()
    const one = program(world, { store })
    await signIn(world, one)
    world.on(`${AS}/token`, () => refusal('invalid_grant'))
    expect(await begin(world, one.provider)).toBe('REDIRECT')
    expect(await store.grants()).toEqual([])
  })

  it('CL-17 does not forget a grant that another process has renewed meanwhile', async () => {
    const world = worldWithRegistration()
    const store = memoryGrantStore()
    const one = program(world, { store })
    await signIn(world, one)
    world.on(`${AS}/token`, async (sent) => {
      if (sent.form.get('refresh_token') !== 'refresh-1') return tokenAnswer()(sent)
      await renewElsewhere(store)
      return refusal('invalid_grant')
    })
    expect(await begin(world, one.provider)).toBe('AUTHORIZED')
    const sent = world.to(`${AS}/token`).map(({ form }) => form.get('refresh_token'))
    expect(sent.slice(1)).toEqual(['refresh-1', 'refresh-of-another'])
    expect(one.departures).toHaveLength(1)
  })

  it('CL-17 registers anew when the server has forgotten the client', async () => {
    const world = worldWithRegistration()
    const one = program(world)
    await signIn(world, one)
    world.on(`${AS}/token`, () => refusal('invalid_client', 401))
    expect(await begin(world, one.provider)).toBe('REDIRECT')
    expect(world.to(`${AS}/register`)).toHaveLength(2)
  })

  it('CL-25 never gives the SDK the secret, and sends it to the token endpoint alone', async () => {
    const world = worldWithRegistration()
    const one = program(world)
    await signIn(world, one)
    await begin(world, one.provider)
    const [elsewhere, there] = ['https://mcp.test', AS].map(world.everythingTo)
    expect(there).toContain('registered:canary-secret')
    expect(`${elsewhere} ${one.departures.join()}`).not.toContain('canary')
    const given = [one.provider.clientMetadata, await one.provider.tokens()]
    expect(JSON.stringify(given)).not.toContain('canary')
  })

  it('takes tokens that are bound to a key for none', async () => {
    const world = worldWithRegistration()
    world.on(`${AS}/token`, tokenAnswer({ token_type: 'DPoP' }))
    const { provider, departures } = program(world)
    await begin(world, provider)
    const answer = await provider.authorizationResponse(answerTo(departures))
    const finished = finish(world, provider, answer)
    await expect(finished).rejects.toMatchObject({ code: 'answer_malformed' })
  })

  it('remembers a sign-in where it is told to, and no longer than it lasts', async () => {
    const world = worldWithRegistration()
    const store = memoryGrantStore()
    const written: (string | undefined)[] = []
    const session = {
      read: async () => written.at(-1),
      write: async (text: string | undefined) => void written.push(text),
    }
    const before = program(world, { store, session })
    await begin(world, before.provider)
    // The process that the person comes back to is another.
    const { provider } = program(world, { store, session })
    const answer = await provider.authorizationResponse(answerTo(before.departures))
    expect(await finish(world, provider, answer)).toBe('AUTHORIZED')
    expect(written.at(-1)).toBeUndefined()
  })

  it.each(['', 'not JSON', '[]', '{"pending":{"version":2}}'])(
    'takes a memory of something else for none: %s',
    async (text) => {
      const world = worldWithRegistration()
      const before = program(world)
      await begin(world, before.provider)
      const session = { read: async () => text, write: async () => {} }
      const { provider } = program(world, { session })
      const response = provider.authorizationResponse(answerTo(before.departures))
      await expect(response).rejects.toMatchObject({ code: 'response_mismatch' })
    },
  )

  it('takes no answer after ten minutes', async () => {
    const world = worldWithRegistration()
    const { provider, departures } = program(world)
    await begin(world, provider)
    world.platform.advance(600_001)
    const response = provider.authorizationResponse(answerTo(departures))
    await expect(response).rejects.toMatchObject({ code: 'timed_out' })
  })
})

async function renewElsewhere(store: GrantStore): Promise<void> {
  const [kept] = await store.grants()
  if (kept === undefined) throw new Error('nothing is kept')
  const renewed = {
    ...kept,
    accessToken: new Secret('access-of-another'),
    refreshToken: new Secret('refresh-of-another'),
  }
  await store.decide(kept.key, async () => ({ keep: renewed }))
}

describe.each(lines)('OAuthClientProvider of a machine for the SDK $name', ({ begin }) => {
  it('RFC 6749 §4.4 asks with its secret', async () => {
    const world = clientWorld()
    const clientAuth = clientSecretBasic('secret')
    const flow = clientCredentials()
    const { provider } = program(world, { issuer: AS, clientId: 'robot', clientAuth, flow })
    expect(await begin(world, provider)).toBe('AUTHORIZED')
    const [asked] = world.to(`${AS}/token`)
    expect(Object.fromEntries(asked?.form ?? [])).toMatchObject({
      grant_type: 'client_credentials',
      resource: MCP,
    })
    expect(world.everythingTo(AS)).toContain('robot:secret')
    expect(await provider.tokens()).toMatchObject({ access_token: 'access-1' })
  })

  it('RFC 7523 §2.2 asks with a signature, for the issuer alone', async () => {
    const world = clientWorld()
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const clientAuth = privateKeyJwt({ key: await exportPKCS8(privateKey), alg: 'ES256' })
    const flow = clientCredentials()
    const { provider } = program(world, { clientId: 'robot', clientAuth, flow })
    expect(await begin(world, provider)).toBe('AUTHORIZED')
    const assertion = world.to(`${AS}/token`)[0]?.form.get('client_assertion') ?? ''
    const claims = JSON.parse(atob((assertion.split('.')[1] ?? '').replace(/-/g, '+')))
    expect(claims).toMatchObject({ iss: 'robot', sub: 'robot', aud: AS })
  })

  it('RFC 7523 §2.1 asks with the assertion of its platform, and without a client_id', async () => {
    const world = clientWorld()
    const flow = jwtBearer({ assertion: 'workload.jwt.signed' })
    const { provider } = program(world, { clientAuth: unnamedClient(), flow })
    expect(await begin(world, provider)).toBe('AUTHORIZED')
    const form = world.to(`${AS}/token`)[0]?.form
    expect(form?.get('assertion')).toBe('workload.jwt.signed')
    expect(form?.has('client_id')).toBe(false)
  })

  it.each([
    ['a public client', false],
    ['a client that signs', true],
  ])('ID-JAG asks the company’s provider first, as %s', async (_, signs) => {
    const world = clientWorld()
    const idp = 'https://idp.test'
    world.on(`${idp}/.well-known/oauth-authorization-server`, metadataOf(idp))
    world.on(`${idp}/token`, {
      access_token: 'the-id-jag',
      issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
      token_type: 'N_A',
      expires_in: 300,
    })
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const identityProvider = { issuer: idp, clientId: 'editor-at-idp' }
    const { provider } = program(world, {
      clientId: 'editor',
      ...(signs ? { clientAuth: privateKeyJwt({ key: privateKey, alg: 'ES256' }) } : {}),
      flow: idJag({ identityProvider, subjectToken: 'the-id-token' }),
    })
    expect(await begin(world, provider)).toBe('AUTHORIZED')
    const exchange = Object.fromEntries(world.to(`${idp}/token`)[0]?.form ?? [])
    expect(exchange).toMatchObject({ audience: AS, resource: MCP, subject_token: 'the-id-token' })
    const bearer = Object.fromEntries(world.to(`${AS}/token`)[0]?.form ?? [])
    expect(bearer).toMatchObject({ assertion: 'the-id-jag', resource: MCP })
    expect('client_assertion' in bearer).toBe(signs)
  })
})

describe('Options of the provider', () => {
  it.each([
    ['a secret without the server it is for', { clientAuth: clientSecretBasic('s') }],
    [
      'a person and a flow',
      { redirectUri: CALLBACK, redirect: () => {}, flow: clientCredentials() },
    ],
    ['neither', { redirectUri: undefined, redirect: undefined }],
  ])('refuse %s', (_, options) => {
    const whole = {
      ...{ server: MCP, clientName: 'Editor', redirectUri: CALLBACK, redirect: () => {} },
      ...options,
    }
    const present = Object.entries(whole).filter(([, value]) => value !== undefined)
    const given = Object.fromEntries(present) as unknown as OAuthClientProviderOptions
    expect(() => mcpOAuthClientProvider(given)).toThrow()
  })
})
