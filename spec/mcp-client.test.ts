/** Tokens for MCP clients that give their transport a `fetch`, or an `AuthProvider` of the SDK. */

import type { AuthProvider, FetchLike } from '@modelcontextprotocol/client'
import type { FetchLike as FetchLikeV1 } from '@modelcontextprotocol/sdk/shared/transport.js'
import { describe, expect, it } from 'vitest'
import {
  clientCredentials,
  clientSecretBasic,
  memoryGrantStore,
  type SignInNeed,
} from 'warder/client'
import {
  type DevicePrompt,
  loopback,
  type McpAuthOptions,
  mcpAuthProvider,
  type UserAgent,
  withBrowser,
  withDeviceCode,
} from 'warder/client/mcp'
import {
  AS,
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

/** A person who says yes to everything, at once. */
function willing(departures: string[] = []): UserAgent {
  return {
    visit: async () => ({
      redirectUri: 'http://127.0.0.1:8765/cb',
      async send({ url, state }, finish) {
        departures.push(url)
        const { redirect_uri: redirectUri = '' } = parametersOf(url)
        return finish(callback({ state, redirectUri }, { iss: new URL(url).origin }))
      },
      close: async () => {},
    }),
  }
}

function provider(world: World, options: Partial<McpAuthOptions> = {}) {
  const departures: string[] = []
  const { platform, timers, fetch } = world
  return {
    departures,
    ...mcpAuthProvider({
      ...{ server: MCP, clientName: 'Editor', fetch, platform, timers },
      signIn: withBrowser(willing(departures)),
      ...options,
    }),
  }
}

const registering = (clientId: string) => () => json({ client_id: clientId }, 201)

const challenged = (challenge: string) => () =>
  new Response(null, { status: 401, headers: { 'www-authenticate': challenge } })

const tool = { method: 'POST', body: '{"method":"tools/call"}' }

describe('Tokens for an MCP server', () => {
  it('are good for the transports of both lines of the SDK', () => {
    const { fetch, ...authProvider } = provider(clientWorld())
    const shapes: readonly [FetchLike, FetchLikeV1, AuthProvider] = [fetch, fetch, authProvider]
    expect(shapes).toHaveLength(3)
  })

  it('are not needed for an open server', async () => {
    const world = clientWorld()
    world.on(MCP, { ok: true })
    const { fetch, departures } = provider(world)
    expect((await fetch(MCP, tool)).status).toBe(200)
    expect(world.sent).toHaveLength(1)
    expect(world.sent[0]?.headers.has('authorization')).toBe(false)
    expect(departures).toEqual([])
  })

  it('are asked for as the challenge says, and the request is sent again with one', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, registering('registered'))
    world.on(MCP, (sent) =>
      sent.headers.get('authorization') === 'Bearer access-1'
        ? json({ got: sent.body })
        : challenged('Bearer scope="files:read"')(),
    )
    const { fetch, departures } = provider(world)
    const answer = await fetch(MCP, tool)
    expect(await answer.json()).toEqual({ got: tool.body })
    expect(departures.map(parametersOf)).toMatchObject([
      { client_id: 'registered', scope: 'files:read', resource: MCP },
    ])
    expect(world.to(`${AS}/token`)[0]?.form.get('resource')).toBe(MCP)
  })

  it('are asked for once, however many requests wait', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, registering('registered'))
    const { fetch, departures } = provider(world)
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(MCP, tool)))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(departures).toHaveLength(1)
    expect(world.to(`${AS}/token`)).toHaveLength(1)
  })

  it('end in an error that says so where nobody is there to sign in', async () => {
    const { fetch, token } = provider(clientWorld(), { signIn: 'never' })
    await expect(fetch(MCP, tool)).rejects.toMatchObject({ code: 'sign_in_needed' })
    expect(await token()).toBeUndefined()
  })

  it('go with more scopes when one request needs them', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, registering('registered'))
    world.on(`${AS}/token`, (sent) =>
      tokenAnswer({ scope: parametersOf(departures.at(-1) ?? '').scope })(sent),
    )
    let calls = 0
    world.on(MCP, ({ headers }) => {
      if (!headers.has('authorization')) return challenged('Bearer scope="read"')()
      calls += 1
      const header = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="write"' }
      return calls === 1 ? new Response(null, { status: 403, headers: header }) : json({ ok: true })
    })
    const { fetch, departures } = provider(world)
    expect((await fetch(MCP, tool)).status).toBe(200)
    expect(departures.map((url) => parametersOf(url).scope)).toEqual(['read', 'read write'])
  })

  it('come from a machine’s own flow, without anybody', async () => {
    const world = clientWorld()
    const { fetch, token, departures } = provider(world, {
      issuer: AS,
      clientId: 'robot',
      clientAuth: clientSecretBasic('canary-secret'),
      flow: clientCredentials(),
    })
    expect((await fetch(MCP, tool)).status).toBe(200)
    expect(await token()).toBe('access-1')
    expect(departures).toEqual([])
    expect(world.everythingTo('https://mcp.test')).not.toContain('canary')
  })

  it('are bound to a key where that is wanted, and then only fetch gives them', async () => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { dpop_signing_alg_values_supported: ['ES256'] }))
    world.on(`${AS}/register`, registering('registered'))
    world.on(`${AS}/token`, tokenAnswer({ token_type: 'DPoP' }))
    const { fetch, token } = provider(world, { dpop: 'required' })
    expect((await fetch(MCP, tool)).status).toBe(200)
    const last = world.to(MCP).at(-1)
    expect(last?.headers.get('authorization')).toBe('DPoP access-1')
    expect(last?.headers.get('dpop')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    await expect(token()).rejects.toMatchObject({ path: 'dpop' })
  })
})

