/**
 * MCP Streamable HTTP and stdio, both eras, through the gateway: with clients and servers that
 * nobody here wrote.
 */

import { createRequire } from 'node:module'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { call, gatewayFor, listening, opening, stdioCommand } from './fixtures/gateway.ts'

type Guarded = Awaited<ReturnType<typeof gatewayFor>>

/** What a client needs to be told: where, and with what token. */
const transportOptions = ({ fetch, alice }: Guarded, token = alice) => ({
  fetch: (url: string | URL, init?: RequestInit) => fetch(new Request(url, init)),
  requestInit: { headers: { authorization: `Bearer ${token}` } },
})

const info = { name: 'spec', version: '1' }
const address = ({ url }: Guarded) => new URL(url)

/** The official clients, by how they open. Each answers with what it found. */
const clients = {
  'sdk 1.32': async (guarded: Guarded) => {
    const client = new Client1(info)
    await client.connect(new Transport1(address(guarded), transportOptions(guarded)))
    return {
      tools: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: async (name: string, args: Record<string, unknown>) =>
        await client.callTool({ name, arguments: args }),
      close: () => client.close(),
    }
  },
  'client 2.4, as it comes': (guarded: Guarded) => client2(guarded, 'legacy'),
  'client 2.4, negotiating': (guarded: Guarded) => client2(guarded, 'auto'),
  'client 2.4, modern only': (guarded: Guarded) => client2(guarded, { pin: '2026-07-28' }),
}

async function client2(guarded: Guarded, mode: 'legacy' | 'auto' | { pin: string }) {
  const client = new Client(info, { versionNegotiation: { mode } })
  await client.connect(
    new StreamableHTTPClientTransport(address(guarded), transportOptions(guarded)),
  )
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name: string, args: Record<string, unknown>) =>
      await client.callTool({ name, arguments: args }),
    close: () => client.close(),
  }
}

/** A server of SDK 2, which speaks both eras. */
function handler2() {
  const { fetch } = createMcpHandler(() => {
    const server = new McpServer(info)
    server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
      content: [{ type: 'text', text }],
    }))
    return server
  })
  return (request: Request) => fetch(request)
}

/** A server of SDK 1, which keeps sessions. */
function handler1() {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()
  return async (request: Request) => {
    const known = sessions.get(request.headers.get('mcp-session-id') ?? '')
    if (known !== undefined) return await known.handleRequest(request)
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    })
    const server = new McpServer1(info)
    server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => ({
      content: [{ type: 'text', text }],
    }))
    await server.connect(transport)
    return await transport.handleRequest(request)
  }
}

/** The request that was recorded, to be answered by somebody else. */
const behind = (handler: (request: Request) => Promise<Response>) =>
  listening(({ url, method, headers, text, signal }) =>
    handler(new Request(url, { method, headers, signal, ...(text === '' ? {} : { body: text }) })),
  )

const servers = {
  'SDK 2 over HTTP': async () => ({ url: (await behind(handler2())).url }),
  'SDK 1 over HTTP': async () => ({ url: (await behind(handler1())).url }),
  'stdio, both eras': async () => ({ command: stdioCommand() }),
  'stdio, legacy': async () => ({ command: stdioCommand('--legacy') }),
  'stdio, modern': async () => ({ command: stdioCommand('--modern') }),
  'stdio, ending when probed': async () => ({ command: stdioCommand('--fragile') }),
  'stdio, one for all': async () => ({ command: stdioCommand('--legacy'), share: 'all' }),
}

/** What cannot work, because the two speak no common revision. */
const strangers = new Set([
  'client 2.4, modern only → SDK 1 over HTTP',
  'sdk 1.32 → stdio, modern',
  'client 2.4, as it comes → stdio, modern',
])

