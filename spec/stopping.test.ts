/** Stopping a server so that nobody notices. */

import { once } from 'node:events'
import { Agent, get, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { type Handler, type Listening, listen } from 'warder/node'
import { gatewayFor, manualTimers, listening as upstreamListening } from './fixtures/gateway.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

interface Served {
  readonly listening: Listening
  readonly url: string
  /** Keeps connections, as clients do. */
  readonly agent: Agent
}

async function served(handler: Handler): Promise<Served> {
  const listening = await listen(handler, { port: 0, host: '127.0.0.1' })
  const agent = new Agent({ keepAlive: true })
  undo.push(
    () => listening.close(0),
    () => agent.destroy(),
  )
  return { listening, url: `http://${listening.addresses[0]}`, agent }
}

/** Sends a request; the head of its answer. */
async function ask({ url, agent }: Served): Promise<IncomingMessage> {
  const asked = get(url, { agent })
  const [answer] = await once(asked, 'response')
  return answer
}

/** Something that a handler waits for until the test lets it go on. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

describe('Stopping the Node adapter', () => {
  it('FT-28 a request that is under way is answered, and its connection ends with the answer', async () => {
    const reached = gate()
    const { open, opened } = gate()
    const server = await served(async () => {
      reached.open()
      await opened
      return new Response('done')
    })
    const answering = ask(server)
    await reached.opened
    const closed = server.listening.close()
    open()
    const answer = await answering
    expect(answer.headers.connection).toBe('close')
    expect(await text(answer)).toBe('done')
    await closed
  })

  it('FT-28 while it goes on, connections are kept', async () => {
    const server = await served(async () => new Response('done'))
    const answer = await ask(server)
    expect(answer.headers.connection).toBe('keep-alive')
    expect(await text(answer)).toBe('done')
  })

  it('FT-28 who is connected and asks nothing is no reason to wait', async () => {
    const server = await served(async () => new Response('done'))
    expect(await text(await ask(server))).toBe('done')
    const begun = performance.now()
    await server.listening.close()
    expect(performance.now() - begun).toBeLessThan(1_000)
  })

  it('FT-28 a stream that ends is the end of its connection, which was promised to be kept', async () => {
    let end = () => {}
    const server = await served(async () => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('begun '))
          end = () => controller.close()
        },
      })
      return new Response(body)
    })
    const answer = await ask(server)
    await once(answer, 'readable')
    const begun = performance.now()
    const closed = server.listening.close()
    end()
    expect(await text(answer)).toBe('begun ')
    await closed
    expect(performance.now() - begun).toBeLessThan(2_000)
  })

  it('FT-28 what does not finish within the grace is cut', async () => {
    const reached = gate()
    const server = await served(() => {
      reached.open()
      return new Promise(() => {})
    })
    const asked = request(server.url, { agent: server.agent }).end()
    const cut = once(asked, 'error')
    await reached.opened
    await server.listening.close(20)
    expect(await cut).toMatchObject([{ code: 'ECONNRESET' }])
  })

  it('FT-26 connections beyond the bound are closed at once, and the others are served', async () => {
    const listening = await listen(async () => new Response('done'), {
      ...{ port: 0, host: '127.0.0.1', maxConnections: 2 },
    })
    undo.push(() => listening.close(0))
    const agent = new Agent({ keepAlive: true })
    undo.push(() => agent.destroy())
    const url = `http://${listening.addresses[0]}`
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => ask({ listening, url, agent }).then(text)),
    )
    const done = answers.filter(({ status }) => status === 'fulfilled')
    expect(done.length).toBeGreaterThanOrEqual(2)
    expect(done.length).toBeLessThan(20)
    expect(await text(await ask({ listening, url, agent }))).toBe('done')
  })
})

/** A server behind the gateway whose streams stay quiet. */
const quiet = () =>
  upstreamListening(({ method, message }) => {
    const asked = message !== undefined && 'method' in message ? message.method : undefined
    if (method === 'GET' || asked === 'subscriptions/listen') {
      const headers = { 'content-type': 'text/event-stream' }
      return new Response(new ReadableStream({ start: () => {} }), { headers })
    }
    if (asked !== 'initialize') return new Response(null, { status: 202 })
    const id = message !== undefined && 'id' in message ? message.id : undefined
    const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'u' } }
    return Response.json({ jsonrpc: '2.0', id, result }, { headers: { 'mcp-session-id': 's' } })
  })

describe('Stopping the gateway', () => {
  it('FT-28 2025-11-25: a GET stream ends with when to come again', async () => {
    const upstream = await quiet()
    const {
      gateway,
      get: listen,
      open,
    } = await gatewayFor({ url: upstream.url }, {}, { timers: manualTimers() })
    const stream = await listen({ session: await open() })
    expect(stream.status).toBe(200)
    gateway.drain()
    expect(await stream.text()).toBe(':\n\nretry: 1000\n\n')
  })

  it('FT-28 2026-07-28: so does the stream of subscriptions/listen', async () => {
    const upstream = await quiet()
    const { gateway, modern } = await gatewayFor(
      { url: upstream.url },
      {},
      { timers: manualTimers() },
    )
    const stream = await modern({
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true } },
    })
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    gateway.drain()
    expect(await stream.text()).toBe(':\n\nretry: 1000\n\n')
    // Whoever comes again too soon is told the same.
    const again = await modern({
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true } },
    })
    expect(await again.text()).toBe(':\n\nretry: 1000\n\n')
  })
})