describe('The AuthProvider of the SDK', () => {
  /** What its transport does with one. */
  async function send(world: World, { token, onUnauthorized }: ReturnType<typeof provider>) {
    const sendOnce = async () => {
      const held = await token()
      const headers = held === undefined ? {} : { authorization: `Bearer ${held}` }
      return world.fetch(MCP, { ...tool, headers })
    }
    const response = await sendOnce()
    if (response.status !== 401) return response
    await onUnauthorized({ response })
    return sendOnce()
  }

  it('signs in after the first refusal, and renews after a later one', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, registering('registered'))
    const auth = provider(world)
    expect((await send(world, auth)).status).toBe(200)
    expect(auth.departures).toHaveLength(1)

    world.on(MCP, ({ headers }) =>
      headers.get('authorization') === 'Bearer access-2'
        ? json({ ok: true })
        : challenged('Bearer error="invalid_token"')(),
    )
    expect((await send(world, auth)).status).toBe(200)
    expect(world.to(`${AS}/token`).at(-1)?.form.get('refresh_token')).toBe('refresh-1')
    expect(auth.departures).toHaveLength(1)
  })

  it('says so when nobody can be asked', async () => {
    const world = clientWorld()
    const sent = send(world, provider(world, { signIn: 'never' }))
    await expect(sent).rejects.toMatchObject({ code: 'sign_in_needed' })
  })
})

describe('Who the client is', () => {
  const document = 'https://editor.test/client.json'

  it('is its document, where the server reads documents', async () => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, { client_id_metadata_document_supported: true }))
    const { fetch, departures } = provider(world, { clientIdUrl: document })
    await fetch(MCP, tool)
    expect(departures.map(parametersOf)).toMatchObject([{ client_id: document }])
    expect(world.to(`${AS}/register`)).toEqual([])
  })

  it('is what was registered before, where the client is known', async () => {
    const world = clientWorld()
    const { fetch, departures } = provider(world, { clientId: 'known' })
    await fetch(MCP, tool)
    expect(departures.map(parametersOf)).toMatchObject([{ client_id: 'known' }])
    expect(world.to(`${AS}/register`)).toEqual([])
  })

  it('is registered otherwise, with its application_type, and once', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, registering('registered'))
    const store = memoryGrantStore()
    await provider(world, { clientIdUrl: document, store }).fetch(MCP, tool)
    const [registration] = world.to(`${AS}/register`)
    expect(JSON.parse(registration?.body ?? '')).toMatchObject({
      client_name: 'Editor',
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1:8765/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
    })
    const again = provider(world, { clientIdUrl: document, store })
    expect((await again.fetch(MCP, tool)).status).toBe(200)
    expect(world.to(`${AS}/register`)).toHaveLength(1)
    expect(again.departures).toEqual([])
  })

  it('is told to whoever opens the browser, so that it comes back to the same port', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, registering('registered'))
    const store = memoryGrantStore()
    const asked: (readonly string[])[] = []
    const agent = willing()
    const noting = withBrowser({
      visit(registered) {
        asked.push(registered)
        return agent.visit(registered)
      },
    })
    const { fetch, client } = provider(world, { store, signIn: noting })
    await fetch(MCP, tool)
    await client.logout()
    await fetch(MCP, tool)
    expect(asked).toEqual([[], ['http://127.0.0.1:8765/cb']])
  })

  it('CL-08 is registered anew at another server, which sees nothing of the first one', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, () =>
      json({ client_id: 'canary-1', client_secret: 'canary-2' }, 201),
    )
    world.on(`${AS}/token`, tokenAnswer({ access_token: 'canary-3', refresh_token: 'canary-4' }))
    const store = memoryGrantStore()
    const { fetch, departures } = provider(world, { store })
    await fetch(MCP, tool)

    world.on(EVIL_METADATA, metadataOf(EVIL))
    world.on(`${EVIL}/register`, registering('other'))
    world.on(`${EVIL}/token`, tokenAnswer({ access_token: 'other-access' }))
    world.on(PRM, resourceDocument({ authorization_servers: [EVIL] }))
    world.on(MCP, ({ headers }) =>
      headers.get('authorization') === 'Bearer other-access'
        ? json({ ok: true })
        : challenged('Bearer error="invalid_token"')(),
    )
    expect((await fetch(MCP, tool)).status).toBe(200)
    // Not behind the person's back.
    expect(departures.map((url) => new URL(url).origin)).toEqual([AS, EVIL])
    expect(world.everythingTo(EVIL)).not.toContain('canary')
    expect((await store.grants()).map(({ key }) => key.issuer)).toEqual([EVIL])
  })
})

