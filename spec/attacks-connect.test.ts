/** What servers do to those who connect to them, and what a client at the near end is told of it. */

import { describe, expect, it } from 'vitest'
import { PASTE_WARNING } from 'warder/client/mcp'
import { EVIL, EVIL_METADATA, MCP, metadataOf, PRM } from './support/client-world.ts'
import { json, result, stream } from './support/far-server.ts'
import { type LocalClient, settled, until } from './support/local-client.ts'
import { protectedWorld } from './support/protected-world.ts'

const ping = { id: 1, method: 'ping' }

/** Everything that a client and its user are shown. */
const shown = ({ lines, told }: LocalClient) => [...lines, ...told].join('\n')

describe('Attacks on warder connect', () => {
  it.each([
    ['CL-07 a challenge that names a document elsewhere', 'https://as2.test/.well-known/prm'],
    ['CL-07 a challenge that names a document in clear', 'http://mcp.test/prm'],
  ])('%s leads nobody there', async (_, url) => {
    const { world, state, window } = protectedWorld()
    world.on(url, { resource: MCP, authorization_servers: [EVIL] })
    world.on(EVIL_METADATA, metadataOf(EVIL))
    state.challenge = `Bearer resource_metadata="${url}"`
    const client = window()
    await client.ask({ id: 0, method: 'initialize', params: {} })
    expect(client.answer(0)).toMatchObject({ error: { data: { error: 'metadata_refused' } } })
    expect(state.signIns).toBe(0)
    expect(world.to(url)).toHaveLength(0)
  })

  it('CL-06 a document about another resource is refused', async () => {
    const { world, state, window } = protectedWorld()
    world.on(PRM, { resource: 'https://mcp.test/', authorization_servers: ['https://as.test'] })
    const client = window()
    await client.ask({ id: 0, method: 'initialize', params: {} })
    expect(client.answer(0)).toMatchObject({ error: { data: { error: 'metadata_refused' } } })
    expect(state.signIns).toBe(0)
  })

  it('CL-08 a server that comes to name another authorization server gets nothing of the first', async () => {
    const { world, good, state, window } = protectedWorld()
    await window().open()
    world.on(PRM, { resource: MCP, authorization_servers: [EVIL] })
    world.on(EVIL_METADATA, metadataOf(EVIL))
    world.on(`${EVIL}/token`, () => json({ error: 'invalid_grant' }, { status: 400 }))
    state.isGiving = false
    good.clear()
    const client = window()
    await client.say({ id: 0, method: 'initialize', params: {} })
    // The user is asked anew, and sees who asks.
    await until(() => state.signIns === 2)
    expect(world.everythingTo(EVIL)).not.toMatch(/access-|refresh-/)
  })

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'http://as.test/authorize',
    'https://as.test/"&calc&"',
  ])('CL-10 nobody is sent to %s', async (endpoint) => {
    const { world, state, window } = protectedWorld()
    world.on(
      'https://as.test/.well-known/oauth-authorization-server',
      metadataOf('https://as.test', { authorization_endpoint: endpoint }),
    )
    const client = window()
    await client.ask({ id: 0, method: 'initialize', params: {} })
    expect(client.answer(0)).toMatchObject({ error: { message: expect.any(String) } })
    expect(state.signIns).toBe(0)
  })

  it.each([301, 302, 303, 307, 308])(
    'CL-12 HTTP %i takes neither token nor message elsewhere',
    async (status) => {
      const { world, far, window } = protectedWorld()
      const client = window()
      await client.open()
      far.before = () => new Response(null, { status, headers: { location: `${EVIL}/mcp` } })
      await client.ask(ping)
      expect(client.answer(1)).toMatchObject({ error: { code: status } })
      expect(world.everythingTo(EVIL)).toBe('')
    },
  )

  it('CL-12 the old transport posts no token to where its stream says, if that is elsewhere', async () => {
    const { world, far, window } = protectedWorld()
    far.before = ({ method }) => {
      if (method !== 'GET') return new Response(null, { status: 405 })
      const events = stream()
      events.raw(`event: endpoint\ndata: ${EVIL}/messages\n\n`)
      return events.response
    }
    const client = window({ strategy: 'sse-only' })
    await client.say({ id: 0, method: 'initialize', params: {} })
    await settled()
    expect(world.everythingTo(EVIL)).toBe('')
  })

  it('CL-23 an answer without an end is given up, as JSON and as events', async () => {
    const { far, window } = protectedWorld()
    const client = window({ limits: { messageBytes: 10_000 } })
    await client.open()
    let pulled = 0
    const endless = (type: string, text: string) =>
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled += 1
            controller.enqueue(new TextEncoder().encode(text.repeat(1_000)))
          },
        }),
        { headers: { 'content-type': type } },
      )
    far.before = ({ message }) =>
      message?.id === 1
        ? endless('application/json', '[')
        : message?.id === 2
          ? endless('text/event-stream', 'data: x')
          : undefined
    await client.say(ping)
    await client.say({ id: 2, method: 'ping' })
    await client.pass(1_000)
    expect(client.answer(1)).toMatchObject({ error: {} })
    expect(client.answer(2)).toMatchObject({ error: {} })
    expect(pulled).toBeLessThan(100)
  })

  it.each([
    ['deep', `{"jsonrpc":"2.0","id":1,"result":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
    ['with a name twice', '{"jsonrpc":"2.0","id":1,"id":9,"result":{}}'],
    ['with a prototype', '{"jsonrpc":"2.0","id":1,"result":{"__proto__":{}}}'],
    ['for another request', '{"jsonrpc":"2.0","id":7,"result":{}}'],
    ['of a string', '"ok"'],
  ])('CL-23 an answer %s is none', async (_, text) => {
    const { far, window } = protectedWorld()
    const client = window()
    await client.open()
    far.before = ({ message }) =>
      message?.id === 1
        ? new Response(text, { headers: { 'content-type': 'application/json' } })
        : undefined
    await client.ask(ping)
    expect(client.answer(1)).toMatchObject({ error: { code: 502 } })
    expect(client.messages.filter(({ id }) => id === 7 || id === 9)).toEqual([])
  })

  it('a server cannot write a second line, whatever is in its text', async () => {
    const { far, window } = protectedWorld()
    const client = window()
    await client.open()
    const ends = '\r\n\u2028\u2029\u0085'
    far.before = ({ message }) => (message?.id === 1 ? json(result(message, { ends })) : undefined)
    await client.say(ping)
    const line = client.lines.at(-1) ?? ''
    expect(line.slice(0, -1)).not.toMatch(/[\r\n\u2028\u2029\u0085]/)
    expect(client.answer(1)).toMatchObject({ result: { ends } })
  })

  it('an answer that nobody asked for, or had already, is not passed on', async () => {
    const { far, window } = protectedWorld()
    const client = window()
    await client.open()
    far.standing[0]?.event(result({ id: 5 }, { forged: true }))
    await client.say(ping)
    far.standing[0]?.event(result({ id: 1 }, { forged: true }))
    await settled()
    expect(client.lines.join('')).not.toContain('forged')
  })

  it('CL-15 50 requests at once with an expired token cause one refresh', async () => {
    const { world, good, window } = protectedWorld()
    const client = window()
    await client.open()
    good.clear()
    const ids = Array.from({ length: 50 }, (_, index) => index + 1)
    await Promise.all(ids.map((id) => client.say({ id, method: 'ping' })))
    expect(ids.every((id) => client.answer(id) !== undefined)).toBe(true)
    expect(world.to('https://as.test/token')).toHaveLength(2)
  })

  it('CL-19 a server that is never content does not send its user round in circles', async () => {
    const { far, state, window } = protectedWorld()
    let number = 0
    far.before = ({ message }) => {
      if (message?.method !== 'tools/call') return undefined
      number += 1
      const challenge = `Bearer error="insufficient_scope", scope="more:${number} offline_access"`
      return new Response(null, { status: 403, headers: { 'www-authenticate': challenge } })
    }
    const client = window()
    await client.open()
    await client.ask({ id: 1, method: 'tools/call', params: { name: 'x' } })
    expect(client.answer(1)).toMatchObject({ error: { code: 403 } })
    expect(state.signIns).toBeLessThanOrEqual(4)
  })

  it('CL-25 INV-11 no token is in what the client or its user is shown', async () => {
    const { far, good, window } = protectedWorld()
    const client = window({ headers: { 'x-api-key': 'canary-key' } })
    await client.open()
    await client.say(ping)
    good.clear()
    far.before = ({ headers }) => new Response(headers.get('authorization'), { status: 500 })
    await client.say({ id: 2, method: 'ping' })
    far.before = () => {
      throw new TypeError('fetch failed')
    }
    await client.say({ id: 3, method: 'ping' })
    await client.pass(60_000)
    expect(client.answer(3)).toMatchObject({ error: {} })
    expect(shown(client)).not.toMatch(/access-\d|refresh-\d|canary-key/)
  })

  it('BR-08 it has no way to be pasted anything to', async () => {
    const { window } = protectedWorld()
    const client = window()
    await client.open()
    expect(shown(client)).not.toContain(PASTE_WARNING)
    expect(shown(client)).not.toMatch(/paste/i)
  })
})
