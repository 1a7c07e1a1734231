/**
 * What attackers try against a client: servers that lie in any member, and answers that belong to
 * something else. What counts is what leaves the process.
 */

import { decodeJwt, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  checkOpenableUrl,
  clientCredentials,
  clientSecret,
  clientSecretBasic,
  clientSecretPost,
  legacyPasswordGrant,
  memoryGrantStore,
  privateKeyJwt,
  tokenExchange,
} from 'warder/client'
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
  ROOT_PRM,
  refusal,
  resourceDocument,
  signIn,
  tokenAnswer,
  type World,
} from './support/client-world.ts'

const rejection = (attempt: Promise<unknown>): Promise<Error & { code: string; detail?: string }> =>
  attempt.then(
    () => expect.fail('it should have been refused'),
    (error) => error,
  )

const exchanges = (world: World) => world.to(`${AS}/token`).length

/** A challenge as the API answers with it. */
const challenge = (status: number, parameters: string) =>
  new Response(null, { status, headers: { 'www-authenticate': `Bearer ${parameters}` } })

describe('Attacks on clients: responses', () => {
  it.each([
    [AS, EVIL],
    [EVIL, AS],
  ])('CL-01 a sign-in that was begun at %s takes no answer of %s', async (begun, answering) => {
    const world = clientWorld()
    world.on(EVIL_METADATA, metadataOf(EVIL))
    const client = world.client({ issuer: begun })
    const { pending } = await client.begin()
    const error = await rejection(client.finish(callback(pending, { iss: answering }), pending))
    expect(error.code).toBe('response_mismatch')
    expect(world.sent.filter(({ method }) => method === 'POST')).toEqual([])
  })

  it.each([
    ['advertised and right', true, AS, true],
    ['advertised and absent', true, undefined, false],
    ['not advertised and right', undefined, AS, true],
    ['not advertised and wrong', undefined, EVIL, false],
    ['neither', undefined, undefined, true],
    ['different by a slash', true, `${AS}/`, false],
  ])('CL-02 iss %s', async (_, promised, iss, isTaken) => {
    for (const more of [{}, { code: undefined, error: 'access_denied' }]) {
      const world = clientWorld()
      const authorization_response_iss_parameter_supported = promised
      world.on(METADATA, metadataOf(AS, { authorization_response_iss_parameter_supported }))
      const client = world.client()
      const { pending } = await client.begin()
      const attempt = client.finish(callback(pending, { iss, ...more }), pending)
      const outcome = await attempt.then(
        () => 'tokens',
        ({ code }) => code,
      )
      const whenTaken = 'error' in more ? 'refused' : 'tokens'
      expect(outcome).toBe(isTaken ? whenTaken : 'response_mismatch')
    }
  })

  it('CL-03 nothing of an answer with a wrong iss is shown, logged or traced', async () => {
    const world = clientWorld()
    const steps: string[] = []
    const client = world.client({ trace: ({ text }) => steps.push(text) })
    const { pending } = await client.begin()
    const words = { error: 'evil_code', error_description: '<b>Call</b>\u001b[31m 555' }
    const url = callback(pending, { iss: EVIL, ...words })
    const error = await rejection(client.finish(url, pending))
    const told = `${error} ${error.detail} ${JSON.stringify(error)} ${steps.join('\n')}`
    expect(told).not.toMatch(/evil_code|Call|555|\p{Cc}\[/u)
  })

  it.each([
    ['is missing', { state: undefined }],
    ['is empty', { state: '' }],
    ["is another tab's", { state: 'another' }],
  ])('CL-04 an answer whose state %s is refused', async (_, changes) => {
    const world = clientWorld()
    const client = world.client()
    const { pending } = await client.begin()
    const error = await rejection(client.finish(callback(pending, changes), pending))
    expect(error.code).toBe('response_mismatch')
    expect(exchanges(world)).toBe(0)
  })

  it("CL-04 an attacker's own answer is refused: it is bound to the session that began", async () => {
    const world = clientWorld()
    const client = world.client()
    const [victim, attacker] = [await client.begin(), await client.begin()]
    const url = callback(attacker.pending, { code: "attacker's code" })
    expect((await rejection(client.finish(url, victim.pending))).code).toBe('response_mismatch')
    expect(exchanges(world)).toBe(0)
  })

  it('CL-04 an answer is good once, for ten minutes, at its own address', async () => {
    const world = clientWorld()
    const client = world.client()
    const { pending } = await client.begin()
    const elsewhere = callback({ ...pending, redirectUri: 'http://127.0.0.1:8765/other' })
    expect((await rejection(client.finish(elsewhere, pending))).code).toBe('response_mismatch')
    await client.finish(callback(pending), pending)
    expect((await rejection(client.finish(callback(pending), pending))).code).toBe(
      'response_mismatch',
    )
    const late = await client.begin()
    world.platform.advance(600_001)
    const error = await rejection(client.finish(callback(late.pending), late.pending))
    expect(error.code).toBe('timed_out')
    expect(exchanges(world)).toBe(1)
  })

  it('CL-04 a wrong answer does not spoil the right one, which may still come', async () => {
    const world = clientWorld()
    const client = world.client()
    const { pending } = await client.begin()
    await rejection(client.finish(callback(pending, { state: 'guessed' }), pending))
    await expect(client.finish(callback(pending), pending)).resolves.toBeDefined()
  })

  it('CL-04 no two sign-ins have the same state, verifier or nonce', async () => {
    const client = clientWorld().client({ scope: ['openid'] })
    const begun = await Promise.all(Array.from({ length: 20 }, () => client.begin()))
    const values = begun.flatMap(({ pending }) => [
      pending.state,
      pending.codeVerifier,
      pending.nonce,
    ])
    expect(new Set(values).size).toBe(60)
    for (const value of values) expect(value).toMatch(/^[\w-]{43}$/)
  })
})

describe('Attacks on clients: metadata', () => {
  it.each([
    ['another path', `${AS}/tenant`],
    ['a slash', `${AS}/`],
    ['its case', 'https://AS.test'],
    ['its port', `${AS}:443`],
    ['another host', EVIL],
    ['not being text', 7],
  ])('CL-05 metadata whose issuer differs by %s is refused', async (_, issuer) => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { issuer }))
    const error = await rejection(world.client({ issuer: AS }).begin())
    expect(error).toMatchObject({ code: 'metadata_refused' })
  })

  it.each([
    ['the parent path', 'https://mcp.test'],
    ['a deeper path', `${MCP}/deeper`],
    ['another origin', 'https://mcp2.test/mcp'],
    ['a slash', `${MCP}/`],
    ['another scheme', 'http://mcp.test/mcp'],
    ['its case', 'https://MCP.test/mcp'],
  ])('CL-06 a resource document about %s is refused', async (_, resource) => {
    const world = clientWorld()
    world.on(PRM, resourceDocument({ resource }))
    const error = await rejection(world.client().begin())
    expect(error.code).toBe('metadata_refused')
    expect(world.everythingTo(AS)).toBe('')
  })

  it('CL-06 the document of the origin speaks for the origin, and nothing beside it', async () => {
    const world = clientWorld()
    world.on(PRM, () => new Response(null, { status: 404 }))
    world.on(ROOT_PRM, resourceDocument({ resource: 'https://mcp.test' }))
    const { url } = await world.client().begin()
    expect(parametersOf(url).resource).toBe('https://mcp.test')
    world.on(ROOT_PRM, resourceDocument({ resource: 'https://mcp.test/other' }))
    expect((await rejection(world.client().begin())).code).toBe('metadata_refused')
  })

  it.each([
    'https://mcp2.test/.well-known/oauth-protected-resource',
    'https://mcp.test:8443/doc',
    'http://mcp.test/doc',
    'http://127.0.0.1/doc',
    'file:///etc/passwd',
    'https://user@mcp.test/doc',
  ])('CL-07 a challenge that names a document at %s is refused', async (url) => {
    const world = clientWorld()
    world.on(url, resourceDocument())
    world.on(MCP, () => challenge(401, `resource_metadata="${url}"`))
    expect((await rejection(world.client().begin())).code).toBe('metadata_refused')
    expect(world.to(url)).toEqual([])
  })

  it('CL-07 no document is fetched with credentials', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    await client.fetch(MCP)
    const documents = world.sent.filter(({ url }) => url.includes('.well-known'))
    expect(documents.length).toBeGreaterThan(1)
    for (const { headers } of documents) {
      expect(headers.has('authorization')).toBe(false)
      expect(headers.has('cookie')).toBe(false)
    }
  })

  it.each([
    ['missing', undefined],
    ['empty', []],
    ['plain alone', ['plain']],
    ['no list', 'S256'],
  ])('CL-09 a server whose PKCE methods are %s is refused', async (_, methods) => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { code_challenge_methods_supported: methods }))
    expect((await rejection(world.client().begin())).code).toBe('metadata_refused')
  })

  it('CL-09 one that only does not say so is taken if the caller knows it, with PKCE', async () => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { code_challenge_methods_supported: undefined }))
    const { url } = await world.client({ legacy: { pkceNotAdvertised: true } }).begin()
    expect(parametersOf(url)).toMatchObject({ code_challenge_method: 'S256' })
    world.on(METADATA, metadataOf(AS, { code_challenge_methods_supported: ['plain'] }))
    const stubborn = world.client({ issuer: AS, legacy: { pkceNotAdvertised: true } })
    expect((await rejection(stubborn.begin())).code).toBe('metadata_refused')
  })

  const poisonous = [
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:text/html,x',
    'vscode:extension/evil',
    'http://as.test/authorize',
    'http://127.0.0.1/authorize',
    'https://x"&calc&"',
    'https://as.test/$(touch x)',
    'https://as.test/`touch`',
    'https://as.test/%USERPROFILE%',
    '-https://as.test',
    ' https://as.test/',
    'https://as.test/a b',
    'https://as.test/\nb',
    'https://as.test/\u202e',
    '\\\\host\\x',
    'https://as.test\\@evil.test/',
    'https://user:pass@as.test/',
    '',
    7,
    null,
  ]
  it.each(poisonous.map((url) => [JSON.stringify(url), url]))(
    'CL-10 nobody is sent to %s',
    async (_, url) => {
      const world = clientWorld()
      world.on(METADATA, metadataOf(AS, { authorization_endpoint: url }))
      expect((await rejection(world.client().begin())).code).toBe('metadata_refused')
      if (typeof url !== 'string' || url.startsWith('http://127')) return
      expect(() => checkOpenableUrl(url)).toThrow(expect.objectContaining({ code: 'url_refused' }))
    },
  )

  it('CL-10 no other endpoint is anything but https either', async () => {
    const endpoints = ['token', 'registration', 'revocation', 'userinfo', 'end_session'].map(
      (name) => `${name}_endpoint`,
    )
    for (const name of [...endpoints, 'jwks_uri', 'pushed_authorization_request_endpoint']) {
      for (const url of ['http://as.test/x', 'http://127.0.0.1/x', 'file:///x', 'https://a b']) {
        const world = clientWorld()
        world.on(METADATA, metadataOf(AS, { [name]: url }))
        expect((await rejection(world.client().begin())).code).toBe('metadata_refused')
      }
    }
  })

  it('CL-10 what is sent to a browser is written by a URL parser, whatever is in the parameters', async () => {
    const hostile = '" & calc & $(id) `id` \n %USERPROFILE% \\\\host'
    const { url } = await clientWorld()
      .client()
      .begin({ parameters: { login_hint: hostile } })
    expect(parametersOf(url).login_hint).toBe(hostile)
    expect(url).toMatch(/^https:\/\/as\.test\/authorize\?[\w=&%.+*-]+$/)
  })

  it.each([
    ['10 MB long', 'x'.repeat(10_000_000)],
    ['nested 100 000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['with two issuers', `{"issuer":"${AS}","issuer":"${AS}"}`],
    ['with __proto__', `{"issuer":"${AS}","__proto__":{"token_endpoint":"https://evil.test"}}`],
    ['not JSON', '{'],
    ['a list', '[]'],
  ])('CL-23 metadata that is %s is refused', async (_, body) => {
    const world = clientWorld()
    world.on(
      METADATA,
      () => new Response(body, { headers: { 'content-type': 'application/json' } }),
    )
    const error = await rejection(world.client().begin())
    expect(['answer_malformed', 'metadata_refused']).toContain(error.code)
  })

  it('CL-23 metadata that never ends is given up', async () => {
    const world = clientWorld()
    let chunks = 0
    world.on(METADATA, () => {
      const body = new ReadableStream({
        pull(controller) {
          chunks += 1
          controller.enqueue(new TextEncoder().encode(' '.repeat(65_536)))
        },
      })
      return new Response(body, { headers: { 'content-type': 'application/json' } })
    })
    expect((await rejection(world.client().begin())).code).toBe('answer_malformed')
    expect(chunks).toBeLessThan(20)
  })

  it.each([
    'http://169.254.169.254',
    'http://127.0.0.1:8080',
    'http://internal.test',
    'ftp://as.test',
    'https://as.test#x',
  ])('CL-21 a resource that names %s as its server leads nowhere', async (issuer) => {
    const world = clientWorld()
    world.on(PRM, resourceDocument({ authorization_servers: [issuer] }))
    expect((await rejection(world.client().begin())).code).toBe('metadata_refused')
    expect(new Set(world.sent.map(({ url }) => new URL(url).origin))).toEqual(
      new Set(['https://mcp.test']),
    )
  })
})

