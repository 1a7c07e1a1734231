/** A backend for the frontend with an authorization server and an API behind it, and browsers before it. */

import { type Bff, type BffOptions, createBff } from 'warder/bff'
import { clientSecret, createClient, memoryGrantStore } from 'warder/client'
import { Secret } from 'warder/vault'
import { API, ISSUER } from './authorization-server.ts'
import type { Browser } from './browser.ts'
import { type PageWorld, pageWorld } from './page-world.ts'

/** Where the page is. */
export const ORIGIN = 'https://app.test'

export interface BffWorld extends PageWorld {
  readonly bff: Bff
  readonly grants: ReturnType<typeof memoryGrantStore>
  visitor(): Visitor
}

/** Somebody's browser, at the page. */
export interface Visitor {
  readonly cookies: Map<string, string>
  /** Navigates, or has a script of the page ask. */
  go(path: string, init?: RequestInit): Promise<Response>
  ask(path: string, init?: RequestInit): Promise<Response>
  /** Goes to sign in, and gives the address that the server sends them back to. */
  answer(returnTo?: string, username?: string): Promise<string>
  signIn(returnTo?: string, username?: string): Promise<Response>
}

export async function bffWorld(changes: Partial<BffOptions> = {}): Promise<BffWorld> {
  const world = await pageWorld()
  const { platform } = world
  const { secret } = await world.clients.add({
    id: 'app',
    resources: null,
    metadata: {
      client_name: 'app',
      redirect_uris: [`${ORIGIN}/bff/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
    },
  })
  const grants = memoryGrantStore()
  const client = createClient({
    ...{ issuer: ISSUER, resource: API, platform, store: grants },
    clientId: 'app',
    clientAuth: clientSecret(secret?.reveal('testing') ?? ''),
    redirectUri: `${ORIGIN}/bff/callback`,
    scope: ['openid', 'bills:read'],
    offline: false,
    fetch: async (input: RequestInfo | URL, init?: RequestInit) =>
      world.answer(new Request(input, init)),
  })
  const bff = createBff({
    ...{ client, origin: ORIGIN, platform, store: grants },
    secret: new Secret(new Uint8Array(32).fill(9)),
    apis: { bills: `${API}bills` },
    ...changes,
  })
  return Object.assign(world, { bff, grants, visitor: () => makeVisitor(bff, world.browser()) })
}

function makeVisitor(bff: Bff, server: Browser): Visitor {
  const cookies = new Map<string, string>()
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers)
    const pairs = [...cookies].map(([name, value]) => `${name}=${value}`)
    if (pairs.length > 0 && !headers.has('cookie')) headers.set('cookie', pairs.join('; '))
    const response = await bff.fetch(new Request(new URL(path, ORIGIN), { ...init, headers }))
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }
  const visitor: Visitor = {
    cookies,
    go: (path, init = {}) => {
      const headers = { 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' }
      return send(path, { ...init, headers: { ...headers, ...Object(init.headers) } })
    },
    ask: (path, init = {}) => {
      const headers = { 'x-csrf': '1', 'sec-fetch-site': 'same-origin' }
      return send(path, { ...init, headers: { ...headers, ...Object(init.headers) } })
    },
    async answer(returnTo = '/', username) {
      const query = new URLSearchParams({ returnTo })
      const sent = await visitor.go(`/bff/login?${query}`)
      const url = new URL(sent.headers.get('location') ?? '')
      return server.authorize(Object.fromEntries(url.searchParams), username)
    },
    async signIn(returnTo, username) {
      const back = new URL(await visitor.answer(returnTo, username))
      return visitor.go(`${back.pathname}${back.search}`, {
        headers: { 'sec-fetch-site': 'cross-site' },
      })
    },
  }
  return visitor
}
