/** What MCP asks of an authorization server and of a protected server, in each of its revisions. */

import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWarder, type Warder } from 'warder'
import { codeChallenge, parseChallenges } from 'warder/protocol'
import {
  legacyServer,
  modernServer,
  type RecordingUpstream,
  recordingUpstream,
} from 'warder/testing'
import { Secret } from 'warder/vault'
import { answerOf, call, modernHeaders, modernMessage, opening } from './fixtures/gateway.ts'
import { Browser } from './support/browser.ts'
import { wordsOf } from './support/pages.ts'
import { testStoreUrl } from './support/test-store.ts'

const ISSUER = 'http://localhost:4000'
const RESOURCE = `${ISSUER}/mcp/notes`
const OTHER = `${ISSUER}/mcp/other`
const PATH_METADATA = `${ISSUER}/.well-known/oauth-protected-resource/mcp/notes`
const REDIRECT_URI = 'http://127.0.0.1:49152/callback'
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

interface Era {
  readonly revision: string
  readonly modern: boolean
}

const eras: readonly Era[] = [
  { revision: '2025-06-18', modern: false },
  { revision: '2025-11-25', modern: false },
  { revision: '2026-07-28', modern: true },
]

describe.each(eras)('MCP authorization $revision', ({ revision, modern }) => {
  let warder: Warder
  let upstream: RecordingUpstream
  let clientId: string
  const closing: (() => unknown)[] = []

  beforeAll(async () => {
    upstream = recordingUpstream(modern ? modernServer() : legacyServer())
    const port = await new Promise<number>((resolve) => {
      const server = serve({ fetch: upstream.fetch, port: 0, hostname: '127.0.0.1' }, (info) =>
        resolve((info as AddressInfo).port),
      )
      closing.push(() => server.close())
    })
    const tools = { '*': ['notes:read'], write: ['notes:write', 'notes:read'] }
    const url = `http://127.0.0.1:${port}/mcp`
    const scopes = { 'notes:read': 'read your notes', 'notes:write': 'change your notes' }
    const kek = randomBytes(32).toString('base64')
    warder = await createWarder(
      {
        issuer: ISSUER,
        store: { url: await testStoreUrl() },
        vault: { kek: { env: 'KEK' } },
        mcp: { notes: { url, tools, scopes }, other: { url, tools, scopes } },
      },
      { readEnv: () => kek },
    )
    closing.push(() => warder.close())
    const password = new Secret('correct horse battery staple')
    await warder.accounts.add({ email: 'alice@example.com', password })
    const metadata = {
      client_name: 'Some editor',
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    }
    const body = JSON.stringify(metadata)
    const headers = { 'content-type': 'application/json' }
    const registered = await ask(`${ISSUER}/register`, { method: 'POST', body, headers })
    clientId = (await registered.json()).client_id
  })

  afterAll(async () => {
    for (const each of closing.reverse()) await each()
  })

  const ask = (url: string, init: RequestInit = {}) => warder.fetch(new Request(url, init))
  const json = async (url: string) => (await ask(url)).json()

  /** The request of a client of this revision; it opens a session where there are sessions. */
  async function send(message: ReturnType<typeof call>, token?: string, url = RESOURCE) {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const accept = 'application/json, text/event-stream'
    const common = { 'content-type': 'application/json', accept, ...authorization }
    const post = (body: unknown, headers: Record<string, string> = {}) => {
      const init = {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { ...common, ...headers },
      }
      return ask(url, init)
    }
    if (modern) {
      const whole = modernMessage(message)
      return post(whole, modernHeaders(whole))
    }
    const opened = await post(opening(revision))
    const session = opened.headers.get('mcp-session-id')
    if (session === null) return opened
    await opened.body?.cancel()
    const version = { 'mcp-protocol-version': revision, 'mcp-session-id': session }
    return post(message, version)
  }

  const authorization = async (changes: Record<string, string> = {}) => ({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    state: 'a state',
    code_challenge: await codeChallenge(VERIFIER),
    code_challenge_method: 'S256',
    resource: RESOURCE,
    scope: 'notes:read',
    ...changes,
  })

  /** Signs in and gives the tokens. */
  async function granted(changes: Record<string, string> = {}) {
    const browser = new Browser(warder, ISSUER)
    const location = new URL(await browser.authorize(await authorization(changes)))
    const form = {
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      code: location.searchParams.get('code') ?? '',
      code_verifier: VERIFIER,
      resource: changes.resource ?? RESOURCE,
    }
    const body = new URLSearchParams(form)
    const response = await ask(`${ISSUER}/token`, { method: 'POST', body })
    return { location, tokens: await response.json() }
  }

  const challengeOf = (response: Response) => {
    const [challenge] = parseChallenges(response.headers.get('www-authenticate') ?? '')
    return { scheme: challenge?.scheme, ...challenge?.parameters }
  }

  describe('Authorization server', () => {
    it('MUST provide RFC 8414 metadata or OpenID discovery: both, with the issuer it was asked by', async () => {
      const oauth = await json(`${ISSUER}/.well-known/oauth-authorization-server`)
      expect(oauth.issuer).toBe(ISSUER)
      expect(await json(`${ISSUER}/.well-known/openid-configuration`)).toEqual(oauth)
    })

    it('MUST publish code_challenge_methods_supported, or clients refuse it', async () => {
      const { code_challenge_methods_supported } = await json(
        `${ISSUER}/.well-known/oauth-authorization-server`,
      )
      expect(code_challenge_methods_supported).toEqual(['S256'])
    })

    it('SHOULD support client id metadata documents and MAY support dynamic registration', async () => {
      const metadata = await json(`${ISSUER}/.well-known/oauth-authorization-server`)
      expect(metadata.client_id_metadata_document_supported).toBe(true)
      expect(metadata.registration_endpoint).toBe(`${ISSUER}/register`)
    })

    it('MUST require PKCE of public clients', async () => {
      const { code_challenge: _, ...parameters } = await authorization()
      const browser = new Browser(warder, ISSUER)
      const { response } = await browser.start(parameters)
      expect(response.status).toBe(400)
      expect(wordsOf(await response.text())).toContain('PKCE is required')
    })

    it('MUST match redirect URIs exactly; of a loopback address the port is free', async () => {
      const browser = new Browser(warder, ISSUER)
      const at = (redirect_uri: string) =>
        authorization({ redirect_uri }).then((p) => browser.start(p))
      expect((await at('http://127.0.0.1:50000/callback')).response.status).toBe(200)
      expect((await at('http://127.0.0.1:50000/callback/')).response.status).toBe(400)
      expect((await at('https://evil.test/callback')).response.status).toBe(400)
    })

    it('MUST display the redirect URI hostname, and warns of a client on this computer', async () => {
      const browser = new Browser(warder, ISSUER)
      const signedIn = await browser.signIn(await browser.start(await authorization()))
      const words = wordsOf(await signedIn.response.text())
      expect(words).toContain('127.0.0.1:49152')
      expect(words).toContain('on this computer')
      expect(words.toLowerCase()).toContain('unverified')
    })

    it('SHOULD send iss in every authorization response, errors included, and say so', async () => {
      const metadata = await json(`${ISSUER}/.well-known/oauth-authorization-server`)
      expect(metadata.authorization_response_iss_parameter_supported).toBe(true)
      const { location } = await granted()
      expect(location.searchParams.get('iss')).toBe(ISSUER)
      const browser = new Browser(warder, ISSUER)
      const page = await browser.signIn(await browser.start(await authorization()))
      const deny = { fields: { action: 'deny' } }
      const answer = await browser.submit(await page.response.text(), page.url, deny)
      const denied = new URL(answer.headers.get('location') ?? '')
      expect(denied.searchParams.get('error')).toBe('access_denied')
      expect(denied.searchParams.get('iss')).toBe(ISSUER)
      expect(denied.searchParams.get('state')).toBe('a state')
    })

    it('binds the token to the resource that was asked for, byte for byte', async () => {
      const { tokens } = await granted()
      const claims = JSON.parse(
        atob(tokens.access_token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')),
      )
      expect(claims.aud).toBe(RESOURCE)
      expect(claims.exp - claims.iat).toBeLessThanOrEqual(900)
    })

    it('MUST rotate refresh tokens of public clients, and gives them without offline_access', async () => {
      const { tokens } = await granted()
      const form = { grant_type: 'refresh_token', client_id: clientId, resource: RESOURCE }
      const body = new URLSearchParams({ ...form, refresh_token: tokens.refresh_token })
      const response = await ask(`${ISSUER}/token`, { method: 'POST', body })
      const renewed = await response.json()
      expect(renewed.refresh_token).toMatch(/^wrt_/)
      expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
    })
  })

  describe('MCP server', () => {
    it('MUST implement protected resource metadata with at least one authorization server', async () => {
      const metadata = await json(PATH_METADATA)
      expect(metadata.resource).toBe(RESOURCE)
      expect(metadata.authorization_servers).toEqual([ISSUER])
    })

    it('SHOULD NOT list more than basic use needs, nor offline_access', async () => {
      expect((await json(PATH_METADATA)).scopes_supported).toEqual(['notes:read'])
    })

    it('MUST answer 401 without a token, with where to learn more and which scope to ask for', async () => {
      const response = await send(call('read'))
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toEqual({
        scheme: 'Bearer',
        resource_metadata: PATH_METADATA,
        scope: 'notes:read',
      })
    })

    it('MUST answer 401 to a token that is malformed', async () => {
      const response = await send(call('read'), 'not-a-token')
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toMatchObject({
        error: 'invalid_token',
        resource_metadata: PATH_METADATA,
      })
    })

    it('MUST only accept tokens issued for itself', async () => {
      const { tokens } = await granted({ resource: OTHER })
      const seen = upstream.received.length
      const response = await send(call('read'), tokens.access_token)
      expect(response.status).toBe(401)
      expect(challengeOf(response)).toMatchObject({ error: 'invalid_token' })
      expect(upstream.received).toHaveLength(seen)
      const there = await answerOf(send(call('read'), tokens.access_token, OTHER))
      expect(there.result?.content).toBeDefined()
    })

    it('MUST NOT accept a token in the query string', async () => {
      const { tokens } = await granted()
      const response = await ask(`${RESOURCE}?access_token=${tokens.access_token}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(call('read')),
      })
      expect([400, 401]).toContain(response.status)
    })

    it('lets a good token in, and MUST NOT pass it on', async () => {
      const { tokens } = await granted()
      const seen = upstream.received.length
      const { result } = await answerOf(send(call('read'), tokens.access_token))
      expect(result?.content).toBeDefined()
      const passed = upstream.received.slice(seen)
      expect(passed.length).toBeGreaterThan(0)
      for (const { headers, text } of passed) {
        expect(headers.get('authorization')).toBeNull()
        expect([...headers].join() + text).not.toContain(tokens.access_token)
      }
    })

    it('SHOULD answer 403 insufficient_scope with every scope the operation needs, and lets a step-up in', async () => {
      const { tokens } = await granted()
      const refused = await send(call('write'), tokens.access_token)
      expect(refused.status).toBe(403)
      expect(challengeOf(refused)).toMatchObject({
        scheme: 'Bearer',
        error: 'insufficient_scope',
        scope: 'notes:write notes:read',
        resource_metadata: PATH_METADATA,
      })
      const stepped = await granted({ scope: 'notes:read notes:write' })
      const { result } = await answerOf(send(call('write'), stepped.tokens.access_token))
      expect(result?.content).toBeDefined()
    })

    it('MUST answer 401 to a token that was taken back', async () => {
      const { tokens } = await granted()
      const body = new URLSearchParams({ client_id: clientId, token: tokens.refresh_token })
      expect((await ask(`${ISSUER}/revoke`, { method: 'POST', body })).status).toBe(200)
      expect((await send(call('read'), tokens.access_token)).status).toBe(401)
    })

    it('MUST validate Origin, before anything else', async () => {
      const headers = { 'content-type': 'application/json', origin: 'https://evil.test' }
      const body = JSON.stringify(call('read'))
      expect((await ask(RESOURCE, { method: 'POST', headers, body })).status).toBe(403)
    })

    if (modern) {
      it('MUST refuse headers that disagree with the body: -32020', async () => {
        const { tokens } = await granted()
        const whole = modernMessage(call('write'))
        const headers = {
          ...modernHeaders(whole),
          'mcp-name': 'read',
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          authorization: `Bearer ${tokens.access_token}`,
        }
        const response = await ask(RESOURCE, {
          method: 'POST',
          headers,
          body: JSON.stringify(whole),
        })
        expect(response.status).toBe(400)
        expect((await answerOf(response)).error?.code).toBe(-32020)
      })
    } else {
      it('MUST NOT use a session id for authentication: another user’s token gets nothing', async () => {
        const { tokens } = await granted()
        const headers = {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        }
        const authorization = `Bearer ${tokens.access_token}`
        const opened = await ask(RESOURCE, {
          method: 'POST',
          headers: { ...headers, authorization },
          body: JSON.stringify(opening(revision)),
        })
        const session = opened.headers.get('mcp-session-id') ?? ''
        expect(session.length).toBeGreaterThanOrEqual(22)
        const stolen = await ask(RESOURCE, {
          method: 'POST',
          headers: { ...headers, 'mcp-session-id': session, 'mcp-protocol-version': revision },
          body: JSON.stringify(call('read')),
        })
        expect(stolen.status).toBe(401)
      })
    }
  })
})