describe('MCP transports, the official clients', () => {
  const pairs = Object.entries(clients).flatMap(([client, connect]) =>
    Object.entries(servers).map(
      ([server, start]) => [`${client} → ${server}`, connect, start] as const,
    ),
  )

  it.each(pairs.filter(([name]) => !strangers.has(name)))(
    '%s: lists tools and calls one',
    async (_, connect, start) => {
      const guarded = await gatewayFor(await start())
      const client = await connect(guarded)
      expect(await client.tools()).toContain('echo')
      const { content } = await client.call('echo', { text: 'Grüße' })
      expect(JSON.stringify(content)).toContain('Grüße')
      await client.close()
    },
  )

  it.each(pairs.filter(([name]) => strangers.has(name)))(
    '%s: fails at once, and says so',
    async (_, connect, start) => {
      await expect(connect(await gatewayFor(await start()))).rejects.toThrow()
    },
  )

  it('2026-07-28: a name beyond ASCII and mirrored parameters arrive', async () => {
    // The SDK says on the console that such a name is unusual, and goes on.
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { fetch } = createMcpHandler(() => {
      const server = new McpServer(info)
      const inputSchema = z.object({ region: z.string().meta({ 'x-mcp-header': 'Region' }) })
      server.registerTool('größe', { inputSchema }, ({ region }) => ({
        content: [{ type: 'text', text: region }],
      }))
      return server
    })
    const guarded = await gatewayFor({ url: (await behind((request) => fetch(request))).url })
    const client = await client2(guarded, { pin: '2026-07-28' })
    await client.tools()
    const { content } = await client.call('größe', { region: ' Zürich ' })
    expect(content).toEqual([{ type: 'text', text: ' Zürich ' }])
    await client.close()
    warn.mockRestore()
  })

  it('2025-11-25: the server asks the client during a call, and is answered', async () => {
    const guarded = await gatewayFor({ command: stdioCommand() })
    const client = new Client(info, { capabilities: { roots: {} } })
    client.setRequestHandler('roots/list', () => ({ roots: [{ uri: 'file:///home' }] }))
    await client.connect(
      new StreamableHTTPClientTransport(address(guarded), transportOptions(guarded)),
    )
    const { content } = await client.callTool({ name: 'ask', arguments: {} })
    expect(JSON.stringify(content)).toContain('file:///home')
    await client.close()
  })

  it.each([
    ['2025-11-25', 'legacy', stdioCommand('--legacy'), { name: 'elicit' }],
    ['2026-07-28', { pin: '2026-07-28' }, stdioCommand(), { name: 'echo' }],
  ] as const)(
    '%s: a client that can open addresses gets a link of ours',
    async (_, mode, command, { name }) => {
      const link = 'https://as.test/elicitation?link=sealed'
      const guarded = await gatewayFor({ command }, {}, { elicitationLink: () => link })
      const capabilities = { elicitation: { url: {} } }
      const client = new Client(info, { capabilities, versionNegotiation: { mode } })
      const opened: unknown[] = []
      client.setRequestHandler('elicitation/create', ({ params }) => {
        opened.push(params)
        return { action: 'accept' }
      })
      await client.connect(
        new StreamableHTTPClientTransport(address(guarded), transportOptions(guarded)),
      )
      const url = 'https://accounts.example/connect'
      const params = { mode: 'url', url, message: 'Connect.', elicitationId: 'e1' }
      const inputRequests = { connect: { method: 'elicitation/create', params } }
      const result = { resultType: 'input_required', inputRequests, requestState: 's' }
      const args = name === 'elicit' ? params : { answer: { result } }
      const { content } = await client.callTool({ name, arguments: args })
      expect(opened).toMatchObject([{ mode: 'url', url: link, message: 'Connect.' }])
      expect(JSON.stringify(content)).toContain('accept')
      await client.close()
    },
  )

  it.each(['legacy', { pin: '2026-07-28' }] as const)(
    'progress of a call reaches its caller: %o',
    async (mode) => {
      const guarded = await gatewayFor({ command: stdioCommand() })
      const client = new Client(info, { versionNegotiation: { mode } })
      await client.connect(
        new StreamableHTTPClientTransport(address(guarded), transportOptions(guarded)),
      )
      const seen: number[] = []
      await client.callTool(
        { name: 'progress', arguments: { value: 'v' } },
        { onprogress: ({ progress }) => seen.push(progress) },
      )
      expect(seen).toEqual([1])
      await client.close()
    },
  )

  it('a client whose server has died starts a new session', async () => {
    const guarded = await gatewayFor({ command: stdioCommand() })
    const session = await guarded.open()
    const died = await guarded.post(call('exit'), { session })
    expect(died.status).toBe(502)
    expect((await guarded.post(call('echo'), { session })).status).toBe(404)
    expect((await guarded.post(opening())).status).toBe(200)
    expect(guarded.events.map(({ type }) => type)).toContain('upstream.failed')
  })

  it('a stateless caller’s server that has died is started again', async () => {
    const guarded = await gatewayFor({ command: stdioCommand() })
    expect((await guarded.modern(call('echo'))).status).toBe(200)
    expect((await guarded.modern(call('exit'))).status).toBe(502)
    const soon = await guarded.modern(call('echo'))
    expect(soon.status).toBe(503)
    expect(soon.headers.get('retry-after')).toBe('1')
    await expect
      .poll(async () => (await guarded.modern(call('echo'))).status, { timeout: 5_000 })
      .toBe(200)
  })
})

describe('MCP transports, a real server: server-everything over stdio', () => {
  const entry = createRequire(import.meta.url).resolve(
    '@modelcontextprotocol/server-everything/dist/index.js',
  )
  const command = [process.execPath, entry, 'stdio']

  it('both eras list its tools, call one, and are shown no hidden one', async () => {
    const tools = { echo: ['mcp:tools'], 'get-sum': ['sums'], '*': ['mcp:tools'], 'get-env': false }
    const guarded = await gatewayFor({ command, tools })
    for (const mode of ['legacy', 'auto'] as const) {
      const client = await client2(guarded, mode)
      const names = await client.tools()
      expect(names).toContain('echo')
      expect(names).toContain('get-sum')
      expect(names).not.toContain('get-env')
      const { content } = await client.call('echo', { message: 'hello' })
      expect(content).toEqual([{ type: 'text', text: 'Echo: hello' }])
      await expect(client.call('get-sum', { a: 1, b: 2 })).rejects.toThrow(/403|scope/i)
      await expect(client.call('get-env', {})).rejects.toThrow(/Unknown tool/)
      await client.close()
    }
  })
})
