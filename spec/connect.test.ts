/** `warder connect`: what the client writes is carried to a server elsewhere, and back. */

import { describe, expect, it } from 'vitest'
import { watchSleep } from 'warder/connect'
import { fakePlatform } from 'warder/testing'
import { FarServer, json, result, stream } from './support/far-server.ts'
import { LocalClient, settled, until } from './support/local-client.ts'
import { manualTimers } from './support/manual-timers.ts'

/** A client whose session with a server is open. */
async function opened(
  far = new FarServer(),
  options: ConstructorParameters<typeof LocalClient>[1] = {},
) {
  const client = new LocalClient(far.fetch, options)
  await client.open()
  return { far, client }
}

const ping = { id: 1, method: 'ping' }

describe('MCP 2025-11-25 Streamable HTTP, from stdio', () => {
  it('Messages: carries a request as it was written, and its answer as it was', async () => {
    const { far, client } = await opened()
    const text =
      '{"jsonrpc":"2.0","id":1,"method":"x","params":{"big":12345678901234567890,"u":"\\u2028"}}'
    far.before = ({ message }) =>
      message?.id === 1
        ? new Response('{"jsonrpc":"2.0",\r\n"id":1,"result":{"exact":98765432109876543210}}', {
            headers: { 'content-type': 'application/json; charset=utf-8' },
          })
        : undefined
    await client.say(text)
    expect(far.last('x')?.body).toBe(text)
    expect(client.lines.at(-1)).toBe(
      '{"jsonrpc":"2.0",  "id":1,"result":{"exact":98765432109876543210}}\n',
    )
  })

  it('Sending: MUST accept both JSON and a stream, and says which revision was settled on', async () => {
    const { far, client } = await opened()
    await client.say(ping)
    const { headers } = far.last('ping') ?? {}
    expect(headers?.get('accept')).toBe('application/json, text/event-stream')
    expect(headers?.get('content-type')).toBe('application/json')
    expect(headers?.get('mcp-protocol-version')).toBe('2025-11-25')
    expect(headers?.get('mcp-session-id')).toBe('session-1')
    expect(far.last('initialize')?.headers.get('mcp-protocol-version')).toBeNull()
  })

  it('Lifecycle: nothing is sent before initialize is answered, nor before initialized was taken', async () => {
    const far = new FarServer()
    const client = new LocalClient(far.fetch)
    let release = () => {}
    const held = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined)
    })
    far.before = ({ message }) =>
      message?.method?.startsWith('notif') === true
        ? held.then(() => new Response(null, { status: 202 }))
        : undefined
    const said = ['initialize', 'notifications/initialized', 'ping'].map((method, id) =>
      client.say(method.startsWith('notif') ? { method } : { id, method }),
    )
    await Promise.all(said)
    expect(far.methods).toEqual(['initialize', 'notifications/initialized'])
    release()
    await settled()
    expect(far.methods).toEqual(['initialize', 'notifications/initialized', 'ping'])
  })

  it('Sending: messages leave in the order in which they were written, and answers do not wait for each other', async () => {
    const { far, client } = await opened()
    const slow = stream()
    far.before = ({ message }) => (message?.method === 'slow' ? slow.response : undefined)
    await client.say({ id: 1, method: 'slow' })
    await client.say({ id: 2, method: 'fast' })
    expect(far.methods.slice(-2)).toEqual(['slow', 'fast'])
    expect(client.answer(2)).toBeDefined()
    expect(client.answer(1)).toBeUndefined()
    slow.event(result({ id: 1 }))
    slow.end()
    await settled()
    expect(client.answer(1)).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  })

  it('Streams: what comes before the answer is carried too, with requests of the server, whose answers go back', async () => {
    const { far, client } = await opened()
    const events = stream()
    far.before = ({ message }) => (message?.id === 1 ? events.response : undefined)
    await client.say({ id: 1, method: 'tools/call', params: { name: 'ask' } })
    events.event({ jsonrpc: '2.0', method: 'notifications/progress', params: {} })
    events.event({ jsonrpc: '2.0', id: 1, method: 'sampling/createMessage', params: {} })
    await settled()
    expect(client.messages.slice(-2).map(({ method }) => method)).toEqual([
      'notifications/progress',
      'sampling/createMessage',
    ])
    await client.say({ id: 1, result: { role: 'assistant' } })
    expect(JSON.parse(far.last('POST')?.body ?? '')).toMatchObject({
      id: 1,
      result: { role: 'assistant' },
    })
    events.event(result({ id: 1 }, { done: true }))
    await settled()
    expect(client.answer(1)).toMatchObject({ result: { done: true } })
  })

  it('Streams: the standing one is heard, and is opened again after its last event when it breaks', async () => {
    const { far, client } = await opened()
    expect(far.standing).toHaveLength(1)
    far.standing[0]?.event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }, 'e7')
    await settled()
    far.standing[0]?.break()
    await client.pass(1_000)
    expect(far.standing).toHaveLength(2)
    expect(far.last('GET')?.headers.get('last-event-id')).toBe('e7')
    far.standing[1]?.event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }, 'e8')
    await settled()
    expect(client.messages.filter(({ method }) => method !== undefined)).toHaveLength(2)
  })

  it('Streams: a server without one is not asked again', async () => {
    const far = new FarServer()
    far.hasStreams = false
    const { client } = await opened(far)
    await client.pass(60_000)
    expect(far.arrived.filter(({ method }) => method === 'GET')).toHaveLength(1)
    await client.ask(ping)
    expect(client.answer(1)).toBeDefined()
  })

  it('Resumability: an answer whose stream broke is fetched after the last event, once the server wants', async () => {
    const { far, client } = await opened()
    const [first, second] = [stream(), stream()]
    far.before = ({ message, headers }) => {
      if (message?.id === 1) return first.response
      return headers.get('last-event-id') === 'p1' ? second.response : undefined
    }
    await client.say({ id: 1, method: 'tools/call', params: { name: 'long' } })
    first.raw('id: p1\nretry: 3000\ndata: \n\n')
    await settled()
    first.end()
    await client.pass(2_500)
    expect(far.last('GET')?.headers.get('last-event-id')).toBeNull()
    await client.pass(1_000)
    expect(far.last('GET')?.headers.get('last-event-id')).toBe('p1')
    second.event(result({ id: 1 }, { whole: true }), 'p2')
    await settled()
    expect(client.answer(1)).toMatchObject({ result: { whole: true } })
    expect(far.methods.filter((method) => method === 'tools/call')).toHaveLength(1)
  })

  it('Resumability: an answer that cannot be fetched is an error, and the call is not sent twice', async () => {
    const { far, client } = await opened()
    const events = stream()
    far.before = ({ message }) => (message?.id === 1 ? events.response : undefined)
    await client.say({ id: 1, method: 'tools/call', params: { name: 'pay' } })
    events.break()
    await client.pass(60_000)
    expect(client.answer(1)).toMatchObject({
      error: { code: 502, message: expect.stringContaining('Nobody here knows') },
    })
    expect(far.methods.filter((method) => method === 'tools/call')).toHaveLength(1)
  })

  it('Sessions: one that the server lost is opened again as the client opened it, and the client does not notice', async () => {
    const { far, client } = await opened()
    far.sessions.clear()
    await Promise.all([client.say(ping), client.say({ id: 2, method: 'tools/list' })])
    expect(client.answer(1)).toMatchObject({ result: { of: 'ping' } })
    expect(client.answer(2)).toMatchObject({ result: { of: 'tools/list' } })
    expect(far.methods.filter((method) => method === 'initialize')).toHaveLength(2)
    expect(far.methods.filter((method) => method === 'notifications/initialized')).toHaveLength(2)
    expect(client.messages.filter(({ id }) => id === 0)).toHaveLength(1)
    expect(far.sessions.size).toBe(1)
  })

  it('Sessions: one that is lost by a server that says 400 is opened again too', async () => {
    const { far, client } = await opened()
    let isLost = true
    far.before = ({ message }) => {
      if (message?.method !== 'ping' || !isLost) return undefined
      isLost = false
      const error = { code: -32000, message: 'Bad Request: No valid session ID provided' }
      return json({ jsonrpc: '2.0', error, id: null }, { status: 400 })
    }
    await client.ask(ping)
    expect(client.answer(1)).toMatchObject({ result: { of: 'ping' } })
  })

  it('Sessions: a server that loses every one is an error, not a loop', async () => {
    const { far, client } = await opened()
    far.before = ({ message }) =>
      message?.method === 'ping' ? new Response(null, { status: 404 }) : undefined
    await client.ask(ping)
    expect(client.answer(1)).toMatchObject({ error: { code: 404 } })
    expect(far.methods.filter((method) => method === 'initialize')).toHaveLength(2)
  })

  it('Sessions: another revision after the loss is not passed off as the same session', async () => {
    const { far, client } = await opened()
    far.sessions.clear()
    far.revision = '2025-06-18'
    await client.ask(ping)
    expect(client.answer(1)).toMatchObject({ error: { code: 502 } })
  })

  it('Sessions: the server is told at the end', async () => {
    const { far, client } = await opened()
    await client.relay.close()
    expect(far.last('DELETE')?.headers.get('mcp-session-id')).toBe('session-1')
    expect(far.sessions.size).toBe(0)
  })

  it('Cancellation: is carried on, and a late answer is none', async () => {
    const { far, client } = await opened()
    const events = stream()
    far.before = ({ message }) => (message?.id === 1 ? events.response : undefined)
    await client.say({ id: 1, method: 'tools/call', params: { name: 'long' } })
    await client.say({ method: 'notifications/cancelled', params: { requestId: 1 } })
    expect(far.last('notifications/cancelled')?.message?.params).toEqual({ requestId: 1 })
    await client.relay.finished()
    expect(client.answer(1)).toBeUndefined()
  })

  it('Ending: what is under way is finished first', async () => {
    const { far, client } = await opened()
    const events = stream()
    far.before = ({ message }) => (message?.id === 1 ? events.response : undefined)
    await client.say({ id: 1, method: 'slow' })
    let isFinished = false
    const finished = client.relay.finished().then(() => {
      isFinished = true
    })
    await settled()
    expect(isFinished).toBe(false)
    events.event(result({ id: 1 }))
    await finished
    expect(client.answer(1)).toBeDefined()
  })

  it('stdio: a line that is no message is answered by an error that quotes nothing of it', async () => {
    const { far, client } = await opened()
    const before = far.arrived.length
    for (const line of ['{', '[]', '{"id":1,"id":2,"jsonrpc":"2.0","method":"x"}', '"canary"']) {
      await client.say(line)
      expect(client.messages.at(-1)).toMatchObject({ error: { code: expect.any(Number) } })
    }
    client.relay.take({ kind: 'too_long', length: 1e9 })
    expect(client.messages.at(-1)).toMatchObject({ error: { code: -32700 } })
    expect(far.arrived).toHaveLength(before)
    expect(client.lines.join('')).not.toContain('canary')
  })

  it('stdio: an id that is under way already is refused', async () => {
    const { far, client } = await opened()
    const events = stream()
    far.before = ({ message }) => (message?.id === 1 ? events.response : undefined)
    await client.say(ping)
    await client.ask(ping)
    expect(client.answer(1)).toMatchObject({ error: { code: -32600 } })
    expect(far.methods.filter((method) => method === 'ping')).toHaveLength(1)
  })

  it.each([
    [401, 'Sign in again'],
    [403, 'Ask whoever runs it'],
    [404, 'Look at its path'],
    [302, 'use the address it redirects to'],
    [413, 'Send less'],
    [418, 'Look at what was asked for'],
    [500, 'Try again later'],
  ])('a refusal by HTTP %i is an error that says what to do', async (status, advice) => {
    const far = new FarServer()
    far.before = () =>
      new Response('<html>canary</html>', { status, headers: { location: 'https://evil.test/' } })
    const client = new LocalClient(far.fetch, { strategy: 'http-only' })
    await client.open()
    expect(client.answer(0)).toMatchObject({
      error: { code: status, message: expect.stringContaining(advice) },
    })
    expect(client.lines.join('') + client.told.join('')).not.toContain('canary')
    expect(far.arrived.map(({ url }) => new URL(url).host)).not.toContain('evil.test')
  })

  it('what says no as a JSON-RPC error is carried as it is, whatever its status', async () => {
    const { far, client } = await opened()
    const error = { code: -32602, message: 'Unknown tool: x' }
    far.before = ({ message }) =>
      message?.id === 1 ? json({ jsonrpc: '2.0', id: null, error }, { status: 400 }) : undefined
    await client.ask({ id: 1, method: 'tools/call', params: { name: 'x' } })
    expect(client.answer(1)).toEqual({ jsonrpc: '2.0', id: 1, error })
  })
})

