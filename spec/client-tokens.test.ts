/** How clients keep tokens fresh, and what they do with them at an API. */

import { describe, expect, it } from 'vitest'
import {
  clientCredentials,
  formatTraceStep,
  type GrantStore,
  memoryGrantStore,
  type SignInNeed,
} from 'warder/client'
import { createDpopNonces, dpopRules, normalizeHtu, verifyDpopProof } from 'warder/protocol'
import { grantStoreContract } from 'warder/testing'
import {
  AS,
  callback,
  clientWorld,
  json,
  MCP,
  METADATA,
  metadataOf,
  PRM,
  parametersOf,
  ROOT_PRM,
  refusal,
  type Sent,
  signIn,
  tokenAnswer,
  type World,
} from './support/client-world.ts'

/** The resource as its own authorization server. */
const SELF = new URL(MCP).origin

const refreshes = (world: World) =>
  world.to(`${AS}/token`).filter(({ form }) => form.has('refresh_token')).length

const settled = () => new Promise((resolve) => setImmediate(resolve))

const challenge = (status: number, parameters: string, headers: Record<string, string> = {}) =>
  new Response(null, {
    status,
    headers: { 'www-authenticate': `Bearer ${parameters}`, ...headers },
  })

describe('The grant store in memory', () => {
  for (const { name, run } of grantStoreContract()) {
    it(name, () => run(memoryGrantStore()))
  }
})

