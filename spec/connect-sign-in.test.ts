/** `warder connect` at a protected server: who is asked, when, and how often. */

import { describe, expect, it } from 'vitest'
import { AS, MCP, METADATA, metadataOf, PRM } from './support/client-world.ts'
import { settled, until } from './support/local-client.ts'
import { protectedWorld } from './support/protected-world.ts'

const ping = { id: 1, method: 'ping' }

describe('MCP authorization, from stdio', () => {
  it('a server that asks nobody who they are is never asked for a token, and nobody is asked', async () => {
    const { world, far, state, window } = protectedWorld()
    world.on('https://mcp.test/mcp', ({ url, method, headers, body }) =>
      far.fetch(url, { method, headers, ...(body === '' ? {} : { body }) }),
    )
    const client = window()
    await client.open()
    await client.ask(ping)
    expect(client.answer(1)).toMatchObject({ result: { of: 'ping' } })
    expect(state.signIns).toBe(0)
    expect(world.sent.every(({ url }) => url === 'https://mcp.test/mcp')).toBe(true)
  })

  it('Flow: MUST ask the user after a 401, for the scopes of its challenge, and goes on by itself', async () => {
    const { world, state, window } = protectedWorld()
    const client = window()
    await client.open()
    await client.ask(ping)
    expect(client.answer(0)).toMatchObject({ result: { protocolVersion: '2025-11-25' } })
    expect(client.answer(1)).toMatchObject({ result: { of: 'ping' } })
    expect(state.signIns).toBe(1)
    expect(world.to('https://as.test/token')).toHaveLength(1)
  })

  it('Flow: the next window is signed in already, and asks the server nothing about itself', async () => {
    const { world, state, window } = protectedWorld()
    await window().open()
    const before = world.sent.length
    const second = window()
    await second.open()
    await second.ask(ping)
    expect(second.answer(1)).toBeDefined()
    expect(state.signIns).toBe(1)
    const asked = world.sent.slice(before).map(({ url }) => url)
    expect(new Set(asked)).toEqual(new Set(['https://mcp.test/mcp']))
  })

  it('Flow: two windows at once cause one sign-in, and the other one finds what it gave', async () => {
    const { world, state, window, userDecides } = protectedWorld()
    state.isPatient = true
    const [first, second] = [window(), window()]
    const opening = Promise.all([first.open(), second.open()])
    await until(() => state.signIns === 1)
    await settled()
    await userDecides()
    await opening
    expect(first.answer(0)).toMatchObject({ result: {} })
    expect(second.answer(0)).toMatchObject({ result: {} })
    expect(state.signIns).toBe(1)
    expect(world.to('https://as.test/token')).toHaveLength(1)
  })

  it('Flow: what fails in one window is tried in the next, which waited', async () => {
    const { state, window, userDecides } = protectedWorld()
    state.isPatient = true
    const windows = [window(), window()]
    for (const each of windows) await each.say({ id: 0, method: 'initialize', params: {} })
    await until(() => state.signIns === 1)
    state.isGiving = false
    await userDecides()
    await until(() => state.signIns === 2)
    state.isGiving = true
    await userDecides()
    await until(() => windows.every((each) => each.answer(0) !== undefined))
    const failed = windows.filter((each) => 'error' in (each.answer(0) ?? {}))
    expect(failed).toHaveLength(1)
  })

  it('Refresh: a token that is refused is renewed by one request, however many requests were refused', async () => {
    const { world, good, state, window } = protectedWorld()
    const client = window()
    await client.open()
    good.clear()
    const ids = [1, 2, 3, 4, 5]
    await Promise.all(ids.map((id) => client.say({ id, method: 'ping' })))
    for (const id of ids) expect(client.answer(id)).toMatchObject({ result: { of: 'ping' } })
    expect(state.signIns).toBe(1)
    expect(world.to('https://as.test/token')).toHaveLength(2)
  })

  it('Refresh: a token that is about to end is renewed before it is refused', async () => {
    const { world, window } = protectedWorld()
    const client = window()
    await client.open()
    world.platform.advance(3_599_000)
    const refusals = () =>
      world.to('https://mcp.test/mcp').filter(({ headers }) => !headers.has('authorization'))
    const before = refusals().length
    await client.ask(ping)
    expect(client.answer(1)).toBeDefined()
    expect(refusals()).toHaveLength(before)
    expect(world.to('https://as.test/token')).toHaveLength(2)
  })

  it('Scope step-up: MUST ask for what is had and what is needed together, and calls again by itself', async () => {
    const { far, state, store, window } = protectedWorld()
    far.before = ({ message, headers }) => {
      if (message?.method !== 'tools/call' || headers.get('authorization') !== 'Bearer access-1')
        return undefined
      return new Response(null, {
        status: 403,
        headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="files:write"' },
      })
    }
    const client = window()
    await client.open()
    await client.ask({ id: 2, method: 'tools/call', params: { name: 'write' } })
    expect(client.answer(2)).toMatchObject({ result: { of: 'tools/call' } })
    expect(state.signIns).toBe(2)
    const kept = await store.grants()
    expect(kept.map(({ scopes }) => scopes.join(' '))).toEqual(['files:read files:write'])
  })

  it('a user who says no is told of, with what to do; nothing is asked again by itself', async () => {
    const { state, window } = protectedWorld()
    state.isGiving = false
    const client = window()
    await client.ask({ id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } })
    expect(client.answer(0)).toMatchObject({
      error: { code: 401, data: { error: 'sign_in_needed' } },
    })
    expect(state.signIns).toBe(1)
  })

  it('a standing stream asks nobody: it waits until a request has a token again', async () => {
    const { far, good, state, window } = protectedWorld()
    const client = window()
    await client.open()
    good.clear()
    far.standing[0]?.break()
    await client.pass(5_000)
    expect(state.signIns).toBe(1)
    expect(far.standing).toHaveLength(1)
    await client.say(ping)
    await client.pass(1_000)
    expect(far.standing).toHaveLength(2)
  })

  /** A world whose tokens are bound to a key, at a server behind a balancer. */
  function boundWorld() {
    const all = protectedWorld()
    const { world, far } = all
    const state = { isGood: true }
    world.on(METADATA, metadataOf(AS, { dpop_signing_alg_values_supported: ['ES256'] }))
    const tokens = { access_token: 'bound', token_type: 'DPoP', expires_in: 3600 }
    world.on(`${AS}/token`, tokens)
    world.on(MCP, async ({ headers, method, url, body }) => {
      const isBound = headers.get('authorization') === 'DPoP bound' && headers.has('dpop')
      if (!isBound || !state.isGood) {
        const challenge = `DPoP error="invalid_token", algs="ES256", resource_metadata="${PRM}"`
        return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } })
      }
      const answer = await far.fetch(url, { method, headers, ...(body === '' ? {} : { body }) })
      answer.headers.append('set-cookie', 'lb=node-3; Path=/')
      return answer
    })
    const client = all.clientOf({ dpop: 'required' })
    const tokensOf = { client: async () => client }
    return { ...all, bound: state, window: () => all.window({ ...added, tokens: tokensOf }) }
  }
  const added = { headers: { 'x-api-key': 'mine' } }

  it('a request with a proof has the headers and cookies of all others', async () => {
    const { world, window } = boundWorld()
    const client = window()
    await client.open()
    expect(await client.ask(ping)).toMatchObject({ result: { of: 'ping' } })
    const sent = world.to(MCP)
    expect(sent.map(({ headers }) => headers.get('x-api-key'))).toEqual(sent.map(() => 'mine'))
    const proven = sent.filter(({ headers }) => headers.has('dpop'))
    expect(proven.at(-1)?.headers.get('cookie')).toBe('lb=node-3')
    expect(new Set(proven.map(({ headers }) => headers.get('dpop'))).size).toBe(proven.length)
  })

  it('a standing stream asks nobody with a proof either', async () => {
    const { far, state, bound, window } = boundWorld()
    const client = window()
    await client.open()
    await until(() => far.standing.length === 1)
    bound.isGood = false
    far.standing[0]?.break()
    await client.until(() => client.told.join('\n').includes('not heard for now'))
    expect(state.signIns).toBe(1)
    bound.isGood = true
    await client.ask(ping)
    await client.until(() => far.standing.length === 2)
    expect(state.signIns).toBe(2)
  })

  it('a server that is away is waited for by requests with a proof as well', async () => {
    const { world, far, window } = boundWorld()
    const client = window()
    await client.open()
    let failures = 2
    far.before = ({ message }) => {
      if (message?.method !== 'ping' || failures-- === 0) return undefined
      const cause = Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED' })
      throw new TypeError('fetch failed', { cause })
    }
    await client.say(ping)
    await client.until(() => client.answer(1) !== undefined)
    expect(client.answer(1)).toMatchObject({ result: { of: 'ping' } })
    expect(world.to(MCP).filter(({ body }) => body.includes('"ping"'))).toHaveLength(3)
  })

  it('a token that is kept and good takes nothing to use it', async () => {
    const { state, store, window } = protectedWorld()
    await window().open()
    let made = 0
    const client = window({
      tokens: {
        kept: async () => (await store.grants())[0],
        client: async () => {
          made += 1
          throw new Error('There was no need for it.')
        },
      },
    })
    await client.open()
    expect(await client.ask(ping)).toMatchObject({ result: { of: 'ping' } })
    expect(made).toBe(0)
    expect(state.signIns).toBe(1)
  })

  it.each(['has ended', 'is refused'])('a token that is kept and %s is renewed', async (how) => {
    const { world, good, state, store, clientOf, window } = protectedWorld()
    await window().open()
    if (how === 'has ended') world.platform.advance(3_600_000)
    else good.clear()
    const client = window({
      tokens: { kept: async () => (await store.grants())[0], client: async () => clientOf() },
      platform: world.platform,
    })
    await client.open()
    expect(await client.ask(ping)).toMatchObject({ result: { of: 'ping' } })
    expect(state.signIns).toBe(1)
    expect(world.to('https://as.test/token')).toHaveLength(2)
  })
})
