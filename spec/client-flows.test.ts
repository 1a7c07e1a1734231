/** The ways to tokens, request by request. */

import { generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import {
  type ClientOptions,
  clientCredentials,
  clientSecret,
  clientSecretPost,
  createClient,
  type Flow,
  idJag,
  jwtBearer,
  legacyPasswordGrant,
  memoryGrantStore,
  publicClient,
  tokenExchange,
  unnamedClient,
} from 'warder/client'
import { codeChallenge } from 'warder/protocol'
import { Secret } from 'warder/vault'
import {
  AS,
  CALLBACK,
  callback,
  clientWorld,
  type Document,
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
  signIn,
  tokenAnswer,
} from './support/client-world.ts'

const formOf = (sent: { readonly form: URLSearchParams } | undefined) =>
  Object.fromEntries(sent?.form ?? [])

/** The form that a flow sends, without its proof of who asks. */
async function formSent(flow: Flow, options: Partial<ClientOptions> = {}) {
  const world = clientWorld()
  await world.client({ issuer: AS, resource: MCP, flow, ...options }).token()
  return formOf(world.to(`${AS}/token`)[0])
}

describe('RFC 6749 The OAuth 2.0 Authorization Framework: clients', () => {
  it('§4.1.1 the authorization request has what the server and PKCE need', async () => {
    const { url, pending } = await clientWorld()
      .client({ scope: ['notes:read'] })
      .begin()
    expect(new URL(url).origin + new URL(url).pathname).toBe(`${AS}/authorize`)
    expect(parametersOf(url)).toEqual({
      response_type: 'code',
      client_id: 'app',
      redirect_uri: CALLBACK,
      scope: 'notes:read',
      resource: MCP,
      state: pending.state,
      code_challenge: await codeChallenge(pending.codeVerifier),
      code_challenge_method: 'S256',
    })
  })

  it('§3.1 keeps the query that an endpoint has of its own', async () => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { authorization_endpoint: `${AS}/authorize?tenant=7` }))
    const { url } = await world.client().begin()
    expect(parametersOf(url)).toMatchObject({ tenant: '7', client_id: 'app' })
  })

  it('§4.1.1 parameters of the caller replace none of ours', async () => {
    const parameters = { state: 'mine', redirect_uri: 'https://evil.test', login_hint: 'alice' }
    const { url, pending } = await clientWorld().client().begin({ parameters })
    expect(parametersOf(url)).toMatchObject({
      state: pending.state,
      redirect_uri: CALLBACK,
      login_hint: 'alice',
    })
  })

  it('§4.1.3 the token request has the code, its verifier, the redirect URI and the resource', async () => {
    const world = clientWorld()
    const client = world.client()
    const { pending } = await client.begin()
    await client.finish(callback(pending), pending)
    expect(formOf(world.to(`${AS}/token`)[0])).toEqual({
      grant_type: 'authorization_code',
      client_id: 'app',
      code: 'a-code',
      redirect_uri: CALLBACK,
      code_verifier: pending.codeVerifier,
      resource: MCP,
    })
  })

  it('§4.1 what is pending survives JSON, and another process finishes it', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    const { pending } = await world.client({ store }).begin()
    const session: typeof pending = JSON.parse(JSON.stringify(pending))
    await world.client({ store }).finish(callback(session), session)
    expect(await world.client({ store }).token()).toBe('access-1')
  })

  it.each([
    ['access_denied', 'refused'],
    ['invalid_scope', 'refused'],
    ['unauthorized_client', 'client_refused'],
    ['login_required', 'sign_in_needed'],
    ['temporarily_unavailable', 'try_later'],
    ['server_error', 'try_later'],
  ])('§4.1.2.1 the error %s means %s', async (error, code) => {
    const client = clientWorld().client()
    const { pending } = await client.begin()
    const url = callback(pending, { code: undefined, error })
    await expect(client.finish(url, pending)).rejects.toMatchObject({ code, serverCode: error })
  })

  it.each([
    ['invalid_client', 401, 'client_refused'],
    ['unauthorized_client', 400, 'client_refused'],
    ['invalid_grant', 400, 'sign_in_needed'],
    ['invalid_scope', 400, 'refused'],
    ['unsupported_grant_type', 400, 'refused'],
    ['constructor', 400, 'refused'],
  ])('§5.2 the error %s means %s', async (error, status, code) => {
    const world = clientWorld()
    world.on(`${AS}/token`, () => refusal(error, status, { 'www-authenticate': 'Basic' }))
    await expect(signIn(world.client())).rejects.toMatchObject({ code, serverCode: error })
  })

  it('§6 a refresh has the refresh token, and one that comes back replaces it', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    for (const token of ['refresh-1', 'refresh-2']) {
      world.platform.advance(3_600_000)
      await client.token()
      expect(formOf(world.to(`${AS}/token`).at(-1))).toEqual({
        grant_type: 'refresh_token',
        client_id: 'app',
        refresh_token: token,
        resource: MCP,
      })
    }
  })

  it('§6 one that does not come back stays, and so do the scopes', async () => {
    const world = clientWorld()
    const client = world.client({ scope: ['notes:read'] })
    await signIn(client)
    world.on(`${AS}/token`, tokenAnswer({ refresh_token: undefined }))
    for (const _ of [1, 2]) {
      world.platform.advance(3_600_000)
      expect((await client.grant()).scopes).toEqual(['notes:read'])
      expect(world.to(`${AS}/token`).at(-1)?.form.get('refresh_token')).toBe('refresh-1')
    }
  })

  it('§4.4 client credentials need nobody, and are asked for once', async () => {
    const world = clientWorld()
    const options = { flow: clientCredentials(), clientAuth: clientSecret('s'), issuer: AS }
    const client = world.client({ ...options, resource: MCP, scope: ['notes:read'] })
    expect(await Promise.all([client.token(), client.token()])).toEqual(['access-1', 'access-1'])
    expect(world.to(`${AS}/token`).map(formOf)).toEqual([
      { grant_type: 'client_credentials', resource: MCP, scope: 'notes:read' },
    ])
  })

  it('§4.4.3 a refresh token beside them is not used: the client asks again', async () => {
    const world = clientWorld()
    const client = world.client({ flow: clientCredentials() })
    await client.token()
    world.platform.advance(3_600_000)
    expect(await client.token()).toBe('access-2')
    expect(world.to(`${AS}/token`).at(-1)?.form.get('grant_type')).toBe('client_credentials')
  })

  it.each([
    ['silent', undefined, true],
    ['for the header', ['client_secret_basic'], true],
    ['for both', ['client_secret_post', 'client_secret_basic'], true],
    ['for the form', ['client_secret_post'], false],
  ])('§2.3.1 the secret goes where a server is %s', async (_, methods, inHeader) => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { token_endpoint_auth_methods_supported: methods }))
    const clientAuth = clientSecret('s: +%~')
    await world.client({ flow: clientCredentials(), clientAuth, issuer: AS, resource: MCP }).token()
    const [sent] = world.to(`${AS}/token`)
    const header = `Basic ${btoa('app:s%3A%20%2B%25~')}`
    expect(sent?.headers.get('authorization')).toBe(inHeader ? header : null)
    expect(sent?.form.get('client_secret')).toBe(inHeader ? null : 's: +%~')
  })

  it('§2.3.1 of a secret in the header only what decoding would change is encoded', async () => {
    const world = clientWorld()
    const secret = "Az09-._~!$'()*,/=?@"
    const options = { issuer: AS, resource: MCP, flow: clientCredentials() }
    await world.client({ ...options, clientAuth: clientSecret(secret) }).token()
    const [sent] = world.to(`${AS}/token`)
    expect(sent?.headers.get('authorization')).toBe(`Basic ${btoa(`app:${secret}`)}`)
  })

  it('§2.3.1 a secret that no header carries is refused at once', () => {
    expect(() => clientSecretPost('')).toThrow(/^clientAuth: /)
    expect(() => clientSecret('a\nb')).toThrow(/^clientAuth: /)
  })

  it('§4.3 the password grant is there under a name that says what it is', async () => {
    const flow = legacyPasswordGrant({ username: 'alice', password: new Secret('pass word') })
    expect(await formSent(flow)).toMatchObject({
      grant_type: 'password',
      username: 'alice',
      password: 'pass word',
    })
  })
})