describe('Ways to sign in', () => {
  it('RFC 8252 §7.3 the browser of this machine, back to a port of it', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, registering('registered'))
    const pages: Promise<Response>[] = []
    const agent = loopback({
      clientName: 'Editor',
      async open(url) {
        const { state = '', redirect_uri: redirectUri = '' } = parametersOf(url)
        return pages.push(fetch(callback({ state, redirectUri }))) > 0
      },
    })
    const { fetch: mcpFetch } = provider(world, { signIn: withBrowser(agent) })
    expect((await mcpFetch(MCP, tool)).status).toBe(200)
    expect(await (await pages[0])?.text()).toContain('may now use your account at as.test')
    const redirectUri = world.to(`${AS}/token`)[0]?.form.get('redirect_uri') ?? ''
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    // It is over.
    await expect(fetch(redirectUri)).rejects.toThrow()
  })

  it('CL-04 CL-02 the page and the program say the same of an answer of another server', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, registering('registered'))
    const pages: Promise<Response>[] = []
    const agent = loopback({
      clientName: 'Editor',
      async open(url) {
        const { state = '', redirect_uri: redirectUri = '' } = parametersOf(url)
        const answer = callback({ state, redirectUri }, { iss: EVIL, error: 'canary' })
        return pages.push(fetch(answer)) > 0
      },
    })
    const { fetch: mcpFetch } = provider(world, { signIn: withBrowser(agent) })
    await expect(mcpFetch(MCP, tool)).rejects.toMatchObject({ code: 'response_mismatch' })
    const page = await (await pages[0])?.text()
    expect(page).toContain('came from another server')
    expect(page).not.toContain('canary')
    expect(world.to(`${AS}/token`)).toEqual([])
  })

  it('RFC 8628 §3.3 a code on another machine', async () => {
    const world = clientWorld()
    const device_authorization_endpoint = `${AS}/device`
    world.on(METADATA, metadataOf(AS, { device_authorization_endpoint }))
    world.on(`${AS}/register`, registering('registered'))
    world.on(`${AS}/device`, {
      device_code: 'canary-device-code',
      user_code: 'WDJB-MJHT',
      verification_uri: `${AS}/activate`,
      expires_in: 600,
    })
    const prompts: DevicePrompt[] = []
    const signIn = withDeviceCode((prompt) => {
      prompts.push(prompt)
      // Five seconds later, when the client asks for the first time, they have said yes.
      setImmediate(() => world.timers.pass(5_000))
    })
    const { fetch } = provider(world, { signIn })
    expect((await fetch(MCP, tool)).status).toBe(200)
    expect(prompts).toMatchObject([{ userCode: 'WDJB-MJHT', verificationUri: `${AS}/activate` }])
    expect(JSON.stringify(prompts)).not.toContain('canary')
  })

  it('a way of one’s own, told what is new', async () => {
    const world = clientWorld()
    world.on(MCP, challenged('Bearer scope="read"'))
    const needs: SignInNeed[] = []
    const { fetch } = provider(world, {
      async signIn(need) {
        needs.push(need)
        throw new Error('the person closed the window')
      },
    })
    await expect(fetch(MCP, tool)).rejects.toThrow('closed the window')
    expect(needs).toMatchObject([{ reason: 'sign_in_needed', resource: MCP }])
  })

  it('are not tried for ever', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, registering('registered'))
    world.on(MCP, challenged('Bearer error="invalid_token"'))
    world.on(`${AS}/token`, tokenAnswer({ refresh_token: undefined }))
    const { fetch, departures } = provider(world)
    for (let call = 0; call < 5; call += 1) await fetch(MCP, tool).catch(() => {})
    expect(departures.length).toBeLessThanOrEqual(3)
  })

  it('BR-04 a code that another program has caught is worth nothing without the verifier', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, registering('registered'))
    const { fetch, departures } = provider(world)
    await fetch(MCP, tool)
    const [asked] = departures.map(parametersOf)
    const verifier = world.to(`${AS}/token`)[0]?.form.get('code_verifier') ?? ''
    expect(asked).toMatchObject({ code_challenge_method: 'S256' })
    expect(verifier).toHaveLength(43)
    expect(departures.join()).not.toContain(verifier)
  })
})

describe('Options', () => {
  it('take no secret without the server that it is for', () => {
    const secret = { clientId: 'robot', clientAuth: clientSecretBasic('s') }
    expect(() => provider(clientWorld(), secret)).toThrow('issuer')
  })

  it('take no server that is not https', () => {
    expect(() => provider(clientWorld(), { server: 'http://mcp.test/mcp' })).toThrow('resource')
  })

  it('refusals of the server keep their code', async () => {
    const world = clientWorld()
    world.on(`${AS}/register`, () => refusal('invalid_client_metadata'))
    const { fetch } = provider(world)
    await expect(fetch(MCP, tool)).rejects.toMatchObject({
      code: 'client_refused',
      serverCode: 'invalid_client_metadata',
    })
  })
})