describe('Networks that go and come', () => {
  const gone = () => {
    throw Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('getaddrinfo EAI_AGAIN far.test'), { code: 'EAI_AGAIN' }),
    })
  }

  it('a request waits for a server that was there before, and is sent once it is back', async () => {
    const { far, client } = await opened()
    far.before = gone
    await client.say(ping)
    await client.pass(10_000)
    expect(client.answer(1)).toBeUndefined()
    far.before = () => undefined
    await client.pass(10_000)
    expect(client.answer(1)).toMatchObject({ result: { of: 'ping' } })
    expect(client.told.filter((line) => line.includes('could not be reached'))).toHaveLength(1)
  })

  it('it does not wait for ever, and the answer says what to look at', async () => {
    const { far, client } = await opened()
    far.before = gone
    await client.say(ping)
    await client.pass(60_000)
    expect(client.answer(1)).toMatchObject({
      error: { code: 502, message: expect.stringContaining('far.test could not be reached') },
    })
  })

  it('a server that was never there is given up soon', async () => {
    const client = new LocalClient(gone)
    await client.say({ id: 0, method: 'initialize', params: {} })
    await client.pass(5_000)
    expect(client.answer(0)).toMatchObject({ error: { code: 502, data: { error: 'unreachable' } } })
  })

  it('what the server may have got is not sent twice', async () => {
    const { far, client } = await opened()
    far.before = ({ message }) => {
      if (message?.id === 1)
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
      return undefined
    }
    await client.say({ id: 1, method: 'tools/call', params: { name: 'pay' } })
    await client.pass(60_000)
    expect(far.methods.filter((method) => method === 'tools/call')).toHaveLength(1)
    expect(client.answer(1)).toMatchObject({ error: { code: 502 } })
  })

  it('RFC 9110 §10.2.3: a server that wants to be asked later is asked then', async () => {
    const { far, client } = await opened()
    let refusals = 0
    far.before = ({ message }) =>
      message?.id === 1 && refusals++ === 0
        ? new Response(null, { status: 503, headers: { 'retry-after': '5' } })
        : undefined
    await client.say(ping)
    await client.pass(4_500)
    expect(client.answer(1)).toBeUndefined()
    await client.pass(2_000)
    expect(client.answer(1)).toMatchObject({ result: { of: 'ping' } })
  })

  it('after a sleep the standing stream is opened anew', async () => {
    const { far, client } = await opened()
    far.standing[0]?.event({ jsonrpc: '2.0', method: 'notifications/message', params: {} }, 'e1')
    await settled()
    client.relay.wake()
    await client.pass(1_000)
    expect(far.standing).toHaveLength(2)
    expect(far.last('GET')?.headers.get('last-event-id')).toBe('e1')
  })
})

