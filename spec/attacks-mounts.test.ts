/** Attacks between the servers of one gateway, and by what a server says of its tools. */

import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { afterEach, describe, expect, it } from 'vitest'
import { createWarder } from 'warder'
import { modernServer, type Received, recordingUpstream } from 'warder/testing'
import { answerOf, call, modernHeaders, modernMessage } from './fixtures/gateway.ts'
import { testStoreUrl } from './support/test-store.ts'

const ISSUER = 'http://localhost:4000'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const each of closing.splice(0).reverse()) await each()
})

/** An upstream on a port. */
async function upstreamOf(respond: (received: Received) => Response) {
  const upstream = recordingUpstream(respond)
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch: upstream.fetch, port: 0, hostname: '127.0.0.1' }, (info) =>
      resolve((info as AddressInfo).port),
    )
    closing.push(() => server.close())
  })
  return { ...upstream, url: `http://127.0.0.1:${port}/mcp` }
}

/** Two servers, `a` and `b`, with tools of the same names, and a client for each that asks for itself. */
async function twoServers(respond = modernServer()) {
  const [a, b] = [await upstreamOf(respond), await upstreamOf(respond)]
  const kek = randomBytes(32).toString('base64')
  const fetched: string[] = []
  const warder = await createWarder(
    {
      issuer: ISSUER,
      store: { url: await testStoreUrl() },
      vault: { kek: { env: 'KEK' } },
      mcp: {
        a: { url: a.url, tools: { '*': ['use'], write: ['a:write'] } },
        b: { url: b.url, tools: { '*': ['use'] } },
      },
    },
    {
      readEnv: () => kek,
      outwardFetch: async (url) => {
        fetched.push(url)
        return { status: 404, headers: new Headers(), body: '' }
      },
    },
  )
  closing.push(() => warder.close())
  const metadata = {
    client_name: 'Robot',
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'client_secret_post',
  }
  const { client, secret } = await warder.clients.add({ metadata, resources: null })
  const token = async (name: string) => {
    const form = {
      grant_type: 'client_credentials',
      client_id: client.id,
      client_secret: secret?.reveal('testing') ?? '',
      resource: `${ISSUER}/mcp/${name}`,
    }
    const body = new URLSearchParams(form)
    const answer = await warder.fetch(new Request(`${ISSUER}/token`, { method: 'POST', body }))
    return (await answer.json()).access_token as string
  }
  const send = (
    name: string,
    bearer: string,
    { message, headers = {} }: { message: object; headers?: Record<string, string> },
  ) => {
    const whole = modernMessage({ ...message })
    return warder.fetch(
      new Request(`${ISSUER}/mcp/${name}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          authorization: `Bearer ${bearer}`,
          ...modernHeaders(whole),
          ...headers,
        },
        body: JSON.stringify(whole),
      }),
    )
  }
  return { a, b, token, send, fetched }
}

describe('Attacks between servers, and by servers', () => {
  it('MC-13 a tool of one server cannot stand in for a tool of the same name of another', async () => {
    const { a, b, token, send } = await twoServers()
    const bearer = await token('b')
    const { result } = await answerOf(send('b', bearer, { message: call('write') }))
    expect(result?.content).toBeDefined()
    expect(b.received).not.toEqual([])
    expect(a.received).toEqual([])
  })

  it('MC-20 what one server makes an agent do at another needs that server’s token and scopes', async () => {
    const { a, token, send } = await twoServers()
    const forB = await token('b')
    expect((await send('a', forB, { message: call('read') })).status).toBe(401)
    const forA = await token('a')
    const refused = await send('a', forA, { message: call('write') })
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toContain('scope="a:write"')
    expect(a.received).toEqual([])
  })

  it('MC-14 what a server wants opened is a link to Warder, and not the address', async () => {
    const url = 'https://accounts.example/connect?state=capability'
    const elicitations = [{ mode: 'url', url, message: 'Connect.', elicitationId: 'e1' }]
    const { token, send } = await twoServers(({ message }) => {
      const id = message !== undefined && 'id' in message ? message.id : null
      const error = { code: -32042, message: 'Open this first.', data: { elicitations } }
      return Response.json({ jsonrpc: '2.0', id, error })
    })
    const { error } = await answerOf(send('b', await token('b'), { message: call('read') }))
    const link = expect.stringMatching(/^http:\/\/localhost:4000\/elicitation\?link=[\w-]{200,}$/)
    expect(error?.data).toEqual({ elicitations: [{ ...elicitations[0], url: link }] })
  })

  it('MC-15 no reference in a schema is followed, and no pattern is run', async () => {
    const inputSchema = {
      type: 'object',
      properties: {
        a: { $ref: 'http://169.254.169.254/latest/meta-data' },
        b: { $ref: 'file:///etc/passwd' },
        c: { $ref: '#' },
        d: { type: 'string', pattern: '^(a+)+$' },
      },
    }
    const tools = [{ name: 'read', inputSchema }]
    const { token, send, fetched } = await twoServers(({ message }) => {
      const id = message !== undefined && 'id' in message ? message.id : null
      return Response.json({ jsonrpc: '2.0', id, result: { resultType: 'complete', tools } })
    })
    const bearer = await token('b')
    const listed = await answerOf(send('b', bearer, { message: { method: 'tools/list' } }))
    expect(listed.result?.tools).toEqual(tools)
    const evil = { b: 'x', d: `${'a'.repeat(40)}!` }
    expect((await send('b', bearer, { message: call('read', evil) })).status).toBe(200)
    expect(fetched).toEqual([])
  })

  it.each([
    ['a value that the body has not', { 'mcp-param-region': 'us' }],
    ['a value beyond 8 kB', { 'mcp-param-region': 'x'.repeat(9_000) }],
    ['a line break in the wrapper', { 'mcp-param-region': `=?base64?${btoa('eu\r\nX: y')}?=` }],
  ])(
    'MC-16 a mirrored parameter with %s is refused, and nothing is sent on',
    async (_, headers) => {
      const { b, token, send } = await twoServers()
      const bearer = await token('b')
      const seen = b.received.length
      const message = call('read', { region: 'eu' })
      const answer = await send('b', bearer, { message, headers })
      expect(answer.status).toBe(400)
      expect((await answerOf(answer)).error?.code).toBe(-32020)
      expect(b.received).toHaveLength(seen)
    },
  )

  it('MC-16 a parameter named like a header that means something stays below its prefix', async () => {
    const { b, token, send } = await twoServers()
    const bearer = await token('b')
    const message = call('read', { authorization: 'Bearer stolen' })
    await send('b', bearer, { message, headers: { 'mcp-param-authorization': 'Bearer stolen' } })
    for (const { headers } of b.received) expect(headers.get('authorization')).toBeNull()
  })
})
