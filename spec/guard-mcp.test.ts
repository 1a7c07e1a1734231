/** A guard in front of MCP servers that are written with the SDK, in both of its versions. */

import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import { requireBearerAuth as requireBearerAuth1 } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import {
  type AuthInfo,
  createMcpHandler,
  McpServer,
  OAuthError,
  requireBearerAuth,
} from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import {
  all,
  type GuardRule,
  type McpGuard,
  type Principal,
  permission,
  scopes,
} from 'warder/guard'
import { z } from 'zod'
import { keyRig } from './fixtures/api-keys.ts'
import { messagesOf, modernHeaders, modernMessage } from './fixtures/gateway.ts'
import { guarded, ISSUER, lastReason, NOW, RESOURCE, requestWith } from './fixtures/issuer.ts'
import { stubGuard } from './fixtures/stub-kind.ts'

const METADATA = 'https://mcp.test/.well-known/oauth-protected-resource/mcp'
const info = { name: 'notes', version: '1' }
const said = (text: string) => ({ content: [{ type: 'text' as const, text }] })

/** What a server with a guarded tool did. */
interface Log {
  readonly ran: Principal[]
}

/** Handles a request for somebody. */
type Handler = (request: Request, authInfo?: AuthInfo) => Promise<Response>

/** A server of SDK 2 whose tool needs a rule, and makes clients step up for scopes. */
function server2(mcp: McpGuard, rule: GuardRule, { ran }: Log): Handler {
  const { fetch } = createMcpHandler(() => {
    const server = new McpServer(info)
    const inputSchema = z.object({ id: z.string() })
    server.registerTool(
      'delete_note',
      { inputSchema },
      mcp.tool(rule, async ({ id }, context) => {
        ran.push(mcp.principal(context))
        return said(`${mcp.principal(context).subject} deleted ${id}`)
      }),
    )
    server.registerTool(
      'step_up',
      { scopeChallenge: mcp.scopeChallenge('notes:read', 'notes:write') },
      mcp.tool(scopes('notes:read', 'notes:write'), async (context) =>
        said(mcp.principal(context).subject),
      ),
    )
    return server
  })
  return (request, authInfo) => fetch(request, authInfo === undefined ? {} : { authInfo })
}

/** The same of SDK 1, without sessions. */
function server1(mcp: McpGuard, rule: GuardRule, { ran }: Log): Handler {
  return async (request, authInfo) => {
    const server = new McpServer1(info)
    server.registerTool(
      'delete_note',
      { inputSchema: { id: z.string() } },
      mcp.tool(rule, async ({ id }, context) => {
        ran.push(mcp.principal(context))
        return said(`${mcp.principal(context).subject} deleted ${id}`)
      }),
    )
    server.registerTool(
      'whoami',
      {},
      mcp.tool(scopes('notes:read'), async (context) => said(mcp.principal(context).subject)),
    )
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
    await server.connect(transport)
    return await transport.handleRequest(request, authInfo === undefined ? {} : { authInfo })
  }
}

const message = (name: unknown, args: object = {}) => ({
  ...{ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } },
})

/** A call of a tool in the era that a server speaks. */
const call2 = (name: string, args: object = {}) => {
  const modern = modernMessage(message(name, args))
  return post(modern, modernHeaders(modern))
}
const call1 = (name: string, args: object = {}) =>
  post(message(name, args), { 'mcp-protocol-version': '2025-06-18' })

const post = (body: unknown, headers: Readonly<Record<string, string>>) =>
  new Request(RESOURCE, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  })

const sdks = { 'SDK 2': [server2, call2], 'SDK 1': [server1, call1] } as const

/** Somebody whom a guard let in. */
async function admitted(identity = {}, options = {}) {
  const { guard, events } = stubGuard(identity, options)
  const principal = await guard.check(requestWith('Bearer token-of-alice'))
  if (principal instanceof Response) throw new Error('refused')
  return { guard, mcp: guard.mcp(), principal, events }
}

const textOf = async (answer: Response) => {
  const [first] = await messagesOf(answer)
  const { content = [], isError = false } = first?.result ?? {}
  return { isError, text: content[0]?.text }
}