describe('RFC 8693 Token Exchange: clients', () => {
  it('§2.1 sends what is exchanged, for whom, and for what', async () => {
    const flow = tokenExchange({
      subjectToken: () => 'subject',
      actorToken: async () => 'actor',
      actorTokenType: 'jwt',
      requestedTokenType: 'urn:example:token',
      audience: 'billing',
    })
    expect(await formSent(flow)).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: 'app',
      resource: MCP,
      subject_token: 'subject',
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      actor_token: 'actor',
      actor_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      requested_token_type: 'urn:example:token',
      audience: 'billing',
    })
  })

  it('§2.2.1 a token that is for no header is no access token', async () => {
    const world = clientWorld()
    world.on(`${AS}/token`, tokenAnswer({ token_type: 'N_A' }))
    const client = world.client({ issuer: AS, flow: tokenExchange({ subjectToken: 'subject' }) })
    await expect(client.token()).rejects.toMatchObject({ code: 'answer_malformed' })
  })
})

describe('RFC 7523 JWT Profile for Authorization Grants: clients', () => {
  it('§2.1 an assertion is read anew for each request', async () => {
    const world = clientWorld()
    let reads = 0
    const flow = jwtBearer({ assertion: () => `assertion-${++reads}` })
    const client = world.client({ flow })
    await client.token()
    world.platform.advance(3_600_000)
    await client.token()
    expect(world.to(`${AS}/token`).map(formOf)).toMatchObject([
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: 'assertion-1',
        resource: MCP,
      },
      { assertion: 'assertion-2' },
    ])
  })

  it('§3 a workload that its assertion names says no client_id', async () => {
    const flow = jwtBearer({ assertion: 'workload' })
    const unnamed = { clientAuth: unnamedClient(), clientId: undefined as never }
    expect(await formSent(flow, unnamed)).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: 'workload',
      resource: MCP,
    })
  })

  it('§3.1 an assertion that is refused is refused: no user can help', async () => {
    const world = clientWorld()
    world.on(`${AS}/token`, () => refusal('invalid_grant'))
    const client = world.client({ flow: jwtBearer({ assertion: 'over' }) })
    const expected = { code: 'refused', serverCode: 'invalid_grant' }
    await expect(client.token()).rejects.toMatchObject(expected)
  })
})

