/** What is tried at the HTTP layer of a guarded server, and at the HTTP layer of the server behind. */

import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { legacyServer, modernServer, type Received } from 'warder/testing'
import {
  answerOf,
  call,
  gatewayFor,
  ISSUER,
  listening,
  manualTimers,
  messagesOf,
  modernHeaders,
  modernMessage,
  textOf,
} from './fixtures/gateway.ts'

/** A gateway before a modern server, and what that server received. */
async function inFrontOf(
  respond: (received: Received) => Response | Promise<Response> = modernServer(),
  settings: object = {},
  options: { readonly allowedOrigins?: readonly string[] } = {},
) {
  const upstream = await listening(respond)
  const guarded = await gatewayFor({ url: upstream.url, ...settings }, options)
  return { ...guarded, upstream, received: upstream.received }
}

/** A server that answers every request with this head and body. */
const answering = (body: BodyInit | null, init: ResponseInit) => () => new Response(body, init)

/** A stream that the test writes to. */
function stream() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start(own) {
      controller = own
    },
  })
  return {
    response: () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    write: (text: string) => controller?.enqueue(new TextEncoder().encode(text)),
    end: () => controller?.close(),
  }
}

/** A server with sessions that opens streams only when the test lets it. */
async function withSlowStream(head: () => Response, timers?: ReturnType<typeof manualTimers>) {
  let arrived = () => {}
  let open = () => {}
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const opening = new Promise<void>((resolve) => {
    open = resolve
  })
  const legacy = legacyServer()
  const upstream = await listening(async (received) => {
    if (received.method !== 'GET') return legacy(received)
    arrived()
    await opening
    return head()
  })
  const options = timers === undefined ? {} : { timers }
  const guarded = await gatewayFor({ url: upstream.url }, {}, options)
  return { arrival, open, guarded, upstream }
}

const toolsCalled = (received: readonly Received[]) =>
  received.flatMap(({ message }) =>
    message !== undefined && 'method' in message && message.method === 'tools/call'
      ? [message.params?.name]
      : [],
  )

const list = { method: 'tools/list' }

