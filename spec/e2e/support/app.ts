/** An application with a user at a browser: it sends them to Warder, and hears where they come back. */

import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { Installation } from './installation.ts'
import { endLater } from './reaper.ts'

export interface App {
  readonly origin: string
  /** Every address that browsers came back to, oldest first. */
  readonly answers: readonly URL[]
  /** Where the user begins; a verifier of its own for every time. */
  begin(parameters?: Readonly<Record<string, string>>): URL
  /** Exchanges the code of the last answer for tokens. */
  redeem(): Promise<Record<string, unknown>>
}

export interface AppOptions {
  readonly name: string
  readonly mount?: string
  /** Where the callback sends the browser next; a page of its own unless told. */
  readonly onward?: string
}

/** Starts an application, which registers itself. */
export async function startApp(installation: Installation, options: AppOptions): Promise<App> {
  const { name, mount = 'everything', onward } = options
  const answers: URL[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', origin)
    if (url.pathname === '/callback') answers.push(url)
    const hasAnswer = url.pathname === '/callback' && onward !== undefined
    response.writeHead(hasAnswer ? 303 : 200, {
      'content-type': 'text/html',
      ...(hasAnswer ? { location: onward } : {}),
    })
    // An icon of its own, so that the browser looks for none.
    response.end('<!doctype html><link rel="icon" href="data:,"><title>App</title><h1>Welcome</h1>')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  endLater(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('It has no port.')
  const origin = `http://127.0.0.1:${address.port}`
  const redirect_uri = `${origin}/callback`
  const registered = await fetch(`${installation.issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: name,
      redirect_uris: [redirect_uri],
      token_endpoint_auth_method: 'none',
    }),
  })
  const { client_id }: { client_id: string } = await registered.json()
  let code_verifier = ''
  return {
    origin,
    answers,
    begin(parameters = {}) {
      code_verifier = randomBytes(32).toString('base64url')
      const url = new URL(`${installation.issuer}/authorize`)
      const code_challenge = createHash('sha256').update(code_verifier).digest('base64url')
      const query = {
        ...{ response_type: 'code', client_id, redirect_uri, code_challenge },
        ...{ code_challenge_method: 'S256', state: 's', resource: installation.mcp(mount) },
        ...parameters,
      }
      url.search = String(new URLSearchParams(query))
      return url
    },
    async redeem() {
      const code = answers.at(-1)?.searchParams.get('code') ?? ''
      const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri,
        client_id,
        code_verifier,
      }
      const body = new URLSearchParams(form)
      const response = await fetch(`${installation.issuer}/token`, { method: 'POST', body })
      if (!response.ok) throw new Error(await response.text())
      return response.json()
    },
  }
}
