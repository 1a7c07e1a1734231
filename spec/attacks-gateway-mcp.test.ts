/** What is tried at the protocol layer of a guarded server: headers, envelopes, sessions, neighbours. */

import { describe, expect, it } from 'vitest'
import { legacyServer, modernServer, type Received } from 'warder/testing'
import {
  answerOf,
  call,
  gatewayFor,
  listening,
  type Message,
  messagesOf,
  modernHeaders,
  modernMessage,
  opening,
  stdioCommand,
  textOf,
} from './fixtures/gateway.ts'

const policy = {
  read: ['files:read'],
  write: ['files:write', 'files:read'],
  secret: false,
} as const

async function inFrontOf(
  respond: (received: Received) => Response | Promise<Response>,
  settings: object = {},
) {
  const upstream = await listening(respond)
  const guarded = await gatewayFor({ url: upstream.url, ...settings })
  return { ...guarded, received: upstream.received }
}

const list = { method: 'tools/list' }

/** The servers that keep sessions, by how they are reached. */
const sessionful = [
  ['http', async () => ({ url: (await listening(legacyServer())).url })],
  ['stdio', async () => ({ command: stdioCommand() })],
  ['stdio shared', async () => ({ command: stdioCommand('--legacy'), share: 'all' })],
] as const

describe('Attacks on the gateway, MCP layer', () => {
  describe('MC-01 headers that disagree with the body are -32020, and decide nothing', () => {
    const read = modernMessage(call('read', { region: 'eu', count: 42 }))
    const good = modernHeaders(read)
    const without = (name: string) =>
      Object.fromEntries(Object.entries(good).filter(([header]) => header !== name))
    const cases: readonly (readonly [string, Record<string, string>])[] = [
      ['another method', { ...good, 'mcp-method': 'tools/list' }],
      ['the method in other letters', { ...good, 'mcp-method': 'Tools/Call' }],
      ['the method twice', { ...good, 'mcp-method': 'tools/call, tools/call' }],
      ['no method', without('mcp-method')],
      ['another name', { ...good, 'mcp-name': 'write' }],
      ['another name in its wrapper', { ...good, 'mcp-name': `=?base64?${btoa('write')}?=` }],
      ['a broken wrapper', { ...good, 'mcp-name': '=?base64?cmVhZA?=' }],
      ['a wrapper in other letters', { ...good, 'mcp-name': `=?BASE64?${btoa('read')}?=` }],
      ['no name', without('mcp-name')],
      ['another revision', { ...good, 'mcp-protocol-version': '2025-11-25' }],
      ['no revision', without('mcp-protocol-version')],
      ['a parameter that is nowhere in the body', { ...good, 'mcp-param-region': 'us' }],
      ['a parameter in a broken wrapper', { ...good, 'mcp-param-region': '=?base64?e?=' }],
    ]

    it.each(cases)('%s', async (_, headers) => {
      const { post, received } = await inFrontOf(modernServer())
      const answer = await post(read, { headers })
      expect(answer.status).toBe(400)
      expect(await answerOf(answer)).toMatchObject({ id: 1, error: { code: -32020 } })
      expect(received).toEqual([])
    })

    it('a parameter is missing that the caller was shown to be mirrored', async () => {
      const { post, modern, received } = await inFrontOf(modernServer())
      await modern(list)
      expect((await answerOf(post(read, { headers: good }))).error?.code).toBe(-32020)
      const mirrored = { ...good, 'mcp-param-region': 'eu' }
      expect((await post(read, { headers: mirrored })).status).toBe(200)
      expect(received.at(-1)?.headers.get('mcp-param-region')).toBe('eu')
    })

    it('one caller’s tools say nothing about another’s', async () => {
      const { post, modern, token } = await inFrontOf(modernServer())
      await modern(list)
      const bob = await token('bob')
      expect((await post(read, { headers: good, token: bob })).status).toBe(200)
    })

    it('a wrapped name and a number in other digits are equal to the body', async () => {
      const { post } = await inFrontOf(modernServer())
      const headers = { ...good, 'mcp-name': `=?base64?${btoa('read')}?=`, 'mcp-param-n': '42.0' }
      expect((await post(read, { headers })).status).toBe(200)
    })

    it('the policy is decided on the body alone', async () => {
      const { post, token, received } = await inFrontOf(modernServer(), { tools: policy })
      const secret = modernMessage(call('secret'))
      const reader = await token('alice', 'files:read')
      const answer = await post(secret, { headers: good, token: reader })
      expect(answer.status).toBe(400)
      expect(received).toEqual([])
      // In the legacy era the headers mean nothing at all.
      const legacy = { 'mcp-method': 'tools/list', 'mcp-name': 'read' }
      const called = await answerOf(post(call('secret'), { headers: legacy, token: reader }))
      expect(called.error).toEqual({ code: -32602, message: 'Unknown tool: secret' })
    })

    it('what every message must say of itself is required', async () => {
      const { post } = await inFrontOf(modernServer())
      const bare = { jsonrpc: '2.0', id: 7, method: 'tools/list' }
      const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' }
      const answer = await post(bare, { headers })
      expect(answer.status).toBe(400)
      expect(await answerOf(answer)).toMatchObject({ id: 7, error: { code: -32602 } })
    })
  })

  it('MC-03 the modern era has no GET and no DELETE, and no sessions', async () => {
    const { get, end, modern, received } = await inFrontOf(modernServer())
    const headers = { 'mcp-protocol-version': '2026-07-28' }
    for (const answer of [await get({ headers }), await end({ headers })]) {
      expect(answer.status).toBe(405)
      expect(answer.headers.get('allow')).toBe('POST')
    }
    const answer = await modern(list, { session: 'mine' })
    expect(answer.status).toBe(200)
    expect(answer.headers.has('mcp-session-id')).toBe(false)
    expect(received.map(({ headers }) => headers.has('mcp-session-id'))).toEqual([false])
  })

  describe('MC-05 a message that parsers read differently is refused', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['a member twice', '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}'],
      ['twice by an escape', '{"jsonrpc":"2.0","id":1,"method":"a","m\\u0065thod":"tools/call"}'],
      ['other letters', '{"jsonrpc":"2.0","id":1,"method":"tools/list","Method":"tools/call"}'],
      ['other letters alone', '{"jsonrpc":"2.0","id":1,"Method":"tools/call"}'],
      [
        'the name twice',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","name":"secret"}}',
      ],
      [
        'the name in other letters',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","Name":"secret"}}',
      ],
      [
        'letters that fold',
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","argumentſ":{}}}',
      ],
      [
        'a prototype',
        '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"__proto__":{"name":"x"}}}',
      ],
      ['a member too many', '{"jsonrpc":"2.0","id":1,"method":"tools/list","token":"x"}'],
      ['both a call and an answer', '{"jsonrpc":"2.0","id":1,"method":"tools/list","result":{}}'],
      ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]'],
      ['an empty batch', '[]'],
      ['an id that is null', '{"jsonrpc":"2.0","id":null,"method":"tools/list"}'],
      ['an id that is a fraction', '{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}'],
      ['an id that loses digits', '{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/list"}'],
      ['another version', '{"jsonrpc":"1.0","id":1,"method":"tools/list"}'],
      ['parameters by position', '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":["x"]}'],
      [
        'a call that wants no answer',
        '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"read"}}',
      ],
      ['two values', '{"jsonrpc":"2.0","id":1,"method":"a"}{"jsonrpc":"2.0","id":2,"method":"b"}'],
      ['a byte order mark', '\ufeff{"jsonrpc":"2.0","id":1,"method":"tools/list"}'],
      ['nothing', ''],
    ]

    it.each(cases)('%s', async (_, body) => {
      const { post, received } = await inFrontOf(legacyServer(), { tools: { '*': [] } })
      const answer = await post(undefined, { body })
      expect(answer.status).toBe(400)
      expect([-32600, -32700]).toContain((await answerOf(answer)).error?.code)
      expect(received).toEqual([])
    })

    it('what is passed on is written anew from what was read', async () => {
      const { post, open, received } = await inFrontOf(legacyServer())
      const session = await open()
      const body =
        ' { "params" : {"name":"r\\u0065ad"}, "method":"tools\\/call",\n"id":"a","jsonrpc":"2.0" } '
      await post(undefined, { body, session })
      const { text } = received.at(-1) ?? { text: '' }
      expect(JSON.parse(text)).toMatchObject({ method: 'tools/call', params: { name: 'read' } })
      expect(text).toMatch(
        /^\{"jsonrpc":"2\.0","id":\d+,"method":"tools\/call","params":\{"name":"read"\}\}$/,
      )
    })
  })

  describe.each(sessionful)('sessions, %s', (_, settings) => {
    it('MC-07 a session is its owner’s: user and client both', async () => {
      const { open, post, get, end, token } = await gatewayFor(await settings())
      const session = await open()
      const others = [await token('bob'), await token('alice', 'mcp:tools', { client_id: 'evil' })]
      for (const token of others) {
        expect((await post(call('echo'), { session, token })).status).toBe(404)
        expect((await get({ session, token })).status).toBe(404)
        expect((await end({ session, token })).status).toBe(404)
      }
      expect((await post(call('echo'), { session })).status).toBe(200)
    })

    it('MC-07 a session that is not named is not guessed, even if there is one only', async () => {
      const { open, post, get, end } = await gatewayFor(await settings())
      await open()
      for (const answer of [await post(call('echo')), await get(), await end()]) {
        expect(answer.status).toBe(400)
      }
      expect((await post(call('echo'), { session: 'x' })).status).toBe(404)
    })

    it('MC-07 a session that was ended is gone', async () => {
      const { open, post, end } = await gatewayFor(await settings())
      const session = await open()
      expect((await end({ session })).status).toBe(204)
      expect((await post(call('echo'), { session })).status).toBe(404)
      expect((await end({ session })).status).toBe(404)
    })

    it('MC-07 ids are 128 random bits of the gateway’s own', async () => {
      const { open } = await gatewayFor(await settings())
      const ids = [await open(), await open(), await open()]
      expect(new Set(ids).size).toBe(3)
      for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
    })

    it('MC-07 an idle session ends, and one person cannot take all of them', async () => {
      const limits = { sessions: { idle: 60, perUser: 2, total: 3 } }
      const { open, post, token, platform } = await gatewayFor({ ...(await settings()), ...limits })
      const bob = await token('bob')
      const first = await open()
      const second = await open()
      await post(call('echo'), { session: first })
      // Alice's third takes the place of the one she used least recently, and of nobody else's.
      const bobs = await open({ token: bob })
      const third = await open()
      const statuses = async () =>
        Promise.all(
          [first, second, third].map(
            async (session) => (await post(call('echo'), { session })).status,
          ),
        )
      expect(await statuses()).toEqual([200, 404, 200])
      expect((await post(call('echo'), { session: bobs, token: bob })).status).toBe(200)
      expect((await post(opening(), { token: await token('carol') })).status).toBe(503)
      platform.advance(61_000)
      await open({ token: await token('carol', 'mcp:tools', { exp: 2_000_000_000 }) })
      expect(await statuses()).toEqual([404, 404, 404])
    })
  })

  it('MC-07 the server’s own session id never reaches the caller, and only it reaches the server', async () => {
    const { open, post, received } = await inFrontOf(legacyServer())
    const session = await open()
    expect(session).not.toBe('session-1')
    await post(call('read'), { session })
    expect(received.at(-1)?.headers.get('mcp-session-id')).toBe('session-1')
    expect((await post(call('read'), { session: 'session-1' })).status).toBe(404)
  })

  it('MC-07 DELETE ends the session behind as well', async () => {
    const legacy = legacyServer()
    let tell = (_ended: string | null) => {}
    const ended = new Promise<string | null>((resolve) => {
      tell = resolve
    })
    const { open, end } = await inFrontOf((received) => {
      if (received.method === 'DELETE') tell(received.headers.get('mcp-session-id'))
      return legacy(received)
    })
    await end({ session: await open() })
    expect(await ended).toBe('session-1')
  })

  it.each(['http', 'stdio'])('MC-08 a second stream of a session is a 409: %s', async (kind) => {
    const quiet = (received: Received) =>
      received.method === 'GET'
        ? new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } })
        : legacy(received)
    const legacy = legacyServer()
    const settings =
      kind === 'http' ? { url: (await listening(quiet)).url } : { command: stdioCommand() }
    const { open, get, post, token } = await gatewayFor(settings)
    const session = await open()
    const first = await get({ session })
    expect(first.status).toBe(200)
    expect((await get({ session })).status).toBe(409)
    const bob = await token('bob')
    const others = await get({ session: await open({ token: bob }), token: bob })
    expect(others.status).toBe(200)
    // The first goes on, and when it is closed there is room for one again.
    expect((await post(call('echo'), { session })).status).toBe(200)
    await first.body?.cancel()
    const next = await get({ session })
    expect(next.status).toBe(200)
    await next.body?.cancel()
    await others.body?.cancel()
  })

  it('MC-09 events are resumed in the session they were given in, and nowhere else', async () => {
    const legacy = legacyServer()
    const { open, get, post, token, received } = await inFrontOf((received) => {
      const { method, message } = received
      const isCall = message !== undefined && 'method' in message && message.method === 'tools/call'
      if (method !== 'GET' && !isCall) return legacy(received)
      return new Response('id: 77\ndata: \n\n', {
        headers: { 'content-type': 'text/event-stream' },
      })
    })
    const session = await open()
    const text = await (await post(call('read'), { session })).text()
    const id = /^id: (.*)$/m.exec(text)?.[1] ?? ''
    expect(id).toMatch(/\.77$/)
    const headers = { 'last-event-id': id }
    const resumed = await get({ session, headers })
    expect(resumed.status).toBe(200)
    await resumed.text()
    expect(received.at(-1)?.headers.get('last-event-id')).toBe('77')
    const seen = received.length
    const bob = await token('bob')
    const other = await open({ token: bob })
    expect((await get({ session: other, token: bob, headers })).status).toBe(404)
    expect((await get({ session, headers: { 'last-event-id': '77' } })).status).toBe(404)
    expect(received.slice(seen).filter(({ method }) => method === 'GET')).toEqual([])
  })

  it('MC-18 an event cannot smuggle another into the stream', async () => {
    const evil = 'a\n\nevent: endpoint\ndata: https://evil.test\n\n'
    const note = { jsonrpc: '2.0', method: 'notifications/message', params: { data: evil } }
    const { modern } = await inFrontOf(({ message }) => {
      const id = message !== undefined && 'id' in message ? message.id : null
      const answer = { jsonrpc: '2.0', id, result: { resultType: 'complete' } }
      const other = { jsonrpc: '2.0', id: 4711, result: { stolen: true } }
      const events = [
        `data: ${JSON.stringify(note)}`,
        'event: endpoint\ndata: /evil',
        `data: ${JSON.stringify(other)}`,
        'data: nonsense',
        `data: ${JSON.stringify(answer)}`,
      ]
      return new Response(events.map((event) => `${event}\n\n`).join(''), {
        headers: { 'content-type': 'text/event-stream' },
      })
    })
    const answer = await modern(call('read'))
    const text = await answer.clone().text()
    expect(text).not.toMatch(/^event:/m)
    expect(text).not.toContain('stolen')
    const messages = await messagesOf(answer)
    expect(messages.map(({ id, method }) => id ?? method)).toEqual(['notifications/message', 1])
    expect(messages[0]?.params?.data).toBe(evil)
  })

  describe('MC-21 scopes per tool', () => {
    it.each([
      [
        'modern',
        (guarded: Guarded, name: string, token: string) =>
          guarded.modern(call(name, {}, 'id-7'), { token }),
      ],
      [
        'legacy',
        async (guarded: Guarded, name: string, token: string) =>
          guarded.post(call(name, {}, 'id-7'), { token, session: await guarded.open({ token }) }),
      ],
    ] as const)('%s: a missing scope is a 403 with exactly what is needed', async (era, send) => {
      const guarded = await inFrontOf(era === 'modern' ? modernServer() : legacyServer(), {
        tools: policy,
      })
      const reader = await guarded.token('alice', 'files:read')
      expect((await send(guarded, 'read', reader)).status).toBe(200)
      const seen = guarded.received.length
      const answer = await send(guarded, 'write', reader)
      expect(answer.status).toBe(403)
      const challenge = answer.headers.get('www-authenticate')
      expect(challenge).toContain('error="insufficient_scope"')
      expect(challenge).toContain('scope="files:write files:read"')
      expect(challenge).toContain('resource_metadata="')
      const { id, error } = await answerOf(answer)
      expect(id).toBe('id-7')
      expect(error?.data).toEqual({ error: 'insufficient_scope', scope: 'files:write files:read' })
      const called = guarded.received.slice(seen).map(({ text }) => text)
      expect(called.filter((text) => text.includes('write'))).toEqual([])
      const writer = await guarded.token('alice', 'files:read files:write')
      expect((await send(guarded, 'write', writer)).status).toBe(200)
    })

    it('a scope that includes another is enough', async () => {
      const { modern, token } = await inFrontOf(modernServer(), {
        tools: { '*': ['files:read'] },
        scopes: { 'files:write': { description: 'change files', includes: ['files:read'] } },
      })
      expect(
        (await modern(call('read'), { token: await token('alice', 'files:write') })).status,
      ).toBe(200)
    })

    it('what is no tool call needs the scopes of *', async () => {
      const { modern, post, get, end, token } = await inFrontOf(modernServer(), {
        tools: { ...policy, '*': ['files:list'] },
      })
      const reader = await token('alice', 'files:read')
      for (const answer of [
        await modern(list, { token: reader }),
        await modern(
          { method: 'resources/read', params: { uri: 'file:///etc' } },
          { token: reader },
        ),
        await post(opening(), { token: reader }),
        await get({ token: reader, session: 'x' }),
        await end({ token: reader, session: 'x' }),
      ]) {
        expect(answer.status).toBe(403)
        expect(answer.headers.get('www-authenticate')).toContain('scope="files:list"')
      }
    })

    it.each([
      ['a tool set to false', policy, 'secret'],
      ['a tool that no policy names', policy, 'brand-new'],
      ['a name from the prototype', { ...policy }, 'constructor'],
      ['the star itself', { ...policy, '*': false }, '*'],
      ['a name in other letters', policy, 'Read'],
    ] as const)('%s does not exist for callers', async (_, tools, name) => {
      const { modern, token, received, events } = await inFrontOf(modernServer(), { tools })
      const all = await token('alice', 'files:read files:write mcp:tools')
      const answer = await modern(call(name), { token: all })
      expect(answer.status).toBe(200)
      expect((await answerOf(answer)).error).toEqual({
        code: -32602,
        message: `Unknown tool: ${name}`,
      })
      expect(answer.headers.has('www-authenticate')).toBe(false)
      expect(received).toEqual([])
      expect(events.at(-1)).toMatchObject({ type: 'tool.refused', tool: name })
    })

    it.each(['json', 'events'])(
      'tools/list shows what can be used or stepped up to: %s',
      async (form) => {
        const answered = modernServer()
        const { modern, token } = await inFrontOf(
          async (received) => {
            const answer = answered(received)
            if (form === 'json') return answer
            return new Response(`data: ${await answer.text()}\n\n`, {
              headers: { 'content-type': 'text/event-stream' },
            })
          },
          { tools: policy },
        )
        const { result } = await answerOf(modern(list, { token: await token('alice', '') }))
        expect(names(result)).toEqual(['read', 'write'])
        expect(result?.cacheScope).toBe('private')
      },
    )

    it('calls and refusals are recorded, arguments and tokens never', async () => {
      const { modern, events, token } = await inFrontOf(modernServer(), { tools: policy })
      const reader = await token('alice', 'files:read', { cid: 'flow-1' })
      await modern(call('read', { path: 'hunter2' }), { token: reader })
      await modern(call('write', { path: 'hunter2' }), { token: reader })
      const seen = events.filter(({ type }) => type.startsWith('tool.'))
      expect(seen).toMatchObject([
        {
          type: 'tool.called',
          subject: 'alice',
          clientId: 'web',
          server: 'files',
          tool: 'read',
          correlationId: 'flow-1',
        },
        {
          type: 'tool.refused',
          tool: 'write',
          scope: 'files:write files:read',
          error: 'insufficient_scope',
        },
      ])
      expect(JSON.stringify(events)).not.toContain('hunter2')
      expect(JSON.stringify(events)).not.toContain(reader)
    })
  })

  describe('MC-23 downgrades', () => {
    it.each(['2024-11-05', '2024-10-07', '1.0', '2027-01-01', 'latest'])(
      'revision %s is not spoken',
      async (revision) => {
        const { post, get, received } = await inFrontOf(legacyServer())
        const headers = { 'mcp-protocol-version': revision }
        const asked = { jsonrpc: '2.0', id: 7, ...list }
        for (const answer of [await post(asked, { headers }), await get({ headers })]) {
          expect(answer.status).toBe(400)
          const { error, id } = await answerOf(answer)
          expect([7, undefined]).toContain(id)
          expect(error?.code).toBe(-32022)
          expect(error?.data).toMatchObject({ requested: revision })
        }
        expect(received).toEqual([])
      },
    )

    it('initialize of a revision that is too old is refused with those that are spoken', async () => {
      const { post, received } = await inFrontOf(legacyServer())
      const answer = await post(opening('2024-11-05'))
      expect(answer.status).toBe(400)
      expect((await answerOf(answer)).error).toMatchObject({
        code: -32022,
        data: { supported: ['2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'] },
      })
      expect(received).toEqual([])
    })

    it('a mount can ask for more, and no revision is the oldest one', async () => {
      const { post, open } = await inFrontOf(legacyServer(), { minRevision: '2025-11-25' })
      const session = await open()
      const named = { 'mcp-protocol-version': '2025-11-25' }
      expect((await post(call('read'), { session, headers: named })).status).toBe(200)
      expect((await post(call('read'), { session })).status).toBe(400)
      expect((await post(opening('2025-06-18'))).status).toBe(400)
    })

    it('leaving the revision out skips no check', async () => {
      const { post, token, received } = await inFrontOf(legacyServer(), { tools: policy })
      const answer = await post(call('write'), { token: await token('alice', 'files:read') })
      expect(answer.status).toBe(403)
      expect(received).toEqual([])
    })
  })

  describe('MC-22 what one caller cancels or answers is their own', () => {
    it.each([
      ['stdio', {}],
      ['stdio shared', { share: 'all' }],
    ])('a cancelled id of somebody else’s: %s', async (_, settings) => {
      const command = stdioCommand('--legacy')
      const { open, post, token } = await gatewayFor({ command, ...settings })
      const bob = await token('bob')
      const alices = await open()
      const bobs = await open({ token: bob })
      const slow = post(call('slow', { ms: 150, of: 'alice' }, 5), { session: alices })
      const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 5 } }
      expect((await post(cancel, { session: bobs, token: bob })).status).toBe(202)
      expect(textOf(await answerOf(slow))).toContain('alice')
    })

    it.each([
      ['stdio', {}],
      ['stdio shared', { share: 'all' }],
    ])('one’s own is cancelled, and the caller is not left waiting: %s', async (_, settings) => {
      const { open, post } = await gatewayFor({ command: stdioCommand('--legacy'), ...settings })
      const session = await open()
      const hanging = post(call('hang', {}, 'h'), { session })
      const cancel = {
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: 'h' },
      }
      // The call must have arrived before it can be taken back.
      await post(call('echo'), { session })
      await post(cancel, { session })
      expect(await messagesOf(await hanging)).toEqual([])
    })

    it('an answer to what the server asked somebody else has no effect', async () => {
      const { open, post, get, token } = await gatewayFor({ command: stdioCommand() })
      const bob = await token('bob')
      const alices = await open()
      const bobs = await open({ token: bob })
      const stream = (await get({ session: alices })).body?.pipeThrough(new TextDecoderStream())
      const reader = stream?.getReader()
      const asking = post(call('ask', {}, 9), { session: alices })
      let asked = ''
      while (!asked.includes('roots/list'))
        asked += (await reader?.read())?.value ?? 'END roots/list'
      const reply = (of: string) => ({ jsonrpc: '2.0', id: 'ask-1', result: { of } })
      await post(reply('bob'), { session: bobs, token: bob })
      expect((await post(reply('alice'), { session: alices })).status).toBe(202)
      expect(textOf(await answerOf(asking))).toBe('{"of":"alice"}')
      await reader?.cancel()
    })
  })

  describe('GW-15 ST-06 MC-22 nothing of one user reaches another', () => {
    const rounds = 200
    const modes = [
      ['http, legacy', async () => ({ url: (await listening(legacyServer())).url }), 'read'],
      ['stdio, a process for each session', async () => ({ command: stdioCommand() }), 'echo'],
      [
        'stdio, one process for all',
        async () => ({ command: stdioCommand('--legacy'), share: 'all' }),
        'echo',
      ],
    ] as const

    it.each(modes)(
      'two users, 200 interleaved calls, the same ids: %s',
      async (_, settings, tool) => {
        const { open, post, token } = await gatewayFor(await settings())
        const people = await Promise.all(
          ['alice', 'bob'].map(async (name) => {
            const bearer = await token(name)
            return { name, token: bearer, session: await open({ token: bearer }) }
          }),
        )
        const answers = await Promise.all(
          Array.from({ length: rounds }, (_, round) =>
            people.map(async ({ name, ...sending }) => {
              const answer = await answerOf(post(call(tool, { name, round }, round % 7), sending))
              return [textOf(answer), answer.id, JSON.stringify({ name, round }), round % 7]
            }),
          ).flat(),
        )
        expect(answers).toHaveLength(2 * rounds)
        for (const [text, id, expected, asked] of answers) {
          expect(text).toBe(expected)
          expect(id).toBe(asked)
        }
      },
    )

    it.each([
      ['http, modern', async () => ({ url: (await listening(modernServer())).url }), 'read'],
      ['stdio, native', async () => ({ command: stdioCommand() }), 'echo'],
      ['stdio, bridged', async () => ({ command: stdioCommand('--legacy') }), 'echo'],
      [
        'stdio, one process for all',
        async () => ({ command: stdioCommand('--legacy'), share: 'all' }),
        'echo',
      ],
    ] as const)('without sessions: %s', async (_, settings, tool) => {
      const { modern, token } = await gatewayFor(await settings())
      const people = [
        { name: 'alice', token: await token('alice') },
        { name: 'bob', token: await token('bob') },
      ]
      const answers = await Promise.all(
        Array.from({ length: rounds }, (_, round) =>
          people.map(async ({ name, token }) => {
            const answer = await answerOf(modern(call(tool, { name, round }, round % 7), { token }))
            return textOf(answer) === JSON.stringify({ name, round }) && answer.id === round % 7
          }),
        ).flat(),
      )
      expect(answers.filter((isOwn) => !isOwn)).toEqual([])
    })

    it('what one session told its process, no other session finds', async () => {
      const { open, post, token } = await gatewayFor({ command: stdioCommand() })
      const bob = await token('bob')
      const [alices, second] = [await open(), await open()]
      const bobs = await open({ token: bob })
      await post(call('remember', { value: 'of alice' }), { session: alices })
      const recalled = async (sending: object) =>
        textOf(await answerOf(post(call('recall'), sending)))
      expect(await recalled({ session: alices })).toBe('of alice')
      expect(await recalled({ session: second })).toBe('nothing')
      expect(await recalled({ session: bobs, token: bob })).toBe('nothing')
    })

    it('in the modern era the same holds for users and their clients', async () => {
      const { modern, token } = await gatewayFor({ command: stdioCommand() })
      await modern(call('remember', { value: 'of alice' }))
      const recalled = async (sending: object) =>
        textOf(await answerOf(modern(call('recall'), sending)))
      expect(await recalled({})).toBe('of alice')
      expect(await recalled({ token: await token('bob') })).toBe('nothing')
      const other = await token('alice', 'mcp:tools', { client_id: 'other' })
      expect(await recalled({ token: other })).toBe('nothing')
    })

    it('on a shared process, progress goes to its caller and the rest to nobody', async () => {
      const command = stdioCommand('--legacy')
      const { modern, token } = await gatewayFor({ command, share: 'all' })
      const bob = await token('bob')
      const ask = async (value: string, bearer?: string) => {
        const message = {
          ...call('progress', { value }),
          params: { name: 'progress', arguments: { value }, _meta: { progressToken: 'same' } },
        }
        const messages = await messagesOf(
          await modern(message, bearer === undefined ? {} : { token: bearer }),
        )
        return messages.map(({ method, params, result }: Message) =>
          method === undefined
            ? result?.content?.[0]?.text
            : `${method} ${String(params?.progressToken)}`,
        )
      }
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, n) => [ask(`alice ${n}`), ask(`bob ${n}`, bob)]).flat(),
      )
      all.forEach((messages, n) => {
        const value = `${n % 2 === 0 ? 'alice' : 'bob'} ${Math.floor(n / 2)}`
        expect(messages).toEqual(['notifications/progress same', value])
      })
    })

    it.each([
      ['a log level', { method: 'logging/setLevel', params: { level: 'debug' } }],
      ['a subscription', { method: 'resources/subscribe', params: { uri: 'file:///a' } }],
      ['the tasks of all', { method: 'tasks/list' }],
    ])('on a shared process nobody changes or sees what is everybody’s: %s', async (_, message) => {
      const command = stdioCommand('--legacy')
      const { modern, post, open } = await gatewayFor({ command, share: 'all' })
      const answer = await modern(message)
      expect(answer.status).toBe(404)
      expect((await answerOf(answer)).error?.code).toBe(-32601)
      const legacy = await post({ jsonrpc: '2.0', id: 1, ...message }, { session: await open() })
      expect((await answerOf(legacy)).error?.code).toBe(-32601)
    })

    it('on a shared process the server’s own questions reach nobody', async () => {
      const command = stdioCommand('--legacy')
      const { post, get, open } = await gatewayFor({ command, share: 'all' })
      const session = await open()
      expect((await get({ session })).status).toBe(405)
      const messages = await messagesOf(await post(call('ask'), { session }))
      expect(messages.filter(({ method }) => method !== undefined)).toEqual([])
    })
  })
})

type Guarded = Awaited<ReturnType<typeof inFrontOf>>

const names = (result: Message['result']) =>
  Array.isArray(result?.tools) ? result.tools.map(({ name }: { name: string }) => name) : undefined