describe('MCP 2026-07-28 Streamable HTTP, from stdio', () => {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const modern = (before: FarServer['before']) => {
    const far = new FarServer()
    far.before = before
    return { far, client: new LocalClient(far.fetch) }
  }
  const call = (id: number, name: string, args: object = {}) => ({
    id,
    method: 'tools/call',
    params: { name, arguments: args, _meta: meta },
  })

  it('Standard headers: MUST say in headers what the body says', async () => {
    const { far, client } = modern(({ message }) => json(result(message)))
    await client.say(call(1, 'größe'))
    const { headers } = far.last('tools/call') ?? {}
    expect(headers?.get('mcp-protocol-version')).toBe('2026-07-28')
    expect(headers?.get('mcp-method')).toBe('tools/call')
    expect(headers?.get('mcp-name')).toBe('=?base64?Z3LDtsOfZQ==?=')
    expect(headers?.get('mcp-session-id')).toBeNull()
    expect(far.arrived).toHaveLength(1)
  })

  it('Custom headers: MUST mirror the arguments that the tool marks', async () => {
    const inputSchema = {
      type: 'object',
      properties: {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        n: { type: 'number', 'x-mcp-header': 'Count' },
        other: { type: 'string' },
      },
    }
    const { far, client } = modern(({ message }) =>
      message?.method === 'tools/list'
        ? json(result(message, { tools: [{ name: 'search', inputSchema }] }))
        : json(result(message)),
    )
    await client.say({ id: 1, method: 'tools/list', params: { _meta: meta } })
    await client.say(call(2, 'search', { region: 'eu', n: 3, other: 'x' }))
    const { headers } = far.last('tools/call') ?? {}
    expect(headers?.get('mcp-param-region')).toBe('eu')
    expect(headers?.get('mcp-param-count')).toBe('3')
    expect(headers?.has('mcp-param-other')).toBe(false)
  })

  it('Cancellation: closes the stream of the request, and says nothing', async () => {
    let signal: AbortSignal | undefined
    const client = new LocalClient(async (_, init) => {
      signal = init?.signal ?? undefined
      return stream().response
    })
    await client.say(call(1, 'long'))
    await client.say({ method: 'notifications/cancelled', params: { requestId: 1, _meta: meta } })
    expect(signal?.aborted).toBe(true)
    expect(client.lines).toEqual([])
    await client.relay.finished()
  })

  it('Subscriptions: one whose stream breaks is asked for again', async () => {
    const streams = [stream(), stream()]
    let asked = 0
    const { client } = modern(() => streams[asked++]?.response)
    await client.say({ id: 's', method: 'subscriptions/listen', params: { _meta: meta } })
    streams[0]?.event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    await settled()
    streams[0]?.break()
    await client.pass(1_000)
    expect(asked).toBe(2)
    streams[1]?.event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    await settled()
    expect(client.lines).toHaveLength(2)
    await client.relay.finished()
  })
})

