/** What is tried to get past the policy of a guarded server, or to go on after one has lost it. */

import { describe, expect, it } from 'vitest'
import { createGuard, type GuardOptions } from 'warder/guard'
import { fakePlatform, legacyServer, modernServer, type Received } from 'warder/testing'
import { proofMaker } from './fixtures/dpop.ts'
import {
  answerOf,
  call,
  gatewayFor,
  ISSUER,
  listening,
  manualTimers,
  messagesOf,
  opening,
  stdioCommand,
} from './fixtures/gateway.ts'
import { NOW } from './fixtures/issuer.ts'

type Respond = (received: Received) => Response | Promise<Response>

async function inFrontOf(respond: Respond, settings: object = {}) {
  const upstream = await listening(respond)
  const guarded = await gatewayFor({ url: upstream.url, ...settings })
  return { ...guarded, received: upstream.received }
}

const policy = { read: ['files:read'], write: ['files:write'], '*': ['files:read'] }
const list = { method: 'tools/list' }

/** The names of the tools in an answer. */
async function toolsIn(answer: Response | Promise<Response>): Promise<readonly unknown[]> {
  const { result } = await answerOf(answer)
  const { tools = [] } = (result ?? {}) as { tools?: readonly { readonly name: string }[] }
  return tools.map(({ name }) => name)
}

/** A stream that stays open until whoever listens has gone. */
const endless = (first = ':\n\n') =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(first)),
    }),
    { headers: { 'content-type': 'text/event-stream' } },
  )

/** In front of a server whose streams do not end, with a guard of which a test knows when it is asked. */
async function inFrontOfStreams(
  options: Pick<GuardOptions, 'limits' | 'platform'> & {
    isRevoked: () => boolean | Promise<boolean>
  },
) {
  const legacy = legacyServer()
  const upstream = await listening((received) => {
    const { message } = received
    const isListen =
      message !== undefined && 'method' in message && message.method === 'subscriptions/listen'
    return received.method === 'GET' || isListen ? endless() : legacy(received)
  })
  const timers = manualTimers()
  const platform = fakePlatform(NOW * 1000)
  const guarded: Awaited<ReturnType<typeof gatewayFor>> = await gatewayFor(
    { url: upstream.url },
    {},
    {
      timers,
      guardFor: ({ resource }) =>
        createGuard({
          ...{ issuer: ISSUER, resource, platform },
          keys: { jwks: async () => ({ keys: [guarded.issuer.publicJwk] }) },
          ...options,
        }),
    },
  )
  return { upstream, timers, guarded }
}