describe('Identity Assertion Authorization Grant: clients', () => {
  const ID_JAG = 'urn:ietf:params:oauth:token-type:id-jag'

  function company(answer: Document = {}) {
    const world = clientWorld()
    world.on(EVIL_METADATA, metadataOf(EVIL))
    world.on(`${EVIL}/token`, () =>
      json({ access_token: 'the-id-jag', token_type: 'N_A', issued_token_type: ID_JAG, ...answer }),
    )
    const identityProvider = { issuer: EVIL, clientId: 'at-idp', clientAuth: publicClient() }
    const flow = idJag({ identityProvider, subjectToken: 'an-id-token' })
    const options = { flow, clientAuth: clientSecret('s'), issuer: AS, resource: MCP }
    return { world, client: world.client({ ...options, scope: ['notes:read'] }) }
  }

  it('CL-08 another token endpoint of the identity provider gets nothing', async () => {
    const { world, client } = company()
    await client.token()
    const moved = { token_endpoint: 'https://as3.test/token', revocation_endpoint: undefined }
    world.on(EVIL_METADATA, metadataOf(EVIL, moved))
    world.platform.advance(3_600_000)
    await expect(client.token()).rejects.toMatchObject({ code: 'server_changed' })
    expect(world.everythingTo('https://as3.test')).toBe('')
  })

  it('§4 exchanges what the user has for an assertion to the server, and that for tokens', async () => {
    const { world, client } = company()
    expect(await client.token()).toBe('access-1')
    expect(formOf(world.to(`${EVIL}/token`)[0])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: 'at-idp',
      requested_token_type: ID_JAG,
      audience: AS,
      resource: MCP,
      scope: 'notes:read',
      subject_token: 'an-id-token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    })
    expect(formOf(world.to(`${AS}/token`)[0])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: 'the-id-jag',
      resource: MCP,
      scope: 'notes:read',
    })
  })

  it('§4.3 neither server sees what is for the other', async () => {
    const { world, client } = company()
    await client.token()
    expect(world.everythingTo(AS)).not.toContain('an-id-token')
    expect(world.everythingTo(EVIL)).not.toContain('app:s')
  })

  it('§4.3.3 another kind of token than was asked for goes no further', async () => {
    const { world, client } = company({ issued_token_type: 'urn:other' })
    await expect(client.token()).rejects.toMatchObject({ code: 'answer_malformed' })
    expect(world.to(`${AS}/token`)).toEqual([])
  })

  it('§4.3 a dead ID token asks for the user, and its server is told apart', async () => {
    const { world, client } = company()
    world.on(`${EVIL}/token`, () => refusal('invalid_grant'))
    await expect(client.token()).rejects.toMatchObject({ code: 'sign_in_needed' })
  })
})