describe('Fresh tokens', () => {
  /** Signed in, with a token of an hour. */
  async function signedIn(changes = {}) {
    const world = clientWorld()
    world.on(`${AS}/token`, tokenAnswer(changes))
    const client = world.client()
    await signIn(client)
    return { world, client, minutes: (count: number) => world.platform.advance(count * 60_000) }
  }

  it('a live token is handed out without a request', async () => {
    const { world, client, minutes } = await signedIn()
    await client.token()
    const before = world.sent.length
    minutes(57)
    expect(await client.token()).toBe('access-1')
    expect(world.sent.length).toBe(before)
  })

  it('two minutes before its end it is renewed while it is still handed out', async () => {
    const { world, client, minutes } = await signedIn()
    await client.token()
    minutes(58.5)
    expect(await Promise.all([client.token(), client.token()])).toEqual(['access-1', 'access-1'])
    await settled()
    expect(refreshes(world)).toBe(1)
    expect(await client.token()).toBe('access-2')
  })

  it('half a minute before its end it is waited for', async () => {
    const { client, minutes } = await signedIn()
    await client.token()
    minutes(59.6)
    expect(await client.token()).toBe('access-2')
  })

  it('a renewal ahead that fails is not noticed, and one that is due uses what is left', async () => {
    const { world, client, minutes } = await signedIn()
    await client.token()
    world.on(`${AS}/token`, () => refusal('x', 503))
    minutes(58.5)
    expect(await client.token()).toBe('access-1')
    await settled()
    minutes(1.2)
    expect(await client.token()).toBe('access-1')
    minutes(1)
    await expect(client.token()).rejects.toMatchObject({ code: 'try_later' })
  })

  it('a token of a few seconds is renewed in the last of them', async () => {
    const { world, client } = await signedIn({ expires_in: 10 })
    await client.token()
    world.platform.advance(7_000)
    expect(await client.token()).toBe('access-1')
    world.platform.advance(3_000)
    expect(await client.token()).toBe('access-2')
  })

  it('a token without a life is good until it is refused', async () => {
    const { world, client, minutes } = await signedIn({ expires_in: undefined })
    minutes(1_000_000)
    expect(await client.token()).toBe('access-1')
    world.on(MCP, ({ headers }) =>
      headers.get('authorization') === 'Bearer access-1'
        ? challenge(401, 'error="invalid_token"')
        : json({}),
    )
    expect((await client.fetch(MCP)).status).toBe(200)
    expect(await client.token()).toBe('access-2')
  })

  it('one that another process renewed is used, not renewed again', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    const [one, other] = [world.client({ store }), world.client({ store })]
    await signIn(one)
    expect(await other.token()).toBe('access-1')
    world.platform.advance(3_600_000)
    expect(await one.token()).toBe('access-2')
    expect(await other.token()).toBe('access-2')
    expect(refreshes(world)).toBe(1)
  })

  it('after a restart the kept grant is found without asking anybody', async () => {
    const world = clientWorld()
    const store = memoryGrantStore()
    await signIn(world.client({ store }))
    const before = world.sent.length
    expect(await world.client({ store }).token()).toBe('access-1')
    expect(world.sent.length).toBe(before)
  })

  it('accounts and resources do not mix', async () => {
    const world = clientWorld()
    const client = world.client({ issuer: AS, resource: MCP })
    await signIn(client)
    await signIn(client, { account: 'work' })
    await signIn(client, { resource: 'https://api.test/' })
    expect(await client.token()).toBe('access-1')
    expect(await client.token({ account: 'work' })).toBe('access-2')
    expect(await client.token({ resource: 'https://api.test/' })).toBe('access-3')
    await expect(client.token({ account: 'other' })).rejects.toMatchObject({
      code: 'sign_in_needed',
    })
    await client.logout({ account: 'work' })
    expect(await client.token()).toBe('access-1')
  })

  it('a caller is not refused for the scopes of another', async () => {
    const { client, minutes } = await signedIn({ scope: 'a' })
    minutes(60)
    const [greedy, modest] = await Promise.allSettled([
      client.token({ scope: ['admin'] }),
      client.token(),
    ])
    expect(greedy).toMatchObject({ status: 'rejected', reason: { code: 'scope_needed' } })
    expect(modest).toEqual({ status: 'fulfilled', value: 'access-2' })
  })

  it('signing out ends a renewal that is under way as well, and revokes what it brought', async () => {
    const { world, client, minutes } = await signedIn()
    world.on(`${AS}/revoke`, () => new Response(null))
    await client.token()
    let answer = () => {}
    const late = new Promise<void>((resolve) => {
      answer = resolve
    })
    world.on(`${AS}/token`, async () => {
      await late
      return json({ access_token: 'late', refresh_token: 'rotated', token_type: 'bearer' })
    })
    minutes(58.5)
    expect(await client.token()).toBe('access-1')
    await settled()
    const out = client.logout()
    await settled()
    answer()
    expect(await out).toEqual({ revoked: true })
    expect(world.to(`${AS}/revoke`).map(({ form }) => form.get('token'))).toEqual(['rotated'])
    await settled()
    await expect(client.token()).rejects.toMatchObject({ code: 'sign_in_needed' })
  })

  it.each([
    ['a page', () => new Response('<html>', { status: 403 })],
    ['an error of the client', () => refusal('invalid_client', 401)],
  ])('a renewal ahead that %s answers is not tried with each call', async (_, refuse) => {
    const { world, client, minutes } = await signedIn()
    await client.token()
    world.on(`${AS}/token`, refuse)
    minutes(58.5)
    for (let call = 0; call < 10; call += 1) {
      expect(await client.token()).toBe('access-1')
      await settled()
    }
    expect(refreshes(world)).toBe(1)
  })

  it('a clock that is set back does not make anybody wait for it', async () => {
    const { world, client, minutes } = await signedIn()
    minutes(180)
    world.on(`${AS}/token`, () => refusal('x', 503))
    await expect(client.token()).rejects.toMatchObject({ code: 'try_later' })
    minutes(-60)
    world.on(`${AS}/token`, tokenAnswer({ access_token: 'fresh' }))
    expect(await client.token()).toBe('fresh')
  })

  it('tokens that the store could not keep are kept when it can, and none is used twice', async () => {
    const world = clientWorld()
    const kept = memoryGrantStore()
    let isFull = false
    const store: GrantStore = {
      ...kept,
      decide: (key, decide) =>
        kept.decide(key, async (before) => {
          const decision = await decide(before)
          if (isFull && 'keep' in decision) throw new Error('no space left')
          return decision
        }),
    }
    const client = world.client({ store })
    await signIn(client)
    world.platform.advance(3_600_000)
    isFull = true
    for (const _ of [1, 2]) await expect(client.token()).rejects.toThrow('no space left')
    isFull = false
    expect(await client.token()).toBe('access-2')
    expect((await kept.grants()).map(({ accessToken }) => accessToken.reveal('test'))).toEqual([
      'access-2',
    ])
    world.platform.advance(3_600_000)
    expect(await client.token()).toBe('access-3')
    const used = world.to(`${AS}/token`).map(({ form }) => form.get('refresh_token'))
    expect(used).toEqual([null, 'refresh-1', 'refresh-2'])
  })

  it('a scope that was not given is named, before anything is sent', async () => {
    const { world, client } = await signedIn({ scope: 'a b' })
    expect(await client.token({ scope: ['b'] })).toBe('access-1')
    await expect(client.token({ scope: ['c'] })).rejects.toMatchObject({
      code: 'scope_needed',
      scopes: ['a', 'b', 'c'],
    })
    expect(refreshes(world)).toBe(0)
  })

  it('a machine asks for it, together with what it had', async () => {
    const world = clientWorld()
    const client = world.client({ flow: clientCredentials(), scope: ['a'] })
    await client.token()
    await client.token({ scope: ['b'] })
    await client.token({ scope: ['a'] })
    const scopes = world.to(`${AS}/token`).map(({ form }) => form.get('scope'))
    expect(scopes).toEqual(['a', 'a b'])
  })
})