describe.each(Object.entries(sdks))('A guarded server of %s', (_, [server, call]) => {
  const rule = all(scopes('notes:read'), permission('tool:delete_note'))
  const editor = { roles: ['editor'] }
  const options = { permissions: { editor: ['tool:*'] } }

  it('finds the caller in the context of its tools', async () => {
    const { mcp, principal } = await admitted(editor, options)
    const log: Log = { ran: [] }
    const answer = await server(
      mcp,
      rule,
      log,
    )(call('delete_note', { id: '1' }), mcp.authInfo(principal))
    expect(await textOf(answer)).toEqual({ isError: false, text: 'alice deleted 1' })
    expect(log.ran).toEqual([principal])
  })

  it('does not run a tool whose rule is not met, and says why', async () => {
    const { mcp, principal, events } = await admitted({ roles: ['reader'] }, options)
    const log: Log = { ran: [] }
    const answer = await server(
      mcp,
      rule,
      log,
    )(call('delete_note', { id: '1' }), mcp.authInfo(principal))
    const text = 'This needs the permission: tool:delete_note.'
    expect(await textOf(answer)).toEqual({ isError: true, text })
    expect(log.ran).toEqual([])
    expect(events).toMatchObject([{ type: 'guard.refused', rule: 'permission.needed/1' }])
  })

  it('runs no tool if the guard was not mounted', async () => {
    const { mcp, principal } = await admitted(editor, options)
    const stranger = await admitted(editor, options)
    const log: Log = { ran: [] }
    const good = mcp.authInfo(principal)
    const forged = [
      undefined,
      { ...good, extra: {} },
      { ...good, extra: { principal: { ...principal } } },
      { ...good, extra: { principal: Object.create(principal) } },
      { ...good, extra: { principal: 'alice' } },
      stranger.mcp.authInfo(stranger.principal),
    ]
    for (const authInfo of forged) {
      const answer = await server(mcp, rule, log)(call('delete_note', { id: '1' }), authInfo)
      const { isError, text } = await textOf(answer)
      expect([isError, text]).toEqual([true, expect.stringContaining('did not let this call in')])
    }
    expect(log.ran).toEqual([])
  })
})

describe('What is guarded', () => {
  it('is a function: of an object, such as the tasks of SDK 1, nothing would be', async () => {
    const { mcp } = await admitted()
    const tasks = { createTask: async () => ({}) }
    expect(() => Reflect.apply(mcp.tool, mcp, [scopes('notes:read'), tasks])).toThrow('function')
  })
})

describe('A step up', () => {
  const rule = scopes('notes:write')
  const challengeOf = (answer: Response) => answer.headers.get('www-authenticate')

  it('SDK 2: scopeChallenge asks for exactly the scopes of the tool', async () => {
    const { mcp, principal, events } = await admitted()
    const handler = server2(mcp, rule, { ran: [] })
    const refused = await handler(call2('step_up'), mcp.authInfo(principal))
    expect(refused.status).toBe(403)
    const challenge = challengeOf(refused) ?? ''
    expect(challenge).toContain('error="insufficient_scope"')
    expect(/scope="([^"]*)"/.exec(challenge)?.[1]).toBe('notes:read notes:write')
    expect(challenge).toContain(`resource_metadata="${METADATA}"`)
    expect(events).toMatchObject([{ type: 'guard.refused', missing: 'notes:write' }])
  })

  it('SDK 2: whoever has the scopes, or one that includes them, is let through', async () => {
    const hierarchy = { 'notes:admin': ['notes:write', 'notes:read'] }
    for (const held of [['notes:read', 'notes:write'], ['notes:admin']]) {
      const { mcp, principal } = await admitted({ scopes: held }, { scopes: { hierarchy } })
      const handler = server2(mcp, rule, { ran: [] })
      const answer = await handler(call2('step_up'), mcp.authInfo(principal))
      expect([answer.status, (await textOf(answer)).text]).toEqual([200, 'alice'])
    }
  })

  it('SDK 2: scopeChallenge lets nobody by whom no guard let in', async () => {
    const { mcp, principal } = await admitted({ scopes: ['notes:read', 'notes:write'] })
    const handler = server2(mcp, rule, { ran: [] })
    const { extra: _, ...bare } = mcp.authInfo(principal)
    for (const authInfo of [undefined, bare]) {
      expect((await handler(call2('step_up'), authInfo)).status).toBe(500)
    }
  })

  it('scopeChallenge is made of scopes', async () => {
    const { mcp } = await admitted()
    expect(() => Reflect.apply(mcp.scopeChallenge, mcp, [])).toThrow('scopes: ')
    expect(() => mcp.scopeChallenge('a b')).toThrow('scopes: ')
  })

  it('authorize: a message is refused with the whole challenge before the server has it', async () => {
    const { mcp, principal } = await admitted()
    const tools = { delete_note: scopes('notes:read', 'notes:write'), '*': scopes('notes:read') }
    const refused = await mcp.authorize(principal, message('delete_note'), tools)
    expect(refused?.status).toBe(403)
    expect(refused && challengeOf(refused)).toBe(
      'Bearer error="insufficient_scope", ' +
        'error_description="This needs the scope: notes:read notes:write.", ' +
        `resource_metadata="${METADATA}", scope="notes:read notes:write"`,
    )
    expect(await mcp.authorize(principal, message('list_notes'), tools)).toBeUndefined()
    for (const other of [{ method: 'tools/list' }, null, 1, 'tools/call', [], {}]) {
      expect(await mcp.authorize(principal, other, tools)).toBeUndefined()
    }
  })

  it('authorize: one call of a batch that is refused refuses the batch', async () => {
    const { mcp, principal } = await admitted()
    const tools = { delete_note: scopes('notes:write'), list_notes: scopes('notes:read') }
    const batch = [message('list_notes'), message('delete_note')]
    expect((await mcp.authorize(principal, batch, tools))?.status).toBe(403)
    expect(await mcp.authorize(principal, batch.slice(0, 1), tools)).toBeUndefined()
  })

  it('authorize: a message that nobody has parsed is refused, since the server would read it', async () => {
    const { guard, events } = stubGuard()
    const mcp = guard.mcp()
    const asking = async (method: string) => {
      const headers = { authorization: 'Bearer token-of-alice' }
      const principal = await guard.check(new Request(RESOURCE, { method, headers }))
      if (principal instanceof Response) throw new Error('refused')
      return mcp.authorize(principal, undefined, { '*': () => true })
    }
    expect((await asking('POST'))?.status).toBe(400)
    expect(events.at(-1)?.reason).toContain('hand it the parsed body')
    // A stream is opened and a session ended without a message.
    for (const method of ['GET', 'DELETE']) expect(await asking(method)).toBeUndefined()
  })

  it('authorize: a tool without a rule is not there', async () => {
    const { mcp, principal, events } = await admitted()
    for (const name of ['other', '__proto__', 'constructor', '', undefined, 1, ['list_notes']]) {
      const tools = { list_notes: scopes('notes:read') }
      const refused = await mcp.authorize(principal, message(name), tools)
      expect(refused?.status, String(name)).toBe(403)
      expect(refused && challengeOf(refused)).not.toContain('error')
      expect(events.at(-1)).toMatchObject({ rule: 'tool.policy/1' })
    }
    const bare = { jsonrpc: '2.0', id: 1, method: 'tools/call' }
    expect((await mcp.authorize(principal, bare, {}))?.status).toBe(403)
  })
})