describe('RFC 9126 Pushed Authorization Requests: clients', () => {
  it('§2 the request goes to the server, and only its name through the browser', async () => {
    const world = clientWorld()
    const par = `${AS}/par`
    world.on(METADATA, metadataOf(AS, { pushed_authorization_request_endpoint: par }))
    world.on(par, () => json({ request_uri: 'urn:example:1', expires_in: 60 }, 201))
    const options = { clientAuth: clientSecret('s'), issuer: AS, resource: MCP }
    const { url, pending } = await world.client(options).begin()
    expect(parametersOf(url)).toEqual({ client_id: 'app', request_uri: 'urn:example:1' })
    const [pushed] = world.to(par)
    expect(formOf(pushed)).toMatchObject({ state: pending.state, resource: MCP })
    expect(pushed?.headers.get('authorization')).toBe(`Basic ${btoa('app:s')}`)
  })

  it.each([
    [() => refusal('invalid_client', 401), 'client_refused'],
    [() => refusal('invalid_request'), 'refused'],
    [() => new Response('<html>', { status: 503 }), 'try_later'],
    [() => json({ expires_in: 60 }, 201), 'answer_malformed'],
    [() => new Response(null, { status: 307, headers: { location: EVIL } }), 'answer_malformed'],
  ])('§2.3 %# an answer that is no success sends nobody away', async (answer, code) => {
    const world = clientWorld()
    const par = `${AS}/par`
    world.on(METADATA, metadataOf(AS, { pushed_authorization_request_endpoint: par }))
    world.on(par, answer)
    await expect(world.client().begin()).rejects.toMatchObject({ code })
  })
})

describe('RFC 9101 JWT-Secured Authorization Request: clients', () => {
  const reading = { request_object_signing_alg_values_supported: ['ES256'] }

  it('§4 the request is signed for the server, and nothing of it stands beside it', async () => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, reading))
    const { privateKey: key, publicKey } = await generateKeyPair('ES256')
    const requestKey = { key, kid: 'one' }
    const { url, pending } = await world.client({ requestKey }).begin()
    const { request = '', ...rest } = parametersOf(url)
    expect(rest).toEqual({ client_id: 'app' })
    const currentDate = new Date(world.platform.now())
    const { payload, protectedHeader } = await jwtVerify(request, publicKey, { currentDate })
    expect(protectedHeader).toMatchObject({ typ: 'oauth-authz-req+jwt', kid: 'one' })
    expect(payload).toMatchObject({ iss: 'app', aud: AS, state: pending.state, resource: MCP })
  })

  it('§10.5 a server that reads none gets a plain one', async () => {
    const { privateKey: key } = await generateKeyPair('ES256')
    const { url } = await clientWorld().client({ requestKey: { key } }).begin()
    expect(parametersOf(url)).not.toHaveProperty('request')
  })
})