describe('Requests to an API', () => {
  it('carry the token, the body and the headers of the caller', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    await client.fetch(MCP, { method: 'POST', body: 'x', headers: { 'x-mine': '1' } })
    const sent = world.to(MCP).at(-1)
    expect(sent).toMatchObject({ method: 'POST', body: 'x' })
    expect(Object.fromEntries(sent?.headers ?? [])).toMatchObject({
      authorization: 'Bearer access-1',
      'x-mine': '1',
    })
  })

  it('RFC 6750 §3.1 a token that is refused is renewed once, and the request sent again whole', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    world.on(MCP, () => challenge(401, 'error="invalid_token"'))
    const before = world.to(MCP).length
    const response = await client.fetch(new Request(MCP, { method: 'POST', body: 'x' }))
    expect(response.status).toBe(401)
    const sent = world.to(MCP).slice(before)
    expect(sent.map(({ body, headers }) => [body, headers.get('authorization')])).toEqual([
      ['x', 'Bearer access-1'],
      ['x', 'Bearer access-2'],
    ])
  })

  it('an API that refuses every token does not have them renewed for ever', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    world.on(MCP, () => challenge(401, 'error="invalid_token"'))
    for (let call = 0; call < 20; call += 1) await client.fetch(MCP).catch(() => undefined)
    expect(refreshes(world)).toBe(3)
    await expect(client.fetch(MCP)).rejects.toMatchObject({ code: 'try_later' })
  })

  it('a body that can be read once is sent once', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    world.on(MCP, () => challenge(401, 'error="invalid_token"'))
    const before = world.to(MCP).length
    const body = new Blob(['x']).stream()
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit
    expect((await client.fetch(MCP, init)).status).toBe(401)
    expect(world.to(MCP).length).toBe(before + 1)
  })

  /** An API that wants `admin`, and a user who gives what they are asked for. */
  async function stepUp(gives: (scope: string) => string) {
    const world = clientWorld()
    const needs: SignInNeed[] = []
    const scopes = new Map<string, string>()
    let number = 0
    world.on(`${AS}/token`, ({ form }) => {
      number += 1
      const scope = form.get('code') ?? ''
      scopes.set(`Bearer t${number}`, scope)
      return json({ access_token: `t${number}`, token_type: 'Bearer', scope })
    })
    world.on(MCP, ({ headers }: Sent) =>
      (scopes.get(headers.get('authorization') ?? '') ?? '').split(' ').includes('admin')
        ? json({ ok: true })
        : challenge(403, 'error="insufficient_scope", scope="admin"'),
    )
    const client = world.client({
      scope: ['read'],
      async onSignInNeeded(need) {
        needs.push(need)
        const { url, pending } = await need.begin()
        const asked = parametersOf(url).scope ?? ''
        await need.finish(callback(pending, { code: gives(asked) }), pending)
      },
    })
    return { world, client, needs }
  }

  it('MCP step-up asks for what was had and what is needed, once for all who wait', async () => {
    const { client, needs } = await stepUp((scope) => scope)
    const answers = await Promise.all([1, 2, 3].map(() => client.fetch(MCP)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(needs.map(({ reason, scopes, added }) => [reason, scopes, added])).toEqual([
      ['sign_in_needed', undefined, []],
      ['scope_needed', ['read', 'admin'], ['admin']],
    ])
  })

  it('MCP step-up does not go on for ever', async () => {
    const { world, client, needs } = await stepUp(() => 'read')
    for (const _ of [1, 2, 3, 4]) await client.fetch(MCP).catch(() => undefined)
    expect(needs.length).toBeLessThanOrEqual(3)
    expect(world.to(MCP).length).toBeLessThan(20)
  })

  it('MCP step-up does not go on for ever where each challenge thinks of another scope', async () => {
    const world = clientWorld()
    let [number, asked] = [0, 0]
    const client = world.client({
      async onSignInNeeded() {
        asked += 1
      },
    })
    await signIn(client)
    world.on(MCP, () => {
      number += 1
      return challenge(403, `error="insufficient_scope", scope="s${number}"`)
    })
    for (let call = 0; call < 40; call += 1) await client.fetch(MCP).catch(() => undefined)
    expect(asked).toBe(6)
    world.platform.advance(600_001)
    await client.fetch(MCP).catch(() => undefined)
    expect(asked).toBeGreaterThan(6)
  })

  it.each([
    ['describes itself', true, 1],
    ['says nothing of itself', false, 2],
  ])('a sign-in asks a resource that %s about itself once', async (_, isDescribed, documents) => {
    const world = clientWorld()
    if (!isDescribed) {
      world.on(PRM, () => new Response(null, { status: 404 }))
      world.on('https://mcp.test/.well-known/oauth-authorization-server', metadataOf(SELF))
      world.on(`${SELF}/token`, tokenAnswer())
      world.on(`${SELF}/register`, () => json({ client_id: 'new' }, 201))
    }
    world.on(`${AS}/register`, () => json({ client_id: 'new' }, 201))
    const client = world.client({
      ...{ registration: { clientName: 'App' }, legacy: { undescribedResource: true } },
      async onSignInNeeded(need) {
        await need.registeredRedirectUris()
        const { pending } = await need.begin()
        await need.finish(callback(pending, { iss: pending.issuer }), pending)
      },
    })
    await client.signIn()
    expect(world.to(MCP)).toHaveLength(1)
    expect([...world.to(PRM), ...world.to(ROOT_PRM)]).toHaveLength(documents)
  })

  it('a refusal that breaks off in its body is a refusal', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    world.on(MCP, ({ headers }) => {
      if (headers.get('authorization') !== 'Bearer access-1') return json({ ok: true })
      const body = new ReadableStream({ start: (stream) => stream.error(new Error('reset')) })
      return new Response(body, { status: 401 })
    })
    expect((await client.fetch(MCP)).status).toBe(200)
  })

  it('without anybody to ask, the error says which scopes to ask for', async () => {
    const world = clientWorld()
    const client = world.client({ scope: ['read'] })
    await signIn(client)
    world.on(MCP, () => challenge(403, 'error="insufficient_scope", scope="admin"'))
    await expect(client.fetch(MCP)).rejects.toMatchObject({
      code: 'scope_needed',
      scopes: ['read', 'admin'],
    })
  })

  it('a 403 for another reason is the answer', async () => {
    const world = clientWorld()
    const client = world.client()
    await signIn(client)
    world.on(MCP, () => new Response('no', { status: 403 }))
    expect(await (await client.fetch(MCP)).text()).toBe('no')
  })
})