describe('Attacks on the gateway, HTTP layer', () => {
  it('GW-01 nothing that the caller authenticates with goes upstream', async () => {
    const { modern, alice, received } = await inFrontOf()
    const secrets = {
      cookie: 'session=stolen',
      dpop: 'proof',
      'x-api-key': 'key',
      'proxy-authorization': 'Basic abc',
      forwarded: 'for=1.2.3.4',
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-user': 'root',
      'x-real-ip': '1.2.3.4',
      te: 'trailers',
      'x-unheard-of': 'anything',
    }
    await modern(list, { headers: secrets })
    const [request] = received
    const names = [...(request?.headers.keys() ?? [])].sort()
    expect(names).toEqual([
      'accept',
      'connection',
      'content-length',
      'content-type',
      'host',
      'mcp-method',
      'mcp-protocol-version',
      'user-agent',
    ])
    expect(JSON.stringify([...(request?.headers ?? [])])).not.toContain(alice)
  })

  it('GW-01 identity headers are the gateway’s alone', async () => {
    const { modern, received } = await inFrontOf(modernServer(), {
      identity: { 'X-User': 'subject', 'X-Client': 'client', 'X-Forwarded-Email': 'email' },
    })
    const forged = {
      'x-user': 'root',
      x_user: 'root',
      'x-forwarded-email': 'root@test',
      x_client: 'r',
    }
    await modern(list, { headers: forged })
    const headers = received[0]?.headers
    expect(headers?.get('x-user')).toBe('alice')
    expect(headers?.get('x-client')).toBe('web')
    expect(headers?.has('x_user')).toBe(false)
    expect(headers?.has('x_client')).toBe(false)
    // No address is known here, and the caller cannot supply one.
    expect(headers?.has('x-forwarded-email')).toBe(false)
  })

  it.each(['müller@as.test', 'a@as.test\r\nx-user: root', 'a b@as.test'])(
    'GW-01 an identity that a header cannot carry is refused, not rewritten: %j',
    async (email) => {
      const upstream = await listening(modernServer())
      const settings = { url: upstream.url, identity: { 'X-Email': 'email' } }
      const { modern } = await gatewayFor(settings, {}, { findEmail: async () => email })
      expect((await modern(list)).status).toBe(403)
      expect(upstream.received).toEqual([])
    },
  )

  it.each([
    ['Mcp-Param-Region: bad base64', { 'mcp-param-region': '=?base64?***?=' }],
    [
      'Mcp-Param-Region: CRLF in its wrapper',
      { 'mcp-param-region': `=?base64?${btoa('a\r\nx: y')}?=` },
    ],
    ['Mcp-Param-Region: more than 8 kB', { 'mcp-param-region': 'a'.repeat(9_000) }],
    ['Mcp-Name: beyond ASCII', { 'mcp-name': 'ré' }],
  ])('GW-04 a header value that is no field value is refused: %s', async (_, headers) => {
    const { modern, received } = await inFrontOf()
    const answer = await modern(call('read', { region: 'eu' }), { headers })
    expect(answer.status).toBe(400)
    expect((await answerOf(answer)).error?.code).toBe(-32020)
    expect(received).toEqual([])
  })

  it.each([
    '/mcp/files/',
    '/mcp//files',
    '/mcp/files;a=b',
    '/mcp/fi%6ces',
    '/mcp%2ffiles',
    '/mcp/files%2f..%2fadmin',
    '/mcp/FILES',
    '/mcp/files%00',
    '/mcp\\files%5c..',
  ])('GW-05 a path that only resembles a mount is not one: %s', async (path) => {
    const { gateway, received } = await inFrontOf()
    const answer = await gateway.fetch(new Request(ISSUER + path, { method: 'POST', body: '{}' }))
    expect(answer).toBeUndefined()
    expect(received).toEqual([])
  })

  it('GW-05 path and query are never passed on', async () => {
    const { gateway, alice, url, received } = await inFrontOf()
    const message = modernMessage(list)
    await gateway.fetch(
      new Request(`${url}?admin=1`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${alice}`,
          'content-type': 'application/json',
          ...modernHeaders(message),
        },
        body: JSON.stringify(message),
      }),
    )
    expect(received.map(({ url }) => new URL(url).search)).toEqual([''])
    expect(received.map(({ url }) => new URL(url).pathname)).toEqual(['/mcp'])
  })

  it('GW-06 headers of the server behind stay behind', async () => {
    const evil = {
      'content-type': 'application/json',
      'set-cookie': 'a=b',
      'www-authenticate': 'Bearer resource_metadata="https://evil.test"',
      location: 'https://evil.test',
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
      'alt-svc': 'h2="evil.test:443"',
      'clear-site-data': '"*"',
      refresh: '0; url=https://evil.test',
      'mcp-session-id': 'theirs',
      'cache-control': 'public, max-age=3600',
      server: 'secret/1.0',
    }
    const { modern } = await inFrontOf(({ message }) => {
      const id = message !== undefined && 'id' in message ? message.id : null
      return Response.json(
        { jsonrpc: '2.0', id, result: { resultType: 'complete' } },
        { headers: evil },
      )
    })
    const answer = await modern(list)
    expect(answer.status).toBe(200)
    expect([...answer.headers]).toEqual([
      ['cache-control', 'no-store'],
      ['content-type', 'application/json'],
      ['vary', 'Origin'],
      ['x-content-type-options', 'nosniff'],
    ])
  })

  it.each([401, 403, 407, 500, 503])(
    'GW-06 status %i of the server behind is a 502, never our challenge',
    async (status) => {
      const challenge = { 'www-authenticate': 'Bearer resource_metadata="https://evil.test"' }
      const { modern, events } = await inFrontOf(answering('no', { status, headers: challenge }))
      const answer = await modern(list)
      expect(answer.status).toBe(502)
      expect(answer.headers.has('www-authenticate')).toBe(false)
      const { error, id } = await answerOf(answer)
      expect(id).toBe(1)
      expect(error?.code).toBe(502)
      expect(JSON.stringify(error)).not.toContain(String(status))
      expect(events.at(-1)).toMatchObject({ type: 'upstream.failed', server: 'files' })
      expect(String(events.at(-1)?.reason)).toContain(String(status))
    },
  )

  it.each([301, 302, 303, 307, 308])(
    'GW-07 a redirect upstream is not followed: %i',
    async (status) => {
      const elsewhere = await listening(modernServer())
      const { modern } = await inFrontOf(
        answering(null, { status, headers: { location: elsewhere.url } }),
      )
      const answer = await modern(list)
      expect(answer.status).toBe(502)
      expect(answer.headers.has('location')).toBe(false)
      expect(elsewhere.received).toEqual([])
    },
  )

  it('GW-08 an answer larger than the cap is a 502', async () => {
    const huge = `{"jsonrpc":"2.0","id":1,"result":{"text":"${'a'.repeat(20_000)}"}}`
    const { modern } = await inFrontOf(
      answering(huge, { headers: { 'content-type': 'application/json' } }),
      { maxAnswerBytes: 10_000 },
    )
    expect((await modern(list)).status).toBe(502)
  })

  it('GW-08 an event larger than the cap ends the stream with an error', async () => {
    const body = `data: {"jsonrpc":"2.0","id":1,"result":{"text":"${'a'.repeat(20_000)}"}}\n\n`
    const { modern } = await inFrontOf(
      answering(body, { headers: { 'content-type': 'text/event-stream' } }),
      { maxAnswerBytes: 10_000 },
    )
    expect((await answerOf(modern(list))).error?.code).toBe(502)
  })

  it('GW-08 a server that stays silent is given up', async () => {
    const timers = manualTimers()
    let arrived = () => {}
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const upstream = await listening(({ signal }) => {
      arrived()
      return new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve(new Response(null))),
      )
    })
    const { modern } = await gatewayFor({ url: upstream.url, silence: 7 }, {}, { timers })
    const answer = modern(list)
    await arrival
    timers.elapse(7_000)
    expect((await answer).status).toBe(504)
  })

  it('GW-08 a stream that never ends is read only as fast as the caller reads', async () => {
    let sent = 0
    const endless = () =>
      new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            sent++
            const note = {
              jsonrpc: '2.0',
              method: 'notifications/message',
              params: { data: 'a'.repeat(60_000) },
            }
            controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(note)}\n\n`))
          },
        }),
        { headers: { 'content-type': 'text/event-stream' } },
      )
    const { modern } = await inFrontOf(endless)
    const answer = await modern(list)
    const reader = answer.body?.getReader()
    for (let events = 0; events < 5; events++) await reader?.read()
    // Without back-pressure it would go on for ever; what sockets hold ends by itself.
    let quietTurns = 0
    for (let turn = 0; turn < 20_000 && quietTurns < 200; turn++) {
      const before = sent
      await new Promise((resolve) => setImmediate(resolve))
      quietTurns = sent === before ? quietTurns + 1 : 0
    }
    expect(quietTurns).toBe(200)
    await reader?.cancel()
  })

  it('a request does not overtake the stream that its session is opening', async () => {
    const { response } = stream()
    const { arrival, open, guarded, upstream } = await withSlowStream(response)
    const session = await guarded.open()
    const listening = guarded.get({ session })
    await arrival
    const called = guarded.post(call('read'), { session })
    // Whatever has no stream to wait for goes its way meanwhile.
    expect((await guarded.post(call('write'), { session: await guarded.open() })).status).toBe(200)
    expect(toolsCalled(upstream.received)).toEqual(['write'])
    open()
    expect((await called).status).toBe(200)
    await (await listening).body?.cancel()
  })

  it('a request waits half a second for a stream whose head is late, and no longer', async () => {
    const timers = manualTimers()
    const { response } = stream()
    const { arrival, open, guarded, upstream } = await withSlowStream(response, timers)
    const session = await guarded.open()
    const listening = guarded.get({ session })
    await arrival
    const called = guarded.post(call('read'), { session })
    await guarded.open()
    expect(toolsCalled(upstream.received)).toEqual([])
    timers.elapse(500)
    expect((await called).status).toBe(200)
    open()
    await (await listening).body?.cancel()
  })

  it('a request waits for no stream that could not be opened', async () => {
    const refused = () => new Response(null, { status: 405 })
    const { open, guarded } = await withSlowStream(refused, manualTimers())
    const session = await guarded.open()
    open()
    expect((await guarded.get({ session })).status).toBe(405)
    expect((await guarded.post(call('read'), { session })).status).toBe(200)
  })

  it('the caller’s going away is the upstream request’s end, before and after the first event', async () => {
    const ended: string[] = []
    const { write, response } = stream()
    let both = () => {}
    const allEnded = new Promise<void>((resolve) => {
      both = () => ended.length === 2 && resolve()
    })
    const arrivals: (() => void)[] = []
    const { modern } = await inFrontOf(({ message, signal }) => {
      const name = String(message && 'params' in message && message.params?.name)
      signal.addEventListener('abort', () => {
        ended.push(name)
        both()
      })
      arrivals.shift()?.()
      return name === 'read' ? new Promise(() => {}) : response()
    })
    const arrival = new Promise<void>((resolve) => arrivals.push(resolve))
    const leaving = new AbortController()
    const unanswered = modern(call('read'), { signal: leaving.signal })
    await arrival
    leaving.abort()
    await unanswered
    const answer = await modern(call('write'))
    const reader = answer.body?.getReader()
    write('data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n')
    await reader?.read()
    await reader?.cancel()
    await allEnded
    expect(ended).toEqual(['read', 'write'])
  })

  it('GW-08 FT-33 nothing listens to a request that is over, so that nothing keeps it', async () => {
    const { alice, fetch, url } = await inFrontOf(({ message }) => {
      const text = 'data: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n'
      const isStream = message !== undefined && 'id' in message && message.id === 'stream'
      const headers = { 'content-type': isStream ? 'text/event-stream' : 'application/json' }
      return new Response(isStream ? text : '{}', { headers })
    })
    const request = (id: string, token = alice) => {
      const body = modernMessage(call('read', {}, id))
      return new Request(url, {
        method: 'POST',
        headers: {
          ...modernHeaders(body),
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify(body),
      })
    }
    const over = async (asked: Request, end: (answer: Response) => Promise<unknown>) => {
      await end(await fetch(asked))
      return getEventListeners(asked.signal, 'abort').length
    }
    expect(await over(request('plain'), (answer) => answer.text())).toBe(0)
    expect(await over(request('refused', 'no-token'), (answer) => answer.text())).toBe(0)
    expect(await over(request('stream'), (answer) => answer.text())).toBe(0)
    expect(await over(request('stream'), async ({ body }) => body?.cancel())).toBe(0)
    const last = request('plain')
    const answer = fetch(last)
    expect(getEventListeners(last.signal, 'abort')).toHaveLength(1)
    await (await answer).text()
  })

  it('events are handed on as they come, not when the stream ends', async () => {
    const { write, end, response } = stream()
    const { modern } = await inFrontOf(response)
    const answer = await modern(call('read'))
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    const until = async (text: string) => {
      for (let all = ''; !all.includes(text); ) all += (await reader?.read())?.value ?? 'END'
    }
    write('data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"one"}}\n\n')
    await until('one')
    write('data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"two"}}\n\n')
    await until('two')
    end()
    // The server broke its word; the caller is not left waiting.
    await until('502')
  })

  it.each([
    'evil.test',
    'as.test.evil.test',
    'as.test:8443',
    'as.test@evil.test',
    'evil.test/?#',
    '[fe80::1%eth0]',
    'localhost',
    '127.0.0.1',
  ])('GW-09 another host is refused before anything else: %s', async (host) => {
    const { gateway, url, received, events } = await inFrontOf()
    const answer = await gateway.fetch(
      new Request(url, { method: 'POST', headers: { host }, body: '{' }),
    )
    expect(answer?.status).toBe(421)
    expect(received).toEqual([])
    expect(events).toEqual([])
  })

  it.each([
    'https://evil.test',
    'null',
    'http://localhost.evil.test',
    'https://as.test.evil.test',
    'http://as.test',
    'https://AS.test',
    'https://page.test:8443',
    'https://page.test https://as.test',
  ])(
    'GW-10 an origin that is not on the list is refused before token and body: %s',
    async (origin) => {
      const { gateway, url, events } = await inFrontOf(
        modernServer(),
        {},
        {
          allowedOrigins: ['https://page.test'],
        },
      )
      let isRead = false
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            isRead = true
            controller.close()
          },
        },
        { highWaterMark: 0 },
      )
      const init = { method: 'POST', headers: { origin, 'content-type': 'application/json' }, body }
      const answer = await gateway.fetch(
        new Request(url, { ...init, duplex: 'half' } as RequestInit),
      )
      expect(answer?.status).toBe(403)
      expect(answer?.headers.has('www-authenticate')).toBe(false)
      expect(answer?.headers.has('access-control-allow-origin')).toBe(false)
      expect(isRead).toBe(false)
      expect(events).toEqual([])
    },
  )

  it('GW-11 programs send no Origin and need none', async () => {
    const { modern } = await inFrontOf()
    expect((await modern(list)).status).toBe(200)
  })

  it.each([
    ['text/plain', {}, 415],
    ['application/x-www-form-urlencoded', {}, 415],
    ['multipart/form-data; boundary=a', {}, 415],
    ['application/json-seq', {}, 415],
    ['text/plain; x=application/json', {}, 415],
    ['application/json', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('GW-12 what a page can send unasked is refused: %s %o', async (type, headers, status) => {
    const { modern, received } = await inFrontOf()
    const answer = await modern(list, { headers: { 'content-type': type, ...headers } })
    expect(answer.status).toBe(status)
    expect(received).toEqual([])
  })

  it('GW-13 letter case and parameters of the media type do not matter', async () => {
    const { modern } = await inFrontOf()
    const headers = { 'content-type': 'Application/JSON; charset=utf-8' }
    expect((await modern(list, { headers })).status).toBe(200)
  })

  it('GW-14 pages of an allowed origin may read answer, challenge and session, others nothing', async () => {
    const { modern, post, gateway, url } = await inFrontOf(
      legacyServer(),
      {},
      {
        allowedOrigins: ['https://page.test'],
      },
    )
    const origin = 'https://page.test'
    for (const answer of [
      await modern(list, { headers: { origin } }),
      await post(list, { headers: { origin }, token: 'bad' }),
    ]) {
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
      expect(answer.headers.get('vary')).toBe('Origin')
      expect(answer.headers.get('access-control-expose-headers')).toBe(
        'WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, RateLimit, RateLimit-Policy, DPoP-Nonce',
      )
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false)
    }
    const ask = (headers: Record<string, string>) =>
      gateway.fetch(new Request(url, { method: 'OPTIONS', headers }))
    const asked = await ask({
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization, mcp-param-region, x-evil',
    })
    expect(asked?.status).toBe(204)
    for (const name of ['mcp-param-region', 'x-api-key', 'dpop']) {
      expect(asked?.headers.get('access-control-allow-headers')).toContain(name)
    }
    expect(asked?.headers.get('access-control-allow-headers')).not.toContain('x-evil')
    const foreign = await ask({
      origin: 'https://evil.test',
      'access-control-request-method': 'POST',
    })
    expect(foreign?.status).toBe(403)
    expect(foreign?.headers.has('access-control-allow-methods')).toBe(false)
    const without = await modern(list)
    expect(without.headers.has('access-control-expose-headers')).toBe(false)
  })

  it('GW-17 a caller without a token reaches nothing behind the gateway', async () => {
    const { gateway, url, received } = await inFrontOf()
    const message = modernMessage(call('read'))
    const headers = { 'content-type': 'application/json', ...modernHeaders(message) }
    const body = JSON.stringify(message)
    for (const init of [
      { method: 'POST', headers, body },
      { method: 'POST' },
      { method: 'GET' },
      { method: 'DELETE' },
    ]) {
      const answer = await gateway.fetch(new Request(url, init))
      expect(answer?.status).toBe(401)
      expect(answer?.headers.get('www-authenticate')).toContain(
        `resource_metadata="${ISSUER}/.well-known/oauth-protected-resource/mcp/files"`,
      )
    }
    expect(received).toEqual([])
  })

  it('GW-17 a token for another resource reaches nothing', async () => {
    const { modern, token, received } = await inFrontOf()
    const foreign = await token('alice', 'mcp:tools', { aud: `${ISSUER}/mcp/other` })
    expect((await modern(list, { token: foreign })).status).toBe(401)
    expect(received).toEqual([])
  })

  it.each(['PUT', 'PATCH', 'HEAD', 'PROPFIND'])('%s is not a method of a mount', async (method) => {
    const { gateway, url } = await inFrontOf()
    const answer = await gateway.fetch(new Request(url, { method }))
    expect(answer?.status).toBe(405)
    expect(answer?.headers.get('allow')).toBe('POST, GET, DELETE, OPTIONS')
  })

  it('a message larger than the cap is refused, whatever its length claims', async () => {
    const { modern, post, received } = await inFrontOf(modernServer(), { maxRequestBytes: 2_000 })
    const big = modernMessage(call('read', { text: 'a'.repeat(3_000) }))
    expect((await modern(call('read', { text: 'a'.repeat(3_000) }))).status).toBe(413)
    const lying = await post(big, { headers: { ...modernHeaders(big), 'content-length': '5' } })
    expect(lying.status).toBe(413)
    expect(received).toEqual([])
  })

  it('an unexpected failure is a 500 that tells nothing, with the id of its event', async () => {
    const settings = { url: 'http://127.0.0.1:9/mcp', identity: { 'X-Email': 'email' } }
    const findEmail = () => Promise.reject(new Error('cannot reach db with password hunter2'))
    const { modern, events } = await gatewayFor(settings, {}, { findEmail })
    const answer = await modern(list)
    expect(answer.status).toBe(500)
    const text = await answer.text()
    expect(text).not.toContain('hunter2')
    const failed = events.at(-1)
    expect(failed?.type).toBe('request.failed')
    expect(text).toContain(String(failed?.correlationId))
  })

  it('a server that is away is a 502', async () => {
    const { modern } = await gatewayFor({ url: 'http://127.0.0.1:9/mcp' })
    const answer = await modern(list)
    expect(answer.status).toBe(502)
    expect(JSON.stringify(await messagesOf(answer))).not.toContain('127.0.0.1')
  })

  it('an answer to another request is not taken for this one', async () => {
    const result = { content: [{ type: 'text', text: 'of somebody else' }] }
    const { modern } = await inFrontOf(() => Response.json({ jsonrpc: '2.0', id: 4711, result }))
    const answer = await modern(call('read'))
    expect(answer.status).toBe(502)
    expect(textOf(await answerOf(answer))).toBeUndefined()
  })
})