describe('RFC 7591 Dynamic Client Registration: clients', () => {
  const registration = { clientName: 'App', metadata: { software_id: 's' } }

  it('§3.1 registers once, for what it needs, and is the same client ever after', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    world.on(`${AS}/register`, () => json({ client_id: 'new' }, 201))
    await signIn(world.client({ registration, store }))
    await world.client({ registration, store }).begin()
    expect(world.to(`${AS}/register`).map(({ body }) => JSON.parse(body))).toEqual([
      {
        client_name: 'App',
        redirect_uris: [CALLBACK],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        software_id: 's',
      },
    ])
  })

  it('§3.1 any port of this machine is the registered one, another path is not', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    world.on(`${AS}/register`, () => json({ client_id: 'new' }, 201))
    for (const redirectUri of [CALLBACK, 'http://127.0.0.1:1/cb', 'http://127.0.0.1:1/other']) {
      await world.client({ registration, store }).begin({ redirectUri })
    }
    expect(world.to(`${AS}/register`)).toHaveLength(2)
  })

  it('§3.2.1 a secret that is over is registered anew', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    const end = Math.floor(world.platform.now() / 1000) + 60
    const answer = { client_id: 'new', client_secret: 's', client_secret_expires_at: end }
    world.on(`${AS}/register`, () => json(answer, 201))
    await world.client({ registration, store }).begin()
    world.platform.advance(61_000)
    await world.client({ registration, store }).begin()
    expect(world.to(`${AS}/register`)).toHaveLength(2)
  })

  it('§3.2.2 says what the server has against the client', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, () => refusal('invalid_redirect_uri'))
    await expect(world.client({ registration }).begin()).rejects.toMatchObject({
      code: 'client_refused',
      serverCode: 'invalid_redirect_uri',
    })
  })

  it('a server that no longer knows the client loses the registration, and nothing else', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    world.on(`${AS}/register`, () => json({ client_id: 'new' }, 201))
    const client = world.client({ registration, store })
    await signIn(client)
    world.platform.advance(3_600_000)
    world.on(`${AS}/token`, () => refusal('invalid_client', 401))
    await expect(client.token()).rejects.toMatchObject({ code: 'client_refused' })
    expect(await store.registration(AS)).toBeUndefined()
    expect(await store.grants()).toHaveLength(1)
  })

  it('a document of its own comes before any registration', async () => {
    const world = clientWorld()
    const clientIdUrl = 'https://app.test/client.json'
    const named = { ...registration, clientIdUrl }
    world.on(METADATA, metadataOf(AS, { client_id_metadata_document_supported: true }))
    const { url } = await world.client({ registration: named }).begin()
    expect(parametersOf(url).client_id).toBe(clientIdUrl)
    expect(world.to(`${AS}/register`)).toEqual([])
  })

  it('a server that takes neither says so, and what to do', async () => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { registration_endpoint: undefined }))
    await expect(world.client({ registration }).begin()).rejects.toThrow(/pass its clientId/)
  })
})