describe('RFC 9449 DPoP: clients', () => {
  const bound = { dpop_signing_alg_values_supported: ['ES256'] }

  /** A server and an API that check every proof, and want a nonce of their own. */
  async function boundWorld(store = memoryGrantStore(), inProcess = true) {
    const world = clientWorld()
    const proofs: unknown[] = []
    const nonces = (audience: string) =>
      createDpopNonces({
        secret: new Uint8Array(32).fill(3),
        ...{ audience, lifetime: 60 },
        now: () => world.platform.now(),
      })
    const check = async (sent: Sent, audience: string, token?: { value: string; jkt: string }) => {
      const rules = dpopRules({
        algorithms: ['ES256'],
        maxAge: 60,
        now: () => world.platform.now(),
        nonces: nonces(audience),
      })
      const request = {
        proof: sent.headers.get('dpop'),
        method: sent.method,
        htu: normalizeHtu(sent.url),
        ...(token === undefined ? {} : { token }),
      }
      const { jti, jkt } = await verifyDpopProof(request, rules)
      proofs.push(jti)
      return jkt
    }
    const keys = new Map<string, string>()
    let number = 0
    world.on(METADATA, metadataOf(AS, bound))
    world.on(`${AS}/token`, async (sent) => {
      const jkt = await check(sent, AS).catch((error) => error)
      if (typeof jkt !== 'string') return refusal(jkt.code, 400, jkt.headers)
      number += 1
      keys.set(`token-${number}`, jkt)
      const tokens = { access_token: `token-${number}`, refresh_token: `r-${number}` }
      return json({ ...tokens, token_type: 'DPoP', expires_in: 3600 })
    })
    world.on(MCP, async (sent) => {
      const value = (sent.headers.get('authorization') ?? '').replace(/^DPoP /, '')
      const error = await check(sent, MCP, { value, jkt: keys.get(value) ?? '' }).then(
        () => undefined,
        (refused) => refused,
      )
      if (error === undefined) return json({ ok: true })
      const header = { 'www-authenticate': `DPoP error="${error.code}"`, ...error.headers }
      return new Response(null, { status: 401, headers: header })
    })
    const options = { dpop: 'required', ...(inProcess ? {} : { store }) } as const
    return { world, proofs, keys, client: () => world.client(options) }
  }

  it('§5, §7.1, §8, §9 each request has a fresh proof, with the nonces of either side', async () => {
    const { world, proofs, client } = await boundWorld()
    const one = client()
    const { grant } = await signIn(one)
    expect(grant.tokenType).toBe('DPoP')
    for (const _ of [1, 2, 3]) {
      expect((await one.fetch(MCP, { method: 'POST', body: 'x' })).status).toBe(200)
    }
    expect(new Set(proofs).size).toBe(proofs.length)
    // Only the first request to each has to be sent twice.
    expect(world.to(`${AS}/token`)).toHaveLength(2)
    expect(world.to(MCP).filter(({ method }) => method === 'POST')).toHaveLength(4)
  })

  it('§5 a renewal is by the same key', async () => {
    const { world, keys, client } = await boundWorld()
    const one = client()
    await signIn(one)
    world.platform.advance(3_600_000)
    expect(await one.token()).toBe('token-2')
    expect(keys.get('token-2')).toBe(keys.get('token-1'))
  })

  it('§11.3 a key that no store has to keep cannot be taken out of the process', async () => {
    const { client } = await boundWorld()
    const { grant } = await signIn(client())
    expect(grant.dpopKey).toBeUndefined()
  })

  it('§11.3 one that a store keeps outlives the process', async () => {
    const { world, keys, client } = await boundWorld(memoryGrantStore(), false)
    await signIn(client())
    expect((await client().fetch(MCP)).status).toBe(200)
    world.platform.advance(3_600_000)
    expect(await client().token()).toBe('token-2')
    expect(keys.get('token-2')).toBe(keys.get('token-1'))
  })

  it('§5 a Bearer token is refused where a bound one is required, and taken where it is preferred', async () => {
    const world = clientWorld()
    world.on(METADATA, metadataOf(AS, bound))
    await expect(signIn(world.client({ dpop: 'required' }))).rejects.toMatchObject({
      code: 'answer_malformed',
    })
    const { grant } = await signIn(world.client({ dpop: 'preferred' }))
    expect(grant.tokenType).toBe('Bearer')
  })

  it('§5.1 no proof is made for a server that does not say it takes them', async () => {
    const world = clientWorld()
    await signIn(world.client({ dpop: 'preferred' }))
    expect(world.to(`${AS}/token`)[0]?.headers.has('dpop')).toBe(false)
  })
})

describe('The trace of a client', () => {
  it('numbers the steps of a flow, and says no more than where and what came of it', async () => {
    const world = clientWorld()
    const lines: string[] = []
    const client = world.client({ trace: (step) => lines.push(formatTraceStep(step)) })
    await signIn(client, { resource: MCP })
    await client.fetch(`${MCP}?secret=1`)
    expect(lines).toEqual([
      `oauth:discovery 1 401 GET ${MCP}`,
      'oauth:discovery 2 200 GET https://mcp.test/.well-known/oauth-protected-resource/mcp',
      `oauth:discovery 3 200 GET ${METADATA}`,
      `oauth:token 4 200 POST ${AS}/token`,
      `oauth:request 5 200 GET ${MCP}`,
    ])
  })
})
