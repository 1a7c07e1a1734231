/** A protected MCP server with its authorization server, which counts what it is asked for. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { endLater } from './reaper.ts'

/** What was asked for. */
export interface CountingServer {
  readonly url: string
  readonly counts: { signIns: number; refreshes: number; reused: number; calls: number }
  /** A method and a path each. */
  readonly asked: string[]
  /** How long the next tokens are good, in seconds. */
  life: number
  /** Every token is refused from now on, until it is renewed. */
  expire(): void
}

/** Starts it. Refresh tokens are good once; to use one twice ends all that came of it. */
export async function startCountingServer(): Promise<CountingServer> {
  const counts = { signIns: 0, refreshes: 0, reused: 0, calls: 0 }
  const good = new Set<string>()
  const spent = new Set<string>()
  let [number, refresh] = [0, '']
  const counting: CountingServer & { life: number } = {
    url: '',
    counts,
    asked: [],
    life: 3600,
    expire: () => good.clear(),
  }

  function tokens(form: URLSearchParams): [number, object] {
    const given = form.get('refresh_token')
    if (given !== null) {
      if (spent.has(given)) counts.reused += 1
      if (given !== refresh || spent.has(given)) return [400, { error: 'invalid_grant' }]
      spent.add(given)
      counts.refreshes += 1
    } else counts.signIns += 1
    number += 1
    refresh = `refresh-${number}`
    good.add(`access-${number}`)
    const access_token = `access-${number}`
    const rest = { token_type: 'Bearer', expires_in: counting.life, refresh_token: refresh }
    return [200, { access_token, ...rest }]
  }

  function speak(message: { id?: unknown; method?: string }): object | undefined {
    if (message.id === undefined) return undefined
    counts.calls += 1
    const opened = {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'counting', version: '1' },
    }
    const called = { content: [{ type: 'text', text: 'called' }] }
    const results: Record<string, object> = { initialize: opened, 'tools/call': called }
    return {
      jsonrpc: '2.0',
      id: message.id,
      result: results[message.method ?? ''] ?? { tools: [] },
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = new URL(counting.url).origin
    const url = new URL(request.url ?? '/', origin)
    counting.asked.push(`${request.method} ${url.pathname}`)
    const body = Buffer.concat(await request.toArray()).toString()
    const send = (status: number, value?: object, headers: Record<string, string> = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(value === undefined ? undefined : JSON.stringify(value))
    }
    if (url.pathname === '/.well-known/oauth-protected-resource/mcp') {
      return send(200, { resource: counting.url, authorization_servers: [origin] })
    }
    if (url.pathname === '/.well-known/oauth-authorization-server') {
      return send(200, {
        ...{ issuer: origin, code_challenge_methods_supported: ['S256'] },
        ...{ authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/token` },
        ...{ registration_endpoint: `${origin}/register`, response_types_supported: ['code'] },
      })
    }
    if (url.pathname === '/register') {
      return send(201, { ...JSON.parse(body), client_id: 'counted' })
    }
    if (url.pathname === '/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      back.searchParams.set('code', 'a-code')
      back.searchParams.set('state', url.searchParams.get('state') ?? '')
      return send(302, undefined, { location: back.href })
    }
    if (url.pathname === '/token') return send(...tokens(new URLSearchParams(body)))
    if (request.method !== 'POST') return send(405)
    const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!good.has(token)) {
      const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`
      const challenge = `Bearer error="invalid_token", resource_metadata="${metadata}"`
      return send(401, undefined, {
        'www-authenticate':
          token === '' ? challenge.replace('error="invalid_token", ', '') : challenge,
      })
    }
    const said = speak(JSON.parse(body))
    return said === undefined ? send(202) : send(200, said)
  }

  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('It has no port.')
  Object.assign(counting, { url: `http://127.0.0.1:${address.port}/mcp` })
  endLater(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return counting
}