describe('Attacks on the gateway, policy', () => {
  it.each([
    'Tools/Call',
    'TOOLS/CALL',
    'tools/call ',
    ' tools/call',
    'tools/call\u0000',
    'tools\u200b/call',
    'ｔools/call',
    'tools/call\n',
  ])('a method that a lax server could take for tools/call needs its rule: %j', async (method) => {
    const { post, open, token, received } = await inFrontOf(legacyServer(), { tools: policy })
    const reader = await token('alice', 'files:read')
    const session = await open({ token: reader })
    const seen = received.length
    const answer = await post({ ...call('write'), method }, { token: reader, session })
    expect((await answerOf(answer)).error?.code).toBe(-32600)
    expect(received).toHaveLength(seen)
  })

  it.each(['Write', 'WRITE', 'write ', 'wri\u200bte', 'ｗrite', 'write\u0000'])(
    'a name that a lax server could take for a tool with a rule does not get that of *: %j',
    async (name) => {
      const { post, open, token, received } = await inFrontOf(legacyServer(), { tools: policy })
      const reader = await token('alice', 'files:read')
      const session = await open({ token: reader })
      const seen = received.length
      const { error } = await answerOf(post(call(name), { token: reader, session }))
      expect(error).toMatchObject({ code: -32602 })
      expect(received).toHaveLength(seen)
    },
  )

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '*'])(
    'a name that objects know is a name like any other: %s',
    async (name) => {
      const { post, open, token } = await inFrontOf(legacyServer(), { tools: policy })
      const session = await open({ token: await token('alice', 'files:read') })
      const answer = await post(call(name), { session, token: await token('alice', 'files:other') })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('www-authenticate')).toContain('scope="files:read"')
    },
  )

  it.each([[['write']], [{ name: 'write' }], [null], [7], [undefined]])(
    'a name that is no text names no tool: %j',
    async (name) => {
      const { post, open, received } = await inFrontOf(legacyServer())
      const session = await open()
      const seen = received.length
      const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } }
      expect((await answerOf(post(message, { session }))).error?.code).toBe(-32602)
      expect(received).toHaveLength(seen)
    },
  )

  it.each([
    'initialize',
    'ping',
    'tools/list',
    'resources/list',
    'resources/read',
    'resources/subscribe',
    'prompts/get',
    'completion/complete',
    'logging/setLevel',
    'tasks/get',
    'tasks/result',
    'tasks/cancel',
    'subscriptions/listen',
    'something/unknown',
    'notifications/initialized',
    'notifications/cancelled',
  ])('every method needs the scopes of *: %s', async (method) => {
    const { post, token, received } = await inFrontOf(legacyServer(), { tools: policy })
    const id = method.startsWith('notifications/') ? {} : { id: 3 }
    const params = { name: 'a', uri: 'a:b', protocolVersion: '2025-11-25' }
    const message = { jsonrpc: '2.0', ...id, method, params }
    const answer = await post(message, { token: await token('alice', 'files:write') })
    expect(answer.status).toBe(403)
    expect(received).toEqual([])
  })

  describe('tools that the caller can never be granted are none of theirs', () => {
    const settings = {
      tools: { read: ['files:read'], write: ['files:write'], secret: ['files:all'], '*': [] },
      scopes: {
        'files:write': { description: 'change files', roles: ['editor'] },
        'files:all': { description: 'do everything', roles: ['admin'], includes: ['files:write'] },
      },
    }
    const seen = async (roles: readonly string[], scope = '') => {
      const guarded = await inFrontOf(modernServer(), settings)
      const token = await guarded.token('alice', scope, { roles })
      const tools = await toolsIn(guarded.modern(list, { token }))
      const { error } = await answerOf(guarded.modern(call('write'), { token }))
      return { tools, error }
    }

    it('without a role', async () => {
      const { tools, error } = await seen([])
      expect(tools).toEqual(['read'])
      expect(error).toEqual({ code: -32602, message: 'Unknown tool: write' })
    })

    it('with the role they are listed, and stepped up to', async () => {
      const { tools, error } = await seen(['editor'])
      expect(tools).toEqual(['read', 'write'])
      expect(error).toMatchObject({ code: 403, data: { scope: 'files:write' } })
    })

    it('a wider scope that can be granted is enough', async () => {
      expect((await seen(['admin'])).tools).toEqual(['read', 'write', 'secret'])
    })

    it('what the token has counts, whatever the roles', async () => {
      const { tools, error } = await seen([], 'files:write')
      expect(tools).toEqual(['read', 'write'])
      expect(error).toBeUndefined()
    })
  })

  it('a list that is taken up again shows no hidden tool either', async () => {
    const legacy = legacyServer()
    const tools = [{ name: 'read' }, { name: 'write' }]
    let outgoing: unknown
    const { open, get, post } = await inFrontOf(
      (received) => {
        const { method, message } = received
        if (method === 'GET') {
          const late = { jsonrpc: '2.0', id: outgoing, result: { tools } }
          return endless(`data: ${JSON.stringify(late)}\n\n`)
        }
        if (message === undefined || !('method' in message) || message.method !== 'tools/list') {
          return legacy(received)
        }
        outgoing = 'id' in message ? message.id : undefined
        const headers = { 'content-type': 'text/event-stream' }
        return new Response('id: 1\ndata: \n\n', { headers })
      },
      { tools: { read: [], write: false } },
    )
    const session = await open()
    const asked = { jsonrpc: '2.0', id: 9, ...list }
    const begun = await (await post(asked, { session })).text()
    const id = /^id: (.*)$/m.exec(begun)?.[1] ?? ''
    const resumed = await get({ session, headers: { 'last-event-id': id } })
    const reader = resumed.body?.getReader()
    let text = ''
    while (!text.includes('tools')) {
      text += new TextDecoder().decode((await reader?.read())?.value)
    }
    expect(text).toContain('"id":9')
    expect(text).toContain('read')
    expect(text).not.toContain('write')
    await reader?.cancel()
  })

  describe('whoever goes on listening has a token that is still good', () => {
    it.each([
      ['the GET of a session', 'GET'],
      ['subscriptions/listen', 'POST'],
    ])('%s ends soon after the token is revoked', async (_, method) => {
      let isRevoked = false
      const { upstream, timers, guarded } = await inFrontOfStreams({
        isRevoked: async () => isRevoked,
      })
      const session = await guarded.open()
      const answer =
        method === 'GET'
          ? await guarded.get({ session })
          : await guarded.modern({ method: 'subscriptions/listen', params: { notifications: {} } })
      expect(answer.status).toBe(200)
      const text = answer.text()
      timers.elapse(30_000)
      // Still good: it is looked at again.
      await Promise.resolve()
      isRevoked = true
      const behind = upstream.received.at(-1)
      while (behind?.signal.aborted === false) {
        timers.elapse(30_000)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await text.catch(() => {})
      expect(behind?.signal.aborted).toBe(true)
    })
  })

  it.each(['GET', 'POST'])(
    'whoever listens by %s needs no second proof and no budget, and goes when it is revoked',
    async (method) => {
      let isRevoked = false
      let looks = 0
      const budget = { perMinute: 0.001, burst: 3 }
      const { upstream, timers, guarded } = await inFrontOfStreams({
        isRevoked: () => {
          looks += 1
          return isRevoked
        },
        limits: { client: budget, source: { ...budget, by: () => 'all' } },
      })
      const client = await proofMaker()
      const token = await guarded.token('alice', 'mcp:tools', { cnf: { jkt: client.jkt } })
      const proven = async (htm: string) => ({
        token,
        headers: {
          authorization: `DPoP ${token}`,
          dpop: await client.proof(token, { claims: { htm, htu: guarded.url } }),
        },
      })
      const opened = await guarded.post(opening(), await proven('POST'))
      const session = opened.headers.get('mcp-session-id')
      await opened.body?.cancel()
      const listen = { method: 'subscriptions/listen', params: { notifications: {} } }
      const answer =
        method === 'GET'
          ? await guarded.get({ session, ...(await proven('GET')) })
          : await guarded.modern(listen, await proven('POST'))
      expect(answer.status).toBe(200)
      const before = looks
      const behind = upstream.received.at(-1)
      const round = async () => {
        timers.elapse(30_000)
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
      }
      for (let time = 0; time < 5; time++) await round()
      expect(looks).toBe(before + 5)
      expect(behind?.signal.aborted).toBe(false)
      isRevoked = true
      while (behind?.signal.aborted === false) await round()
      await answer.body?.cancel()
    },
  )

  it('whoever listens beyond the end of a token, as clocks differ, is looked at once a second', async () => {
    const platform = fakePlatform(NOW * 1000)
    let looks = 0
    const { timers, guarded } = await inFrontOfStreams({
      isRevoked: () => {
        looks += 1
        return false
      },
      platform,
    })
    const settled = async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    await guarded.get({ session: await guarded.open() })
    for (const clock of [platform, guarded.platform]) clock.advance(900_000)
    timers.elapse(30_000)
    await settled()
    const before = looks
    for (let round = 0; round < 20; round++) {
      timers.elapse(0)
      await settled()
    }
    expect(looks).toBe(before)
    timers.elapse(1_000)
    await settled()
    expect(looks).toBe(before + 1)
  })

  describe('MC-25 what would change on its way is refused', () => {
    it.each([
      '12345678901234567890',
      '-9007199254740993',
      '1e400',
      '-1e400',
      '1e-400',
      '-0',
      '-0.0',
    ])('%s', async (number) => {
      const { post, open, received } = await inFrontOf(legacyServer())
      const session = await open()
      const seen = received.length
      const body = JSON.stringify(call('read', { n: 'N' })).replace('"N"', number)
      const answer = await post(undefined, { session, body })
      expect(answer.status).toBe(400)
      expect((await answerOf(answer)).error?.code).toBe(-32700)
      expect(received).toHaveLength(seen)
    })

    it.each([
      '9007199254740991',
      '9007199254740992',
      '0.1',
      '0',
      '0e5',
      '-1.5E-3',
      '1e21',
      '"\\ud800"',
      '"12345678901234567890"',
      'true',
      '"-0 1e400"',
    ])('%s arrives', async (value) => {
      const { post, open, received } = await inFrontOf(legacyServer())
      const session = await open()
      const body = JSON.stringify(call('read', { n: 'N' })).replace('"N"', value)
      expect((await post(undefined, { session, body })).status).toBe(200)
      const sent = JSON.parse(received.at(-1)?.text ?? '') as { params: { arguments: unknown } }
      expect(sent.params.arguments).toEqual({ n: JSON.parse(value) as unknown })
    })
  })

  it('many mirrored headers and a large body cost no more than either', async () => {
    const { modern, received } = await inFrontOf(modernServer())
    const numbers = Array.from({ length: 300_000 }, (_, at) => at)
    const headers = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [`mcp-param-h${at}`, String(299_999 - at)]),
    )
    const answer = await modern(call('read', { numbers, region: '0' }), { headers })
    expect(answer.status).toBe(200)
    expect(received).toHaveLength(1)
  })
})