describe('RFC 8628 Device Authorization Grant: clients', () => {
  const DEVICE = `${AS}/device_authorization`
  const begun = {
    device_code: 'the-device-code',
    user_code: 'WDJB-MJHT',
    verification_uri: `${AS}/device`,
    verification_uri_complete: `${AS}/device?user_code=WDJB-MJHT`,
    expires_in: 600,
    interval: 5,
  }

  function deviceWorld(changes: Document = {}) {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { device_authorization_endpoint: DEVICE }))
    world.on(DEVICE, () => json({ ...begun, ...changes }))
    return world
  }

  /** Lets time pass until the client has asked once more, and tells how long that took. */
  async function untilAsked(world: ReturnType<typeof deviceWorld>) {
    const asked = () => world.to(`${AS}/token`).length
    const before = asked()
    for (let seconds = 0; seconds < 100; seconds += 1) {
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
      if (asked() > before) return seconds
      world.platform.advance(1_000)
      world.timers.pass(1_000)
    }
    return expect.fail('it never asked')
  }

  it('§3.1 asks for what it wants, and says what to do', async () => {
    const world = deviceWorld()
    const device = await world.client({ scope: ['notes:read'] }).beginDevice()
    expect(formOf(world.to(DEVICE)[0])).toEqual({
      client_id: 'app',
      scope: 'notes:read',
      resource: MCP,
    })
    expect(device).toMatchObject({
      userCode: 'WDJB-MJHT',
      verificationUri: `${AS}/device`,
      expiresAt: world.platform.now() + 600_000,
    })
  })

  it('§3.4 a program that only waits for its user stays alive meanwhile', async () => {
    const world = deviceWorld()
    const { fetch, platform } = world
    const client = createClient({ resource: MCP, clientId: 'app', fetch, platform })
    const device = await client.beginDevice()
    const set = vi.spyOn(globalThis, 'setTimeout')
    const called = new AbortController()
    const finished = device.finish(called.signal)
    try {
      await vi.waitUntil(() => set.mock.calls.some(([, ms]) => ms === 5_000))
      const wait = set.mock.calls.findIndex(([, ms]) => ms === 5_000)
      expect(set.mock.results[wait]?.value.hasRef()).toBe(true)
    } finally {
      set.mockRestore()
      called.abort()
    }
    await expect(finished).rejects.toMatchObject({ code: 'timed_out' })
  })

  it('§3.5 waits between questions, longer when it is told to, and takes the tokens', async () => {
    const world = deviceWorld()
    const client = world.client()
    const answers = ['authorization_pending', 'slow_down', 'authorization_pending']
    const give = tokenAnswer()
    world.on(`${AS}/token`, (sent) => {
      const error = answers.shift()
      return error === undefined ? give(sent) : refusal(error)
    })
    const finished = (await client.beginDevice()).finish()
    const waits = []
    for (const _ of [1, 2, 3, 4]) waits.push(await untilAsked(world))
    expect(waits).toEqual([5, 5, 10, 10])
    expect((await finished).grant.key).toMatchObject({ issuer: AS, resource: MCP })
    expect(await client.token()).toBe('access-1')
    expect(formOf(world.to(`${AS}/token`)[0])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: 'the-device-code',
      client_id: 'app',
      resource: MCP,
    })
  })

  it('§3.4 names no resource to a server that does not take it', async () => {
    const world = deviceWorld()
    const profile = { name: 'AS', issuer: AS, sendsResource: false }
    const finished = (await world.client({ profile, resource: MCP }).beginDevice()).finish()
    await untilAsked(world)
    await finished
    for (const [sent] of [world.to(DEVICE), world.to(`${AS}/token`)]) {
      expect(sent?.form.has('resource')).toBe(false)
    }
  })

  it.each([
    ['access_denied', 'refused'],
    ['expired_token', 'timed_out'],
  ])('§3.5 %s ends the waiting', async (error, code) => {
    const world = deviceWorld()
    world.on(`${AS}/token`, () => refusal(error))
    const finished = (await world.client().beginDevice()).finish()
    const expected = expect(finished).rejects.toMatchObject({ code })
    await untilAsked(world)
    await expected
  })

  it('§3.5 a server that is away for a while does not end it', async () => {
    const world = deviceWorld()
    const client = world.client()
    const answers = [() => Promise.reject(new TypeError('away')), () => refusal('x', 503)]
    const give = tokenAnswer()
    world.on(`${AS}/token`, (sent) => (answers.shift() ?? give)(sent))
    const finished = (await client.beginDevice()).finish()
    for (const _ of [1, 2, 3]) await untilAsked(world)
    expect((await finished).grant.tokenType).toBe('Bearer')
  })

  it('§3.2 a code that is over is not waited for, and waiting can be called off', async () => {
    const world = deviceWorld({ expires_in: 3 })
    const finished = (await world.client().beginDevice()).finish()
    const expected = expect(finished).rejects.toMatchObject({ code: 'timed_out' })
    await new Promise(setImmediate)
    world.platform.advance(5_000)
    world.timers.pass(5_000)
    await expected
    const controller = new AbortController()
    const waiting = (await world.client().beginDevice()).finish(controller.signal)
    const calledOff = expect(waiting).rejects.toMatchObject({ code: 'timed_out' })
    controller.abort()
    await calledOff
    expect(world.to(`${AS}/token`)).toEqual([])
  })

  it.each([
    ['verification_uri', 'http://as.test/device'],
    ['verification_uri', 'javascript:alert(1)'],
    ['verification_uri_complete', 'file:///x'],
    ['user_code', 'A\u001b[2J'],
    ['device_code', ''],
    ['interval', -1],
  ])('§3.2 an answer whose %s is %j is refused', async (name, value) => {
    const attempt = deviceWorld({ [name]: value })
      .client()
      .beginDevice()
    await expect(attempt).rejects.toMatchObject({
      code: expect.stringMatching(/answer_malformed|metadata_refused/),
    })
  })
})