describe('Attacks on clients: servers that change', () => {
  const CANARY = 'canary-client-secret'

  it('CL-08 a resource that names another server gets no token and no secret of the first', async () => {
    const world = clientWorld()
    const registration = { clientName: 'App' }
    const store = memoryGrantStore()
    let clients = 0
    const register = () => {
      clients += 1
      return json({ client_id: `client-${clients}`, client_secret: `${CANARY}-${clients}` }, 201)
    }
    world.on(`${AS}/register`, register)
    world.on(`${EVIL}/register`, register)
    world.on(EVIL_METADATA, metadataOf(EVIL))
    world.on(`${EVIL}/token`, tokenAnswer({ access_token: 'evil-access' }))
    const client = world.client({ registration, store })
    await signIn(client)
    world.on(PRM, resourceDocument({ authorization_servers: [EVIL] }))
    world.on(MCP, () => challenge(401, `error="invalid_token", resource_metadata="${PRM}"`))
    world.on(`${AS}/token`, () => refusal('invalid_grant'))
    expect((await rejection(client.fetch(MCP))).code).toBe('sign_in_needed')
    expect(world.everythingTo(EVIL)).toBe('')

    await signIn(client)
    const told = world.everythingTo(EVIL)
    expect(told).toContain('client-2')
    expect(told).not.toMatch(new RegExp(`refresh-1|access-1|client-1|${CANARY}-1`))
    expect((await store.registration(AS))?.clientId).toBe('client-1')
  })

  it('CL-08 the same server with another token endpoint gets no refresh token', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    world.platform.advance(3_600_000)
    world.on(METADATA, metadataOf(AS, { token_endpoint: `${EVIL}/token` }))
    world.on(`${EVIL}/token`, tokenAnswer())
    expect((await rejection(client.token())).code).toBe('server_changed')
    expect(world.everythingTo(EVIL)).toBe('')
  })

  it('CL-08 nor does a changed userinfo_endpoint get an access token', async () => {
    const world = clientWorld()
    const client = world.client({ issuer: AS, resource: MCP })
    await signIn(client)
    const moved = { token_endpoint: `${EVIL}/token`, revocation_endpoint: undefined }
    world.on(METADATA, metadataOf(AS, { ...moved, userinfo_endpoint: `${EVIL}/me` }))
    world.platform.advance(600_001)
    expect((await rejection(client.userInfo('someone'))).code).toBe('server_changed')
    expect(world.everythingTo(EVIL)).toBe('')
  })

  it('CL-08 nor a client secret, until someone approves of the change', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    const options = { issuer: AS, resource: MCP, clientAuth: clientSecret(CANARY), store }
    await signIn(world.client(options))
    world.on(METADATA, metadataOf(AS, { token_endpoint: `${EVIL}/token` }))
    world.on(`${EVIL}/token`, tokenAnswer())
    // Also if the process that knew the endpoint is gone.
    const later = world.client(options)
    expect((await rejection(later.begin())).code).toBe('server_changed')
    expect(world.everythingTo(EVIL)).toBe('')

    const { pending } = await later.begin({ approveServerChange: true })
    await world.client(options).finish(callback(pending), pending)
    expect(world.to(`${EVIL}/token`)).toHaveLength(1)
  })

  it('CL-08 a token endpoint that changes while the user is away gets no code', async () => {
    const world = clientWorld()
    const { pending } = await world.client().begin()
    world.on(METADATA, metadataOf(AS, { token_endpoint: `${EVIL}/token` }))
    const error = await rejection(world.client().finish(callback(pending), pending))
    expect(error.code).toBe('server_changed')
    expect(world.everythingTo(EVIL)).toBe('')
  })

  it.each(['revocation', 'pushed_authorization_request', 'device_authorization', 'introspection'])(
    'CL-08 a %s endpoint on another host is no endpoint of the server',
    async (name) => {
      const world = clientWorld()
      world.on(METADATA, metadataOf(AS, { [`${name}_endpoint`]: `${EVIL}/x` }))
      expect((await rejection(world.client().begin())).code).toBe('metadata_refused')
    },
  )

  it.each([
    ['password', legacyPasswordGrant({ username: 'a', password: new Secret('canary') })],
    ['token', tokenExchange({ subjectToken: 'canary' })],
  ])(
    'CL-08 nor the %s that a flow brings, and no resource chooses who gets it',
    async (_, flow) => {
      const world = clientWorld()
      expect(() => world.client({ flow })).toThrow(/^issuer: /)
      const client = world.client({ flow, issuer: AS, resource: MCP })
      await client.token()
      world.on(
        METADATA,
        metadataOf(AS, { token_endpoint: `${EVIL}/token`, revocation_endpoint: undefined }),
      )
      world.on(`${EVIL}/token`, tokenAnswer())
      world.platform.advance(3_600_000)
      expect((await rejection(client.token())).code).toBe('server_changed')
      expect(world.everythingTo(EVIL)).toBe('')
    },
  )

  it('CL-08 metadata ages by a clock that may be set back', async () => {
    const world = clientWorld()
    const client = world.client()
    await client.begin()
    world.platform.advance(-3_600_000)
    await client.begin()
    expect(world.to(METADATA)).toHaveLength(2)
  })

  it('CL-08 a secret without the server that it is for is no configuration', () => {
    expect(() => clientWorld().client({ clientAuth: clientSecret(CANARY) })).toThrow(
      expect.objectContaining({ code: 'config_error', path: 'issuer' }),
    )
  })
})