describe('AuthInfo', () => {
  it('says who calls in the words of the SDK', async () => {
    const hierarchy = { 'notes:write': ['notes:read'] }
    const identity = { scopes: ['notes:write'], expiresAt: (NOW + 900) * 1000 + 1 }
    const { mcp, principal } = await admitted(identity, { scopes: { hierarchy } })
    expect(mcp.authInfo(principal)).toEqual({
      token: 'token-of-alice',
      clientId: 'web',
      scopes: ['notes:write', 'notes:read'],
      expiresAt: NOW + 900,
      resource: new URL(RESOURCE),
      resourceMetadataUrl: METADATA,
      extra: { principal },
    })
  })

  it('is made of principals of the guard only', async () => {
    const { mcp } = await admitted()
    const { principal } = await admitted()
    expect(() => mcp.authInfo(principal)).toThrow('did not let this call in')
    expect(() => mcp.authInfo({ ...principal })).toThrow('did not let this call in')
  })
})

describe('A verifier for requireBearerAuth', () => {
  /** What the middleware of v1 does to a request: the answer, or who it let through. */
  async function middleware1(mcp: McpGuard, authorization?: string, options = {}) {
    const request: { headers: object; auth?: AuthInfo } = { headers: { authorization } }
    const answer = { status: 200, challenge: undefined as string | undefined }
    const response = {
      set: (_: string, value: string) => {
        answer.challenge = value
      },
      status: (status: number) => {
        answer.status = status
        return response
      },
      json: () => response,
    }
    const verifier = mcp.verifier(InvalidTokenError)
    const middleware = requireBearerAuth1({ verifier, resourceMetadataUrl: METADATA, ...options })
    await Reflect.apply(middleware, undefined, [request, response, () => {}])
    return { ...answer, auth: request.auth }
  }

  /** The same of v2. */
  async function middleware2(mcp: McpGuard, authorization?: string, options = {}) {
    const verifier = mcp.verifier(OAuthError)
    const gate = requireBearerAuth({ verifier, resourceMetadataUrl: METADATA, ...options })
    const outcome = await gate(requestWith(authorization))
    if (!(outcome instanceof Response)) return { status: 200, auth: outcome }
    const challenge = outcome.headers.get('www-authenticate') ?? undefined
    return { status: outcome.status, challenge, auth: undefined }
  }

  const middlewares = { 'SDK 2': middleware2, 'SDK 1': middleware1 }

  /** A guard whose clock is that of the SDK, which cannot be set. */
  const present = async (options = {}) => {
    const { guard, issuer, events } = await guarded({
      ...options,
      platform: { now: Date.now, random: (n) => crypto.getRandomValues(new Uint8Array(n)) },
    })
    const now = Math.floor(Date.now() / 1000)
    const token = (claims = {}) => issuer.token({ iat: now, exp: now + 900, ...claims })
    return { mcp: guard.mcp(), token, events }
  }

  it.each(Object.entries(middlewares))('%s: a good token lets in', async (_, middleware) => {
    const { mcp, token } = await present()
    const expectedResource = new URL(RESOURCE)
    const { status, auth } = await middleware(mcp, `Bearer ${await token()}`, { expectedResource })
    expect(status).toBe(200)
    expect(auth).toMatchObject({ clientId: 'web', scopes: ['notes:read'] })
    expect(mcp.principal({ authInfo: auth })).toMatchObject({ subject: 'alice', issuer: ISSUER })
  })

  it.each(Object.entries(middlewares))('%s: a bad token is a 401', async (_, middleware) => {
    const { mcp, token, events } = await present()
    const bad = [
      'nonsense',
      '"',
      await token({ exp: NOW }),
      await token({ aud: 'https://other.test' }),
      await token({ cnf: { jkt: 'x'.repeat(43) } }),
    ]
    for (const credentials of bad) {
      const { status, challenge, auth } = await middleware(mcp, `Bearer ${credentials}`)
      expect(status).toBe(401)
      expect(challenge).toContain('error="invalid_token"')
      expect(auth).toBeUndefined()
    }
    expect(events).toHaveLength(bad.length)
    expect(lastReason(events)).toContain('bound')
    expect((await middleware(mcp)).status).toBe(401)
  })

  it.each(Object.entries(middlewares))('%s: scopes include others', async (_, middleware) => {
    const hierarchy = { 'notes:write': ['notes:read'] }
    const { mcp, token } = await present({ scopes: { hierarchy } })
    const options = { requiredScopes: ['notes:read'] }
    const wide = `Bearer ${await token({ scope: 'notes:write' })}`
    expect((await middleware(mcp, wide, options)).status).toBe(200)
    const other = `Bearer ${await token({ scope: 'files:read' })}`
    expect((await middleware(mcp, other, options)).status).toBe(403)
  })

  it.each(Object.entries(middlewares))('%s: an outage is no bad token', async (_, middleware) => {
    const isRevoked = () => Promise.reject(new Error('the store is away'))
    const { mcp, token } = await present({ isRevoked })
    const { status, auth } = await middleware(mcp, `Bearer ${await token()}`)
    expect([status, auth]).toEqual([500, undefined])
  })

  it('takes API keys as tokens, and none that is held to networks: it knows no address', async () => {
    const { issue, guarding } = await keyRig()
    const verifier = guarding().mcp().verifier(OAuthError)
    const { id, key } = await issue()
    expect(await verifier.verifyAccessToken(key)).toMatchObject({ clientId: id })
    const { key: held } = await issue({ networks: ['0.0.0.0/0', '::/0'] })
    await expect(verifier.verifyAccessToken(held)).rejects.toBeInstanceOf(OAuthError)
  })

  it('what does not end by itself is taken until the SDK asks again', async () => {
    const { guard, platform } = stubGuard()
    const { expiresAt } = await guard.mcp().verifier(OAuthError).verifyAccessToken('x')
    expect(expiresAt).toBe(platform.now() / 1000 + 60)
  })

  it('sources are not counted, because none is known; clients are', async () => {
    const rule = { perMinute: 1, burst: 1 }
    const bySource = stubGuard({}, { limits: { source: { ...rule, by: String } } }).guard.mcp()
    for (const token of ['a', 'b', 'c']) {
      const verified = bySource.verifier(OAuthError).verifyAccessToken(token)
      await expect(verified).resolves.toMatchObject({ token })
    }
    const verifier = stubGuard({}, { limits: { client: rule } })
      .guard.mcp()
      .verifier(OAuthError)
    await verifier.verifyAccessToken('a')
    await expect(verifier.verifyAccessToken('a')).rejects.toThrow('Too many requests.')
  })
})