describe('Attacks on the gateway, revisions', () => {
  it('a refusal of a revision answers its request, and offers what the server offers', async () => {
    const { modern } = await inFrontOf(modernServer(), { tools: { '*': [] } })
    const asked = {
      id: 301,
      method: 'server/discover',
      params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' } },
    }
    const headers = { 'mcp-protocol-version': '2099-01-01' }
    const before = await answerOf(modern(asked, { headers }))
    expect(before).toMatchObject({ id: 301, error: { code: -32022 } })
    await modern({ method: 'server/discover' })
    const { error } = await answerOf(modern(asked, { headers }))
    expect(error?.data).toEqual({ requested: '2099-01-01', supported: ['2026-07-28'] })
  })

  it('server/discover names no revision that is not spoken here', async () => {
    const { modern } = await gatewayFor({
      command: stdioCommand('--legacy'),
      minRevision: '2025-11-25',
    })
    const { result } = await answerOf(modern({ method: 'server/discover' }))
    expect(result?.supportedVersions).toEqual(['2025-11-25', '2026-07-28'])
  })

  it('what a legacy caller did not say of its revision is not said in its name', async () => {
    const { open, post, received } = await inFrontOf(legacyServer())
    const session = await open()
    await post(call('read'), { session })
    expect(received.map(({ headers }) => headers.get('mcp-protocol-version'))).toEqual([
      null,
      null,
      null,
    ])
    await post(call('read'), { session, headers: { 'mcp-protocol-version': '2025-06-18' } })
    expect(received.at(-1)?.headers.get('mcp-protocol-version')).toBe('2025-06-18')
  })

  it('initialize is no method of the modern era, and is passed on as what it is', async () => {
    const { modern, received } = await inFrontOf(modernServer())
    await modern({ method: 'initialize' })
    expect(received.at(-1)?.headers.get('mcp-protocol-version')).toBe('2026-07-28')
  })

  it('a mount of the modern era alone has no GET, whatever a caller says of its revision', async () => {
    const { get, end } = await inFrontOf(modernServer(), { minRevision: '2026-07-28' })
    expect((await get()).status).toBe(405)
    expect((await end()).status).toBe(405)
  })
})

it('an operator is told what a program said before it failed, without its secrets', async () => {
  const script = 'console.error("cannot open db, password=hunter22hunter22"); process.exit(3)'
  const { post, events } = await gatewayFor({ command: [process.execPath, '-e', script] })
  expect((await messagesOf(await post(opening())))[0]?.error?.code).toBe(502)
  const failed = events.find(({ type }) => type === 'upstream.failed')
  expect(failed?.reason).toContain('it exited with code 3; it said: cannot open db')
  expect(JSON.stringify(events)).not.toContain('hunter22')
})