describe('MCP 2024-11-05 HTTP with SSE, from stdio', () => {
  /** A server of the old transport, at `/mcp`, with its messages at `/messages`. */
  function oldServer(endpoint = '/messages?session=1') {
    const far = new FarServer()
    const streams: ReturnType<typeof stream>[] = []
    far.before = ({ method, url, message, signal }) => {
      if (method === 'GET') {
        const events = stream()
        streams.push(events)
        signal.addEventListener('abort', events.break, { once: true })
        events.raw(`event: endpoint\ndata: ${endpoint}\n\n`)
        return events.response
      }
      if (new URL(url).pathname !== '/messages') return new Response(null, { status: 405 })
      const opened = { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: {} }
      const answer = message?.method === 'initialize' ? opened : { of: message?.method }
      if (message?.id !== undefined) streams.at(-1)?.event(result(message, answer))
      return new Response('Accepted', { status: 202 })
    }
    return { far, streams }
  }

  it('Backwards compatibility: is found where nothing can be posted', async () => {
    const { far } = oldServer()
    const client = new LocalClient(far.fetch)
    await client.open('2024-11-05')
    await client.ask(ping)
    expect(client.answer(0)).toMatchObject({ result: { protocolVersion: '2024-11-05' } })
    expect(client.answer(1)).toMatchObject({ result: { of: 'ping' } })
    expect(far.last('ping')?.url).toBe('https://far.test/messages?session=1')
  })

  it.each(['sse-first', 'sse-only'] as const)('is asked for first with %s', async (strategy) => {
    const { far } = oldServer()
    const client = new LocalClient(far.fetch, { strategy })
    await client.open('2024-11-05')
    expect(far.arrived[0]?.method).toBe('GET')
    expect(client.answer(0)).toMatchObject({ result: { protocolVersion: '2024-11-05' } })
  })

  it('sse-first finds a server that has no such stream', async () => {
    const far = new FarServer()
    const { client } = await opened(far, { strategy: 'sse-first' })
    await client.ask(ping)
    expect(client.answer(1)).toMatchObject({ result: { of: 'ping' } })
  })

  it('a stream that breaks is opened again with the session, and what it would have brought is an error', async () => {
    const { far, streams } = oldServer()
    const client = new LocalClient(far.fetch)
    await client.open('2024-11-05')
    const answering = far.before
    far.before = (arrived) =>
      arrived.message?.id === 1 ? new Response(null, { status: 202 }) : answering(arrived)
    await client.say(ping)
    streams[0]?.break()
    await client.pass(2_000)
    expect(client.answer(1)).toMatchObject({ error: { code: 502 } })
    expect(streams).toHaveLength(2)
    await client.ask({ id: 2, method: 'tools/list' })
    expect(client.answer(2)).toMatchObject({ result: { of: 'tools/list' } })
    expect(client.messages.filter(({ id }) => id === 0)).toHaveLength(1)
  })

  it('ends while the stream is being opened again, whether the server answers or not', async () => {
    const { far, streams } = oldServer()
    const client = new LocalClient(far.fetch)
    await client.open('2024-11-05')
    far.before = ({ method }) => {
      if (method === 'GET') throw new TypeError('nobody is there')
      return new Response(null, { status: 202 })
    }
    streams[0]?.break()
    await client.pass(500)
    await client.relay.close()
    expect(client.told.join()).not.toMatch(/closed/)
  })

  it('after a sleep has one new stream, whatever becomes of the old one', async () => {
    const { streams, far } = oldServer()
    const client = new LocalClient(far.fetch)
    await client.open('2024-11-05')
    client.relay.wake()
    await until(() => streams.length === 2)
    streams[1]?.event({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
    await settled()
    expect(client.lines.at(-1)).toContain('list_changed')
    await client.ask({ id: 2, method: 'tools/list' })
    streams[0]?.break()
    await client.pass(2_000)
    await client.ask({ id: 3, method: 'tools/list' })
    expect(client.answer(3)).toMatchObject({ result: { of: 'tools/list' } })
    expect(streams).toHaveLength(2)
  })

  it('the stream outlasts the request that it was opened for', async () => {
    const { far, streams } = oldServer()
    const client = new LocalClient(far.fetch)
    await client.open('2024-11-05')
    const answering = far.before
    let posted = 0
    far.before = (arrived) => {
      if (arrived.message?.id !== 1) return answering(arrived)
      posted += 1
      return new Response(null, { status: posted === 1 ? 404 : 202 })
    }
    await client.say(ping)
    await until(() => posted === 2)
    await client.say({ method: 'notifications/cancelled', params: { requestId: 1 } })
    await client.ask({ id: 2, method: 'tools/list' })
    await client.pass(2_000)
    expect(client.answer(2)).toMatchObject({ result: { of: 'tools/list' } })
    expect(streams).toHaveLength(2)
  })

  it('nobody waits for a stream that is opened in the background and does not come', async () => {
    const { far, streams } = oldServer()
    const client = new LocalClient(far.fetch)
    await client.open('2024-11-05')
    const answering = far.before
    let asked = 0
    far.before = (arrived) => {
      if (arrived.method === 'GET') asked += 1
      return asked === 1 && arrived.method === 'GET' ? new Promise(() => {}) : answering(arrived)
    }
    streams[0]?.break()
    await client.pass(1_000)
    expect(asked).toBe(1)
    await client.ask({ id: 2, method: 'tools/list' })
    expect(client.answer(2)).toMatchObject({ result: { of: 'tools/list' } })
    expect(client.told.join()).not.toContain('not heard')
  })

  it.each([
    'https://evil.test/messages',
    '//evil.test/m',
    'http://far.test/m',
    'javascript:alert(1)',
  ])('MUST NOT post to another origin: %s', async (endpoint) => {
    const { far } = oldServer(endpoint)
    const client = new LocalClient(far.fetch, { strategy: 'sse-only' })
    await client.open('2024-11-05')
    expect(client.answer(0)).toMatchObject({ error: { code: 502 } })
    expect(far.arrived.every(({ url }) => url === 'https://far.test/mcp')).toBe(true)
  })
})

describe('What the user says', () => {
  it('headers go with every request to the server, and replace none that MCP needs', async () => {
    const { far, client } = await opened(new FarServer(), {
      headers: { 'X-Api-Key': 'k', accept: 'x' },
    })
    await client.say(ping)
    expect(far.arrived.every(({ headers }) => headers.get('x-api-key') === 'k')).toBe(true)
    expect(far.last('ping')?.headers.get('accept')).toBe('application/json, text/event-stream')
  })

  it('tools that are ignored are in no list, and are not called', async () => {
    const far = new FarServer()
    const tools = ['deleteTask', 'getAccount', 'exactTool', 'exactTool2', 'keep'].map((name) => ({
      name,
    }))
    far.before = ({ message }) =>
      message?.method === 'tools/list'
        ? json(result(message, { tools, nextCursor: 'n' }))
        : undefined
    const { client } = await opened(far, { ignoredTools: ['delete*', '*ccount', 'exactTool'] })
    await client.ask({ id: 1, method: 'tools/list' })
    expect(client.answer(1)).toEqual(
      result({ id: 1 }, { tools: [{ name: 'exactTool2' }, { name: 'keep' }], nextCursor: 'n' }),
    )
    await client.ask({ id: 2, method: 'tools/call', params: { name: 'deleteTask' } })
    expect(client.answer(2)).toMatchObject({ error: { code: -32602 } })
    expect(far.methods).not.toContain('tools/call')
  })

  it.each([
    'http://far.test/mcp',
    'ftp://far.test',
    'https://user:pass@far.test/',
    'javascript:x',
    ' https://far.test',
  ])('MUST NOT connect to %s', (url) => {
    expect(() => new LocalClient(new FarServer().fetch, { url })).toThrowError(
      expect.objectContaining({ code: 'config_error' }),
    )
  })

  it('http to another machine takes a word of its own', async () => {
    const far = new FarServer()
    const client = new LocalClient(far.fetch, { url: 'http://far.test/mcp', allowHttp: true })
    await client.open()
    expect(client.answer(0)).toMatchObject({ result: { protocolVersion: '2025-11-25' } })
  })
})

describe('Balancers', () => {
  it('RFC 6265 §5.4 cookies of the server go back to it, and nowhere else', async () => {
    const far = new FarServer()
    const client = new LocalClient(far.fetch, { url: 'https://far.test/mcp' })
    far.before = ({ message }) => {
      if (message?.method !== 'initialize') return undefined
      const headers = new Headers({ 'content-type': 'application/json' })
      headers.append('set-cookie', 'lb=node-3; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT')
      headers.append('set-cookie', 'gone=x; Max-Age=0')
      headers.append('set-cookie', 'bad name=x')
      const opened = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} }
      return new Response(JSON.stringify(result(message, opened)), { headers })
    }
    await client.open()
    await client.say(ping)
    expect(far.last('ping')?.headers.get('cookie')).toBe('lb=node-3')
    expect(far.arrived[0]?.headers.get('cookie')).toBeNull()
  })

  it('a cookie that the user adds counts for more, and none goes back if the user wants so', async () => {
    for (const options of [{ headers: { Cookie: 'mine=1' } }, { cookies: false }]) {
      const far = new FarServer()
      far.before = ({ message }) => {
        if (message?.method !== 'ping') return undefined
        return json(result(message), { headers: { 'set-cookie': 'lb=1' } })
      }
      const { client } = await opened(far, options)
      await client.say(ping)
      await client.say({ id: 2, method: 'ping' })
      const cookie = 'cookies' in options ? null : 'mine=1'
      expect(far.last('ping')?.headers.get('cookie')).toBe(cookie)
    }
  })
})

/** Time that passes for the clock and for the timers, or for the clock alone. */
function machineOf() {
  const [platform, timers] = [fakePlatform(), manualTimers()]
  let woken = 0
  const stop = watchSleep({ platform, timers }, () => {
    woken += 1
  })
  return {
    stop,
    woken: () => woken,
    pass(ms: number) {
      platform.advance(ms)
      timers.pass(ms)
    },
    sleep: (ms: number) => platform.advance(ms),
  }
}

describe('Sleep', () => {
  it('is noticed once, and no busy moment is taken for it', () => {
    const machine = machineOf()
    for (let i = 0; i < 20; i++) machine.pass(5_000)
    machine.sleep(10_000)
    machine.pass(5_000)
    expect(machine.woken()).toBe(0)
    machine.sleep(3_600_000)
    machine.pass(5_000)
    machine.pass(5_000)
    expect(machine.woken()).toBe(1)
  })

  it('is not looked for when nobody cares any more', () => {
    const machine = machineOf()
    machine.pass(5_000)
    machine.stop()
    machine.sleep(3_600_000)
    machine.pass(5_000)
    expect(machine.woken()).toBe(0)
  })
})