describe('Attacks on clients: tokens', () => {
  it.each([
    ['an unknown type', { token_type: 'mac' }],
    ['no type', { token_type: undefined }],
    ['a DPoP token that nobody asked for', { token_type: 'DPoP' }],
    ['a token without use', { token_type: 'N_A' }],
    ['a life that is no number', { expires_in: 'soon' }],
    ['a negative life', { expires_in: -1 }],
    ['a life of NaN', { expires_in: 'NaN' }],
    ['no access token', { access_token: undefined }],
    ['an empty access token', { access_token: '' }],
    ['an access token with a line break', { access_token: 'a\r\nX-Admin: 1' }],
    ['an access token that is a list', { access_token: ['a'] }],
    ['a refresh token that is a number', { refresh_token: 7 }],
    ['a scope that is a list', { scope: ['a'] }],
  ])('CL-11 %s is refused', async (_, changes) => {
    const world = clientWorld()
    world.on(`${AS}/token`, tokenAnswer(changes))
    const client = world.client()
    expect((await rejection(signIn(client))).code).toBe('answer_malformed')
    expect((await rejection(client.token())).code).toBe('sign_in_needed')
  })

  it.each([
    ['a number as text', '60', 60],
    ['a thousand years', 1e9, 31_536_000],
    ['nothing', undefined, undefined],
    ['no time at all', 0, 0],
  ])('CL-11 a life of %s counts as what it can be', async (_, expires_in, seconds) => {
    const world = clientWorld()
    world.on(`${AS}/token`, tokenAnswer({ expires_in }))
    const { grant } = await signIn(world.client())
    const expected = seconds === undefined ? undefined : world.platform.now() + seconds * 1000
    expect(grant.expiresAt).toBe(expected)
  })

  it('CL-11 fewer scopes than asked for are what there is', async () => {
    const world = clientWorld()
    world.on(`${AS}/token`, tokenAnswer({ scope: 'notes:read' }))
    const client = world.client({ scope: ['notes:read', 'notes:write'] })
    expect((await signIn(client)).grant.scopes).toEqual(['notes:read'])
    const error = await rejection(client.token({ scope: ['notes:write'] }))
    expect(error).toMatchObject({ code: 'scope_needed', scopes: ['notes:read', 'notes:write'] })
  })

  it.each([
    ['1 GB', () => new Response(endless(), { headers: { 'content-type': 'application/json' } })],
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['nothing', () => new Response(null, { status: 204 })],
    ['two access tokens', () => answerText('{"access_token":"a","access_token":"b"}')],
  ])('CL-11 an answer that is %s is refused', async (_, answer) => {
    const world = clientWorld()
    world.on(`${AS}/token`, answer)
    expect((await rejection(signIn(world.client()))).code).toBe('answer_malformed')
  })

  it.each([301, 302, 303, 307, 308])(
    'CL-11 a token request is not sent on by a %i',
    async (status) => {
      const world = clientWorld()
      const headers = { location: `${EVIL}/token` }
      world.on(`${AS}/token`, () => new Response(null, { status, headers }))
      expect((await rejection(signIn(world.client()))).code).toBe('answer_malformed')
      expect(world.everythingTo(EVIL)).toBe('')
    },
  )

  it.each([301, 302, 303, 307, 308])(
    'CL-12 a %i of the API does not take the token along',
    async (status) => {
      const world = clientWorld()
      const client = world.client()
      await signIn(client)
      const headers = { location: `${EVIL}/steal` }
      world.on(MCP, () => new Response(null, { status, headers }))
      expect((await client.fetch(MCP, { redirect: 'follow' })).status).toBe(status)
      expect(world.everythingTo(EVIL)).toBe('')
    },
  )

  it('CL-12 a token goes to no origin that it is not for', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    for (const url of [
      EVIL,
      'http://mcp.test/mcp',
      'https://mcp.test:8443/',
      'https://mcp.test@evil.test/',
      'https://mcp.test.evil.test/',
      'not a url',
    ]) {
      expect((await rejection(client.fetch(url))).code).toBe('url_refused')
    }
  })

  it('CL-12 nor does one that the caller put there', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    await client.fetch(new Request(MCP, { headers: { authorization: 'Bearer mine' } }))
    expect(world.to(MCP).at(-1)?.headers.get('authorization')).toBe('Bearer access-1')
  })

  it('CL-15 50 callers with an expired token cause one refresh, and all get the new one', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    world.platform.advance(3_600_000)
    const tokens = await Promise.all(Array.from({ length: 50 }, () => client.token()))
    expect(new Set(tokens)).toEqual(new Set(['access-2']))
    expect(exchanges(world)).toBe(2)
  })

  it('CL-15 nor do 50 clients that share a store, and no refresh token is used twice', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    await signIn(world.client({ store }))
    world.platform.advance(3_600_000)
    const clients = Array.from({ length: 50 }, () => world.client({ store }))
    const tokens = await Promise.all(clients.map((client) => client.token()))
    expect(new Set(tokens)).toEqual(new Set(['access-2']))
    const used = world.to(`${AS}/token`).map(({ form }) => form.get('refresh_token'))
    expect(used.filter((token) => token !== null)).toEqual(['refresh-1'])
  })

  it('CL-15 50 refused requests cause one refresh', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    world.on(MCP, ({ headers }) =>
      headers.get('authorization') === 'Bearer access-1'
        ? challenge(401, 'error="invalid_token"')
        : json({ ok: true }),
    )
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.fetch(MCP)))
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(exchanges(world)).toBe(2)
  })

  it('CL-17 invalid_grant ends that grant, once, and no other', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    const client = world.client({ store })
    await signIn(client)
    await signIn(client, { account: 'work' })
    world.platform.advance(3_600_000)
    world.on(`${AS}/token`, ({ form }) =>
      form.get('refresh_token') === 'refresh-1'
        ? refusal('invalid_grant')
        : json({ access_token: 'fresh', token_type: 'bearer' }),
    )
    expect((await rejection(client.token())).code).toBe('sign_in_needed')
    expect((await rejection(client.token())).code).toBe('sign_in_needed')
    expect(exchanges(world)).toBe(3)
    expect(await client.token({ account: 'work' })).toBe('fresh')
    expect((await store.grants()).map(({ key }) => key.account)).toEqual(['work'])
  })

  it.each([
    ['500', () => refusal('server_error', 500), 'try_later'],
    ['502 without JSON', () => new Response('<html>', { status: 502 }), 'try_later'],
    ['503 that says invalid_grant', () => refusal('invalid_grant', 503), 'try_later'],
    ['429', () => refusal('slow_down', 429), 'try_later'],
    ['no network', () => Promise.reject(new TypeError('fetch failed')), 'unreachable'],
    ['temporarily_unavailable', () => refusal('temporarily_unavailable'), 'try_later'],
  ])('CL-17 %s keeps the grant, and is tried again, later each time', async (_, answer, code) => {
    const world = clientWorld()
    const store = memoryGrantStore()
    const client = world.client({ store })
    await signIn(client)
    world.platform.advance(3_600_000)
    const honest = tokenAnswer({ access_token: 'fresh' })
    world.on(`${AS}/token`, answer)
    const waits: number[] = []
    expect((await rejection(client.token())).code).toBe(code)
    for (let attempt = 3; attempt < 8; attempt += 1) {
      let waited = 0
      for (; exchanges(world) < attempt; waited += 100) {
        world.platform.advance(100)
        expect((await rejection(client.token())).code).toBe(code)
      }
      waits.push(waited)
    }
    expect(waits).toEqual([...waits].sort((one, other) => one - other))
    expect(await store.grants()).toHaveLength(1)
    world.platform.advance(60_000)
    world.on(`${AS}/token`, honest)
    expect(await client.token()).toBe('fresh')
  })

  it('CL-17 Retry-After is honoured, and told', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    world.platform.advance(3_600_000)
    world.on(`${AS}/token`, () => refusal('x', 503, { 'retry-after': '120' }))
    expect(await rejection(client.token())).toMatchObject({ code: 'try_later', retryAfter: 120 })
    world.platform.advance(119_000)
    expect(await rejection(client.token())).toMatchObject({ code: 'try_later', retryAfter: 1 })
    expect(exchanges(world)).toBe(2)
    world.platform.advance(1_001)
    await rejection(client.token())
    expect(exchanges(world)).toBe(3)
  })

  it('CL-17 a timeout keeps the grant', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    world.platform.advance(3_600_000)
    const slow = createSlow(world)
    const attempt = rejection(client.token())
    await slow.reached
    world.timers.pass(15_000)
    expect(await attempt).toMatchObject({ code: 'unreachable' })
    world.platform.advance(60_000)
    world.on(`${AS}/token`, tokenAnswer({ access_token: 'fresh' }))
    expect(await client.token()).toBe('fresh')
  })

  it('CL-19 a challenge for more is put to the user: what is new, and never offline_access', async () => {
    const world = clientWorld()
    const needs: unknown[] = []
    const client = world.client({
      scope: ['notes:read'],
      async onSignInNeeded(need) {
        needs.push([need.reason, need.scopes, need.added])
      },
    })
    await signIn(client)
    world.on(MCP, () =>
      challenge(403, 'error="insufficient_scope", scope="admin offline_access notes:read"'),
    )
    await client.fetch(MCP).catch(() => undefined)
    expect(needs[0]).toEqual(['scope_needed', ['notes:read', 'admin'], ['admin']])
    expect(exchanges(world)).toBe(1)
  })

  it('CL-25 no secret is in a trace, an error or what a grant prints', async () => {
    const world = clientWorld()
    const told: string[] = []
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const secret = 'canary-secret-value'
    for (const clientAuth of [clientSecret(secret), privateKeyJwt({ key: privateKey })]) {
      const client = world.client({
        ...{ issuer: AS, resource: MCP, clientAuth },
        trace: (step) => void told.push(JSON.stringify(step)),
      })
      const { grant } = await signIn(client)
      told.push(JSON.stringify(grant), String(grant.accessToken))
      world.platform.advance(3_600_000)
      world.on(`${AS}/token`, () => refusal('invalid_client', 401))
      const error = await rejection(client.token())
      told.push(JSON.stringify(error), String(error), String(error.detail), String(error.cause))
      world.on(`${AS}/token`, tokenAnswer())
    }
    const sentAs = (name: string) =>
      world.to(`${AS}/token`).flatMap(({ form }) => form.getAll(name))
    const secrets = [...sentAs('client_assertion'), ...sentAs('code_verifier')]
    expect(sentAs('client_assertion')).toHaveLength(2)
    expect(sentAs('code_verifier')).toHaveLength(2)
    const all = told.join('\n')
    expect(all).toContain('oauth:token')
    expect(all).not.toMatch(/canary|access-\d|refresh-\d|a-code|eyJ/)
    expect(secrets.filter((each) => all.includes(each))).toEqual([])
  })

  it('CL-25 nor in what a server repeats of it', async () => {
    const world = clientWorld()
    const secret = 'canary secret+value'
    for (const clientAuth of [clientSecretBasic(secret), clientSecretPost(secret)]) {
      world.on(METADATA, {
        ...metadataOf(AS, { pushed_authorization_request_endpoint: `${AS}/par` }),
      })
      world.on(`${AS}/par`, ({ form, headers }) => echo(form, headers))
      const client = world.client({ issuer: AS, resource: MCP, clientAuth })
      const errors = [await rejection(client.begin())]
      world.on(METADATA, metadataOf(AS))
      const other = world.client({ issuer: AS, resource: MCP, clientAuth })
      const { pending } = await other.begin()
      world.on(`${AS}/token`, ({ form, headers }) => echo(form, headers))
      errors.push(await rejection(other.finish(callback(pending), pending)))
      for (const { detail } of errors) {
        expect(detail).toContain('invalid_request')
        expect(detail).not.toMatch(/canary|a-code/)
        expect(detail).not.toContain(pending.codeVerifier)
      }
    }
  })

  it('CL-29 the end of a secret that is no time leaves a registration that can be read', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    const answer = { client_id: 'new', client_secret: 's', client_secret_expires_at: 1e308 }
    world.on(`${AS}/register`, () => json(answer, 201))
    await world.client({ registration: { clientName: 'App' }, store }).begin()
    expect(await store.registration(AS)).not.toHaveProperty('expiresAt')
  })

  it('CL-29 sign-ins that begin at once on one store are of one registration', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    let number = 0
    world.on(`${AS}/register`, () => {
      number += 1
      return json({ client_id: `c${number}`, client_secret: `canary-${number}` }, 201)
    })
    const options = { registration: { clientName: 'App' }, store }
    const [one, other] = [world.client(options), world.client(options)]
    const begun = await Promise.all([one.begin(), one.begin(), other.begin()])
    for (const { pending } of begun) await one.finish(callback(pending), pending)
    expect(world.to(`${AS}/register`)).toHaveLength(1)
    expect(exchanges(world)).toBe(3)
  })

  it('CL-05 an issuer with a query is none', async () => {
    const world = clientWorld()
    const issuer = `${AS}/?tenant=x`
    world.on(PRM, resourceDocument({ authorization_servers: [issuer] }))
    world.on(METADATA, metadataOf(AS, { issuer }))
    expect((await rejection(world.client().begin())).code).toBe('metadata_refused')
    expect(world.to(METADATA)).toEqual([])
  })

  it('CL-26 an assertion is for the issuer alone, whatever the metadata says', async () => {
    const world = clientWorld()
    const { privateKey } = await generateKeyPair('ES256')
    world.on(METADATA, metadataOf(AS, { token_endpoint: `${EVIL}/token` }))
    world.on(`${EVIL}/token`, tokenAnswer())
    const client = world.client({
      ...{ issuer: AS, resource: MCP, flow: clientCredentials() },
      clientAuth: privateKeyJwt({ key: privateKey, kid: 'one' }),
    })
    await client.token()
    const [request] = world.to(`${EVIL}/token`)
    const claims = decodeJwt(request?.form.get('client_assertion') ?? '')
    expect(claims).toMatchObject({ aud: AS, iss: 'app', sub: 'app' })
    expect(claims.jti).toEqual(expect.any(String))
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(60)
  })

  it.each([
    ['no client_id', { client_id: undefined }],
    ['a client_id with a line break', { client_id: 'a\nb' }],
    ['a secret with NUL', { client_secret: 'a\0b' }],
    ['other redirect URIs', { redirect_uris: ['https://evil.test/cb'] }],
    ['no list of redirect URIs', { redirect_uris: CALLBACK }],
  ])('CL-29 a registration with %s is refused', async (_, changes) => {
    const world = clientWorld()
    const store = memoryGrantStore()
    world.on(`${AS}/register`, () => json({ client_id: 'new', ...changes }, 201))
    const client = world.client({ registration: { clientName: 'App' }, store })
    expect((await rejection(client.begin())).code).toBe('answer_malformed')
    expect(await store.registration(AS)).toBeUndefined()
  })

  it('CL-29 a registration counts at the server that gave it, whatever it says', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    world.on(`${AS}/register`, () => json({ client_id: 'new', issuer: EVIL, iss: EVIL }, 201))
    const client = world.client({ registration: { clientName: 'App' }, store })
    await client.begin()
    expect(await store.registration(AS)).toMatchObject({ clientId: 'new', issuer: AS })
    expect(await store.registration(EVIL)).toBeUndefined()
  })
})

/** A refusal by a server that quotes what it was sent. */
const echo = (form: URLSearchParams, headers: Headers) => {
  const [, basic = ''] = (headers.get('authorization') ?? '').split(' ')
  const said = `${form.get('code')} ${form.get('client_secret')} ${basic} ${atob(basic)} ${form.get('code_verifier')}`
  return json({ error: 'invalid_request', error_description: said }, 400)
}

const answerText = (text: string) =>
  new Response(text, { headers: { 'content-type': 'application/json' } })

const endless = () =>
  new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
  })

/** A token endpoint that never answers. */
function createSlow(world: World): { readonly reached: Promise<void> } {
  let arrive = () => {}
  const reached = new Promise<void>((resolve) => {
    arrive = resolve
  })
  world.on(`${AS}/token`, () => {
    arrive()
    return new Promise<never>(() => {})
  })
  return { reached }
}
