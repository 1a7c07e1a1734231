/**
 * The adapters: one suite, through servers of Express 5 and 4, Fastify, Hono, `node:http` and `fetch`.
 *
 * What a guard decides is tried elsewhere; here, that no framework gets between it and the request.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import {
  connect,
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import type { GuardedService } from 'warder/fetch'
import type { GuardOptions, GuardRule } from 'warder/guard'
import { nodeGuard } from 'warder/node'
import type { Framework, TestApp } from './fixtures/frameworks/framework.ts'
import { frameworks } from './fixtures/frameworks/index.ts'
import { listening } from './fixtures/frameworks/listening.ts'
import { guarded } from './fixtures/issuer.ts'
import { atEnd } from './support/endings.ts'
import { type Asked, exchange, open } from './support/http-exchange.ts'

/** The challenge to a request without credentials. */
const CHALLENGE =
  'Bearer resource_metadata="https://mcp.test/.well-known/oauth-protected-resource/mcp", scope="notes:read"'

const PAGE = 'https://app.test'

/** What a rig is made with. */
interface Wanted {
  readonly guard?: Partial<GuardOptions>
  readonly service?: Omit<GuardedService, 'guard'>
  readonly rule?: GuardRule
  readonly narrow?: GuardRule
}

type Form = 'serveGuardedRoutes' | 'serveBehindGuard'

/** The app, served; and what its handlers were reached with. */
async function rig(framework: Framework, wanted: Wanted = {}, form: Form = 'serveGuardedRoutes') {
  const { guard, issuer, events } = await guarded(wanted.guard)
  const reached: string[] = []
  const app: TestApp = {
    guarding: wanted.service === undefined ? guard : { guard, ...wanted.service },
    rule: wanted.rule,
    narrow: wanted.narrow,
    onReached: (path, subject) => reached.push(`${path} ${subject}`),
  }
  const { port, close } = await framework[form](app)
  atEnd(async () => void (await close()))
  return {
    ...{ port, issuer, events, reached },
    ask: (asked?: Asked) => exchange(port, asked),
    /** A request with a good token. */
    askWith: async (asked: Asked = {}, claims = {}) => {
      const bearer = ['Authorization', `Bearer ${await issuer.token(claims)}`] as const
      return exchange(port, { ...asked, headers: [bearer, ...(asked.headers ?? [])] })
    },
  }
}

/** A rule that lets everybody in and remembers what it was shown. */
function watching() {
  const seen: {
    readonly url: string
    readonly source: string | undefined
    readonly isEncrypted: boolean
  }[] = []
  const rule: GuardRule = (_, { url }, { connection }) => {
    const { remoteAddress, isEncrypted = false } = connection
    seen.push({ url, source: remoteAddress, isEncrypted })
    return true
  }
  return { rule, last: () => seen.at(-1) }
}

const spellings = [
  ...['/MCP', '//mcp', '/mcp/', '/./mcp', '/x/../mcp', '/%6dcp', '/mcp%2f', '/mcp;a=b', '/mcp%00'],
  ...['/mcp?', '/mcp?a=/../', '\\mcp', '/\\mcp', '/mcp\\', '/mcp/..;/mcp', '/%2e/mcp', '/mcp.json'],
  ...['http://127.0.0.1/mcp', 'https://mcp.test/mcp', 'HTTP://mcp.test/mcp', 'x://mcp.test/mcp'],
  ...[
    '/mcp#/.well-known/oauth-protected-resource/mcp',
    '/mcp/.well-known/oauth-protected-resource',
  ],
]

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY']

