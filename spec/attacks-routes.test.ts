/** What a stranger reaches of a whole Warder: the list below, and nothing else. */

import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWarder, type Warder } from 'warder'
import { type Listening, listen } from 'warder/node'
import { testStoreUrl } from './support/test-store.ts'

const ISSUER = 'http://localhost:4000'
const hello = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

/** Where strangers get an answer: what describes the server, and where one signs in or is registered. */
const open = [
  'GET /',
  'GET /.well-known/jwks.json',
  'GET /.well-known/oauth-authorization-server',
  'GET /.well-known/oauth-protected-resource',
  'GET /.well-known/oauth-protected-resource/mcp/files',
  'GET /.well-known/oauth-protected-resource/mcp/notes',
  'GET /.well-known/openid-configuration',
  'GET /livez',
  'GET /readyz',
]

const words =
  '.env .git/config .well-known/security.txt .well-known/mcp.json actuator admin admin/api api api/v1 assets authorize backup callback config console debug docs env events favicon.ico health healthz info introspect jwks.json livez login logout logs mcp mcp/ mcp/admin mcp/files mcp/files/ mcp/files/sse mcp/files/message mcp/notes mcp/unknown messages metrics openapi.json par ping proxy readyz register reset revoke server-status setup shutdown sse stats status swagger.json token tools tools/call trace upload userinfo users version warder.db .warder/warder.db .warder/kek ws'.split(
    ' ',
  )

/** Spellings that some server might take for the guarded address. */
const spellings = [
  '/MCP/files',
  '//mcp/files',
  '/mcp//files',
  '/mcp/files/',
  '/mcp/./files',
  '/x/../mcp/files',
  '/%6dcp/files',
  '/mcp%2ffiles',
  '/mcp%2Ffiles',
  '/mcp/%66iles',
  '/mcp/files;a=b',
  '/mcp/files%00',
  '/mcp/files%20',
  '/mcp/files?access_token=x',
  '/mcp/files?',
  '/mcp\\files',
  '/mcp/notes/../files',
  '/.well-known/oauth-protected-resource/../mcp/files',
  '/.well-known/oauth-protected-resource/mcp/files/x',
]

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

let warder: Warder
let listening: Listening
let port: number

beforeAll(async () => {
  const command = ['/bin/false']
  warder = await createWarder(
    {
      issuer: ISSUER,
      data: '/nonexistent',
      store: { url: await testStoreUrl() },
      vault: { kek: { env: 'KEK' } },
      mcp: { files: { command }, notes: { command, tools: { '*': [] } } },
    },
    { readEnv: () => randomBytes(32).toString('base64') },
  )
  listening = await listen(warder.fetch, { port: 0, host: '127.0.0.1' })
  port = Number(listening.addresses[0]?.split(':').at(-1))
})

afterAll(async () => {
  await listening.close(0)
  await warder.close()
})

const ask = (path: string, method: string) =>
  warder.fetch(
    new Request(`${ISSUER}${path}`, {
      method,
      headers: { 'content-type': 'application/json', accept: 'application/json, text/html' },
      ...(method === 'GET' || method === 'HEAD' ? {} : { body: JSON.stringify(hello) }),
    }),
  )

/** The first line that the listener answers to these bytes; nothing if it only hangs up. */
const answerTo = (text: string) =>
  new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text))
    let answer = ''
    socket.on('data', (piece) => {
      answer += piece.toString('latin1')
    })
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''))
    socket.on('error', () => {})
  })

describe('Attacks on routes', () => {
  it('GW-16 a stranger gets an answer at the open addresses, and nowhere else', async () => {
    const answered: string[] = []
    const paths = [
      ...words.map((word) => `/${word}`),
      ...spellings,
      ...open.map((each) => each.slice(4)),
    ]
    for (const path of new Set(paths)) {
      for (const method of methods) {
        const { status } = await ask(path, method)
        expect([200, 400, 401, 403, 404, 405, 415], `${method} ${path}`).toContain(status)
        if (status < 300 && method !== 'HEAD') answered.push(`${method} ${path}`)
      }
    }
    expect(answered.sort()).toEqual(open)
  })

  it.each(spellings)('RS-04 no spelling of a guarded address is open: %s', async (path) => {
    for (const method of methods) {
      expect([401, 404, 405], method).toContain((await ask(path, method)).status)
    }
  })

  it.each(['files', 'notes'])(
    'RS-05 every method needs a token, whatever scopes the server asks for: %s',
    async (name) => {
      const statuses: Record<string, number> = {}
      for (const method of [...methods, 'OPTIONS']) {
        statuses[method] = (await ask(`/mcp/${name}`, method)).status
      }
      expect(statuses).toEqual({
        ...{ GET: 401, POST: 401, DELETE: 401 },
        ...{ HEAD: 405, PUT: 405, PATCH: 405 },
        OPTIONS: 204,
      })
    },
  )

  it('RS-05 another method cannot be asked for by a header', async () => {
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const headers = { [name]: 'OPTIONS' }
      const answer = await warder.fetch(new Request(`${ISSUER}/mcp/files`, { headers }))
      expect(answer.status).toBe(401)
    }
  })

  it('GW-09 a target in absolute form counts as much as Host', async () => {
    const headers = { host: 'localhost:4000' }
    const answer = await warder.fetch(
      new Request('http://evil.test:4000/mcp/files', { method: 'POST', headers, body: '{}' }),
    )
    expect(answer.status).toBe(421)
  })

  it.each([
    ['websocket', 'Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'],
    ['h2c', 'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n'],
  ])('GW-21 the protocol is never changed: %s', async (_, headers) => {
    const head = `GET /mcp/files HTTP/1.1\r\nHost: localhost:4000\r\nConnection: Upgrade, close\r\n`
    expect(await answerTo(`${head}${headers}\r\n`)).toBe('HTTP/1.1 401 Unauthorized')
  })

  it.each([
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a tunnel', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: localhost:4000\r\n\r\n'],
    [
      'two lengths',
      'POST /mcp/files HTTP/1.1\r\nHost: localhost:4000\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    ],
    [
      'a length and pieces',
      'POST /mcp/files HTTP/1.1\r\nHost: localhost:4000\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a folded header', 'GET /mcp/files HTTP/1.1\r\nHost: localhost:4000\r\nA: b\r\n c\r\n\r\n'],
  ])('GW-21 what two servers could read differently is not read at all: %s', async (_, text) => {
    expect(['HTTP/1.1 400 Bad Request', '']).toContain(await answerTo(text))
  })
})