describe('RFC 7009 Token Revocation: clients', () => {
  it('§2.1 the refresh token is revoked, and the grant forgotten', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    const client = world.client({ store })
    await signIn(client)
    world.on(`${AS}/revoke`, () => new Response(null))
    expect(await client.logout()).toEqual({ revoked: true })
    expect(formOf(world.to(`${AS}/revoke`)[0])).toEqual({
      client_id: 'app',
      token: 'refresh-1',
      token_type_hint: 'refresh_token',
    })
    expect(await store.grants()).toEqual([])
    await expect(client.token()).rejects.toMatchObject({ code: 'sign_in_needed' })
  })

  it('§2.2.1 it is forgotten here even if the server is away or refuses', async () => {
    for (const answer of [() => Promise.reject(new TypeError('away')), () => refusal('x', 503)]) {
      const world = clientWorld()
      const store = memoryGrantStore()
      const client = world.client({ store })
      await signIn(client)
      world.on(`${AS}/revoke`, answer)
      expect(await client.logout()).toEqual({ revoked: false })
      expect(await store.grants()).toEqual([])
    }
  })

  it('nothing is sent if nobody has signed in', async () => {
    const world = clientWorld()
    expect(await world.client().logout()).toEqual({ revoked: false })
    expect(world.sent).toEqual([])
  })
})

describe('MCP authorization: clients', () => {
  it('discovers as the challenge says, then by path, then by origin', async () => {
    const world = clientWorld()
    await world.client().begin()
    const gets = world.sent.map(({ url }) => url)
    expect(gets).toEqual([MCP, PRM, METADATA])

    const other = clientWorld()
    const custom = 'https://mcp.test/custom.json'
    other.on(custom, resourceDocument())
    const challenge = `Bearer resource_metadata="${custom}", scope="notes:read"`
    const { url } = await other.client().begin({ challenge })
    expect(other.sent.map((one) => one.url)).toEqual([custom, METADATA])
    expect(parametersOf(url).scope).toBe('notes:read')
  })

  it('does not wait for the stream that an open server answers with', async () => {
    const world = clientWorld()
    let isCancelled = false
    const body = new ReadableStream({
      cancel() {
        isCancelled = true
      },
    })
    world.on(MCP, () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
    await expect(world.client().begin()).resolves.toBeDefined()
    expect(isCancelled).toBe(true)
  })

  it.each([
    [
      `${AS}/tenant`,
      [
        '/.well-known/oauth-authorization-server/tenant',
        '/.well-known/openid-configuration/tenant',
        '/tenant/.well-known/openid-configuration',
      ],
    ],
    [AS, ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']],
  ])('looks for the metadata of %s in its order', async (issuer, paths) => {
    const world = clientWorld()
    world.on(METADATA, () => new Response('<html>', { status: 404 }))
    await expect(world.client({ issuer }).begin()).rejects.toMatchObject({
      code: 'metadata_refused',
    })
    expect(world.sent.map(({ url }) => url.slice(AS.length))).toEqual(paths)
  })

  it.each([
    ['the challenge', 'Bearer scope="a b"', ['c'], ['d'], 'a b'],
    ['the resource, without a challenge', null, ['c'], undefined, 'c'],
    ['nobody', null, undefined, undefined, undefined],
  ])('asks for the scopes that %s names', async (_, challenge, supported, more, expected) => {
    const world = clientWorld()
    world.on(PRM, resourceDocument({ scopes_supported: supported }))
    world.on(METADATA, metadataOf(AS, { scopes_supported: more }))
    const { url } = await world.client().begin({ challenge })
    expect(parametersOf(url).scope).toBe(expected)
  })

  it('asks for offline_access where the server has it, unless told', async () => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { scopes_supported: ['offline_access'] }))
    expect(parametersOf((await world.client().begin()).url).scope).toBe('offline_access')
    const { url } = await world.client({ offline: false }).begin()
    expect(parametersOf(url).scope).toBeUndefined()
  })

  it('takes an old server that says nothing of itself, if told that it is one', async () => {
    const world = clientWorld()
    const origin = 'https://mcp.test'
    world.on(PRM, () => new Response(null, { status: 404 }))
    world.on(`${origin}/.well-known/oauth-authorization-server`, metadataOf(origin))
    await expect(world.client().begin()).rejects.toMatchObject({ code: 'metadata_refused' })
    const { pending } = await world.client({ legacy: { undescribedResource: true } }).begin()
    expect(pending).toMatchObject({ issuer: origin, resource: MCP })
  })
})