describe.each(frameworks.map((framework) => [framework.name, framework] as const))(
  'The adapter for %s',
  (_, framework) => {
    it('lets a caller in and hands on who it is', async () => {
      const { ask, askWith, reached } = await rig(framework)
      expect(await askWith()).toMatchObject({ status: 200, body: 'alice' })
      expect(await askWith({ method: 'POST', body: 'a body' })).toMatchObject({ body: 'alice' })
      expect(await askWith({}, { sub: 'bob' })).toMatchObject({ status: 200, body: 'bob' })
      expect(await ask()).toMatchObject({ status: 401 })
      expect(reached).toEqual(['/mcp alice', '/mcp alice', '/mcp bob'])
    })

    it('keeps apart who calls at the same time', async () => {
      const { askWith } = await rig(framework)
      const subjects = Array.from({ length: 40 }, (_, i) => `user-${i}`)
      const answers = await Promise.all(subjects.map((sub) => askWith({}, { sub })))
      expect(answers.map(({ body }) => body)).toEqual(subjects)
    })

    it('RS-01 no credentials: 401 with the whole challenge, and no word of error', async () => {
      const { ask, reached } = await rig(framework)
      const { status, headers, body } = await ask()
      expect([status, body, headers.get('www-authenticate')]).toEqual([401, '', CHALLENGE])
      expect(reached).toEqual([])
    })

    it('RS-02 a token in the query, a form or a cookie is not honoured', async () => {
      const { ask, issuer, reached } = await rig(framework)
      const token = await issuer.token()
      const form = ['Content-Type', 'application/x-www-form-urlencoded'] as const
      const requests: Asked[] = [
        { path: `/mcp?access_token=${token}` },
        { method: 'POST', headers: [form], body: `access_token=${token}` },
        { headers: [['Cookie', `access_token=${token}`]] },
      ]
      for (const request of requests) expect((await ask(request)).status).toBe(401)
      expect(reached).toEqual([])
    })

    it('RS-03 of two Authorization headers none counts, not even the first', async () => {
      const { ask, issuer, reached } = await rig(framework)
      const good = ['Authorization', `Bearer ${await issuer.token()}`] as const
      const others = ['Bearer x', 'Basic YTpi', '', good[1]]
      for (const other of others) {
        for (const name of ['Authorization', 'authorization', 'AUTHORIZATION']) {
          const second = [name, other] as const
          expect((await ask({ headers: [good, second] })).status).toBe(400)
          // Both together may be the malformed credentials of another scheme.
          expect([400, 401]).toContain((await ask({ headers: [second, good] })).status)
        }
      }
      expect(reached).toEqual([])
    })

    it('RS-03 odd Authorization headers are answered 400 or 401', async () => {
      const { ask, reached } = await rig(framework)
      const odd = ['Bearer', 'Bearer  x', 'Bearer\tx', 'bearer x y', `Bearer ${'x'.repeat(8_000)}`]
      for (const value of [...odd, 'Bearer \xe9', '\xe9 x', ', Bearer x']) {
        const { status } = await ask({ headers: [['Authorization', value]] })
        expect([400, 401], value).toContain(status)
      }
      expect(reached).toEqual([])
    })

    it.each(spellings)('RS-04 no spelling of a guarded path is open: %s', async (path) => {
      for (const form of ['serveGuardedRoutes', 'serveBehindGuard'] as const) {
        const { ask, reached } = await rig(framework, {}, form)
        const { status } = await ask({ path })
        expect([400, 401, 404]).toContain(status)
        expect(reached).toEqual([])
      }
    })

    it('RS-04 behind one guard there is nothing that it does not guard, found or not', async () => {
      const { ask, askWith, reached } = await rig(framework, {}, 'serveBehindGuard')
      for (const path of ['/', '/mcp', '/nothing', '/narrow', '/favicon.ico']) {
        expect((await ask({ path })).status, path).toBe(401)
      }
      expect((await askWith({ path: '/nothing' })).status).toBe(404)
      expect(reached).toEqual([])
    })

    it('RS-05 every method is guarded, whatever headers ask for another', async () => {
      const { ask, reached } = await rig(framework, {}, 'serveBehindGuard')
      for (const method of methods) {
        const asked = { method, headers: [['X-HTTP-Method-Override', 'OPTIONS']] } as const
        // Some frameworks know no more methods than they route.
        expect([401, 404], method).toContain((await ask(asked)).status)
      }
      expect(reached).toEqual([])
    })

    it('RS-05 HEAD is guarded, and answered without a body', async () => {
      const { ask, askWith } = await rig(framework)
      expect(await ask({ method: 'HEAD' })).toMatchObject({ status: 401, body: '' })
      const bad = { method: 'HEAD', headers: [['Authorization', 'Bearer x']] } as const
      expect(await ask(bad)).toMatchObject({ status: 401, body: '' })
      expect(await askWith({ method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    })

    it('RS-05 TRACE, which would show the credentials, is answered 405 or not known', async () => {
      const { askWith, reached } = await rig(framework, {}, 'serveBehindGuard')
      const { status, body } = await askWith({ method: 'TRACE' })
      expect([404, 405]).toContain(status)
      expect(body).not.toContain('Bearer')
      expect(reached).toEqual([])
    })

    it('RS-05 a request to upgrade is guarded like any other', async () => {
      const { ask, reached } = await rig(framework)
      const headers = [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
      ] as const
      expect((await ask({ headers })).status).toBe(401)
      expect(reached).toEqual([])
    })

    it('RS-05 a preflight does not reach a handler, and is refused unless its page may call', async () => {
      const preflight = (origin: string): Asked => ({
        method: 'OPTIONS',
        headers: [
          ['Origin', origin],
          ['Access-Control-Request-Method', 'POST'],
          ['Access-Control-Request-Headers', 'authorization'],
        ],
      })
      const closed = await rig(framework)
      expect((await closed.ask(preflight(PAGE))).status).toBe(401)
      const { ask, reached } = await rig(framework, { service: { origins: [PAGE] } })
      const allowed = await ask(preflight(PAGE))
      expect(allowed.status).toBe(204)
      expect(Object.fromEntries(allowed.headers)).toMatchObject({
        'access-control-allow-origin': PAGE,
        'access-control-allow-headers': 'Authorization, *',
      })
      for (const origin of ['https://evil.test', 'null', `${PAGE}.evil.test`, 'http://app.test']) {
        const { status, headers } = await ask(preflight(origin))
        expect([status, headers.get('access-control-allow-origin')]).toEqual([401, null])
      }
      expect((await ask({ method: 'OPTIONS', headers: [['Origin', PAGE]] })).status).toBe(401)
      expect([...closed.reached, ...reached]).toEqual([])
    })

    it('RS-05 a page that may call can read answers and challenges, and no other can', async () => {
      const { ask, askWith } = await rig(framework, { service: { origins: [PAGE] } })
      for (const answer of [
        await askWith({ headers: [['Origin', PAGE]] }),
        await ask({ headers: [['Origin', PAGE]] }),
      ]) {
        expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE)
        expect(answer.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
        expect(answer.headers.get('vary')).toBe('Authorization, Origin')
      }
      const { headers } = await askWith({ headers: [['Origin', 'https://evil.test']] })
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('vary')).toBe('Authorization, Origin')
    })

    it('RS-07 headers that name a caller change nothing about who it is', async () => {
      const { rule, last } = watching()
      const { ask, askWith, reached } = await rig(framework, { rule })
      const forged = [
        ...(['X-User', 'X_User', 'x-user', 'X-Forwarded-User', 'Principal', 'Subject'] as const),
      ].map((header) => [header, 'admin'] as const)
      const hops = [['Connection', 'X-User, Authorization']] as const
      expect((await ask({ headers: [...forged, ...hops] })).status).toBe(401)
      expect(await askWith({ headers: [...forged, ...hops] })).toMatchObject({ body: 'alice' })
      expect(reached).toEqual(['/mcp alice'])
      expect(last()?.source).toBe('127.0.0.1')
    })

    it('RS-07 X-Forwarded-* is not believed unless the proxy is trusted', async () => {
      const { rule, last } = watching()
      const headers = [
        ['X-Forwarded-For', '192.0.2.7'],
        ['X-Forwarded-Proto', 'https'],
        ['X-Forwarded-Host', 'mcp.test'],
      ] as const
      for (const service of [{}, { trustedProxies: ['10.0.0.0/8', '192.0.2.7'] }]) {
        const { askWith, port } = await rig(framework, { rule, service })
        expect((await askWith({ headers })).status).toBe(200)
        const url = `http://127.0.0.1:${port}/mcp`
        expect(last()).toEqual({ url, source: '127.0.0.1', isEncrypted: false })
      }
    })

    it('hands on how the caller addressed a trusted proxy, by what the nearest one says', async () => {
      const { rule, last } = watching()
      const service = { trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] }
      const { askWith } = await rig(framework, { rule, service })
      const headers = [
        ['X-Forwarded-For', '203.0.113.1, 192.0.2.7'],
        ['X-Forwarded-For', '10.1.1.1'],
        ['X-Forwarded-Proto', 'http, HTTPS'],
        ['X-Forwarded-Host', 'evil.test, mcp.test:8443'],
      ] as const
      expect((await askWith({ path: '/mcp?a=b', headers })).status).toBe(200)
      const url = 'https://mcp.test:8443/mcp?a=b'
      expect(last()).toEqual({ url, source: '192.0.2.7', isEncrypted: true })
    })

    it('answers 400 if a trusted proxy names a host that is none', async () => {
      const service = { trustedProxies: ['127.0.0.1'] }
      const { askWith, reached } = await rig(framework, { service })
      for (const host of ['a b', 'mcp.test/x', 'u@mcp.test', 'mcp.test:x', '[', '%']) {
        const { status } = await askWith({ headers: [['X-Forwarded-Host', host]] })
        expect(status, host).toBe(400)
      }
      expect(reached).toEqual([])
    })

    it('RS-08 a scope that is missing is a 403 that names all that is needed', async () => {
      const { askWith, reached } = await rig(framework, {
        rule: { scopes: ['notes:read', 'notes:write'] },
      })
      const { status, headers, body } = await askWith()
      expect(status).toBe(403)
      expect(headers.get('www-authenticate')).toContain('scope="notes:read notes:write"')
      expect(headers.get('content-type')).toBe('application/json')
      expect(JSON.parse(body)).toMatchObject({ error: 'insufficient_scope' })
      expect(reached).toEqual([])
    })

    it('RS-13 no cache keeps an answer for somebody else', async () => {
      const { ask, askWith } = await rig(framework)
      for (const { headers } of [await askWith(), await ask()]) {
        expect(headers.get('cache-control')).toBe('no-store')
        expect(headers.get('vary')).toBe('Authorization')
      }
    })

    it('RS-13 a handler that knows better says so', async () => {
      const { askWith } = await rig(framework)
      const { headers, body } = await askWith({ path: '/headers' })
      expect(body).toBe('mine')
      expect(headers.get('cache-control')).toBe('private, max-age=60')
      expect(headers.get('vary')).toMatch(/^Accept/)
    })

    it('streams bodies both ways, unread', async () => {
      const { port, issuer } = await rig(framework)
      const authorization = ['Authorization', `Bearer ${await issuer.token()}`] as const
      const type = ['Content-Type', 'application/x-of-its-own'] as const
      const headers = [authorization, type, ['Transfer-Encoding', 'chunked']] as const
      const sent = open(port, { method: 'POST', path: '/echo', headers })
      sent.write('first')
      const [response] = await once(sent, 'response')
      const chunks = response[Symbol.asyncIterator]()
      // The rest has not been written yet.
      expect(String((await chunks.next()).value)).toBe('first')
      sent.end('second')
      expect(String((await chunks.next()).value)).toBe('second')
      expect((await chunks.next()).done).toBe(true)
    })

    it('sends the refusal that a handler comes back with', async () => {
      const { askWith } = await rig(framework)
      const refused = await askWith({ path: '/late' })
      expect(refused.status).toBe(403)
      expect(refused.headers.get('www-authenticate')).toContain('scope="notes:write"')
      expect(JSON.parse(refused.body)).toMatchObject({ error: 'insufficient_scope' })
      expect(refused.headers.get('cache-control')).toBe('no-store')
      const admitted = await askWith({ path: '/late' }, { scope: 'notes:write' })
      expect(admitted).toMatchObject({ status: 200, body: 'alice' })
    })

    it('leaves the errors of a handler to the framework', async () => {
      const { askWith } = await rig(framework)
      const { status, headers } = await askWith({ path: '/fails' })
      expect(status).toBe(500)
      expect(headers.get('www-authenticate')).toBeNull()
    })

    it('lets nobody in to a handler that nothing guards, if it asks who is calling', async () => {
      const { ask, askWith, reached } = await rig(framework)
      expect((await ask({ path: '/forgotten' })).status).toBe(500)
      expect((await askWith({ path: '/forgotten' })).status).toBe(500)
      expect(reached).toEqual([])
    })

    it('lets nobody in whom a rule fails on', async () => {
      const rule = () => Promise.reject(new Error('the table of rights is away'))
      const { askWith, reached } = await rig(framework, { rule })
      expect((await askWith()).status).toBe(500)
      expect(reached).toEqual([])
    })

    it.each(['serveGuardedRoutes', 'serveBehindGuard'] as const)(
      'RFC 9728 §3 serves the metadata of the resource to everybody: %s',
      async (form) => {
        const { ask } = await rig(framework, {}, form)
        for (const path of ['/.well-known/oauth-protected-resource', CHALLENGE.split('"')[1]]) {
          const pathname = new URL(path ?? '', 'https://mcp.test').pathname
          const { status, headers, body } = await ask({ path: pathname })
          expect(status).toBe(200)
          expect(headers.get('content-type')).toBe('application/json')
          expect(headers.get('access-control-allow-origin')).toBe('*')
          expect(JSON.parse(body)).toMatchObject({ resource: 'https://mcp.test/mcp' })
          expect(await ask({ path: pathname, method: 'HEAD' })).toMatchObject({ status: 200 })
          expect((await ask({ path: pathname, method: 'POST' })).status).toBe(405)
        }
      },
    )

    it('checks a credential once, however many guards of a kind there are in a row', async () => {
      const isRevoked = vi.fn(async () => false)
      const narrow = { scopes: ['notes:write'] }
      const { askWith, reached } = await rig(
        framework,
        { guard: { isRevoked }, narrow },
        'serveBehindGuard',
      )
      const refused = await askWith({ path: '/narrow' })
      expect(refused.status).toBe(403)
      expect(refused.headers.get('www-authenticate')).toContain('scope="notes:write"')
      const let_in = await askWith({ path: '/narrow' }, { scope: 'notes:write' })
      expect(let_in).toMatchObject({ status: 200, body: 'alice' })
      expect(let_in.headers.get('vary')).toBe('Authorization')
      expect(isRevoked).toHaveBeenCalledTimes(2)
      expect(reached).toEqual(['/narrow alice'])
    })

    it('says how much is left of a budget, and refuses when there is nothing', async () => {
      const guard = { limits: { client: { perMinute: 60, burst: 2 } } }
      const { askWith, reached } = await rig(framework, { guard })
      const answers = [await askWith(), await askWith(), await askWith()]
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
      expect(answers.map(({ headers }) => headers.get('ratelimit'))).toEqual([
        expect.stringContaining('r=1'),
        expect.stringContaining('r=0'),
        expect.stringContaining('r=0'),
      ])
      expect(answers[2]?.headers.get('retry-after')).toBe('1')
      expect(reached).toHaveLength(2)
    })

    it('RFC 9112 §3.2 several hosts are none: 400', async () => {
      const { askWith, reached } = await rig(framework)
      const hosts = ['mcp.test', 'evil.test'].map((host) => ['Host', host] as const)
      expect((await askWith({ headers: hosts })).status).toBe(400)
      expect(reached).toEqual([])
    })

    it.each(['xn--a', 'mcp.test:99999', '%41', '999.999.999.999'])(
      'RFC 9112 §3.2 %s is no host: 400',
      async (host) => {
        for (const service of [{}, { trustedProxies: ['192.0.2.0/24'] }]) {
          const { askWith, reached } = await rig(framework, { service })
          expect((await askWith({ headers: [['Host', host]] })).status).toBe(400)
          expect(reached).toEqual([])
        }
      },
    )
  },
)

describe('The adapter for node:http', () => {
  it('leaves a request alone that was answered while it was checked, and runs no handler', async () => {
    const { guard, issuer } = await guarded()
    const reached = vi.fn()
    const checks: Promise<void>[] = []
    const server = createServer((request, response) => {
      const rule = async () => request.url === '/allowed'
      checks.push(nodeGuard(guard, rule, reached)(request, response))
      response.writeHead(503).end('too slow')
    })
    const { port, close } = await listening(server)
    atEnd(async () => void (await close()))
    const headers = [['Authorization', `Bearer ${await issuer.token()}`]] as const
    for (const path of ['/allowed', '/denied']) {
      const answer = await exchange(port, { path, headers })
      expect(answer).toMatchObject({ status: 503, body: 'too slow' })
    }
    expect(await Promise.allSettled(checks)).toEqual([
      { status: 'fulfilled', value: undefined },
      { status: 'fulfilled', value: undefined },
    ])
    expect(reached).not.toHaveBeenCalled()
  })
})

describe('HTTP/2', () => {
  /** What is answered to a request with these fields, besides where it goes. */
  async function ask(port: number, fields: Readonly<Record<string, string>>) {
    const session = connect(`http://127.0.0.1:${port}`)
    const stream = session.request({ ':path': '/mcp', ...fields })
    const [{ ':status': status, 'www-authenticate': challenge }] = await once(stream, 'response')
    const body = await text(stream)
    session.close()
    return { status, challenge, body }
  }

  it('goes through the adapter for Node', async () => {
    const { guard, issuer } = await guarded()
    const handler = nodeGuard<Http2ServerRequest, Http2ServerResponse>(
      guard,
      undefined,
      ({ principal, url }, response) => response.end(`${principal.subject} at ${url}`),
    )
    const server = createHttp2Server(handler).listen(0, '127.0.0.1')
    atEnd(async () => void server.close())
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const authorization = `Bearer ${await issuer.token()}`
    expect(await ask(port, {})).toEqual({ status: 401, challenge: CHALLENGE, body: '' })
    expect(await ask(port, { authorization })).toMatchObject({ status: 200, body: 'alice at /mcp' })
  })
})
