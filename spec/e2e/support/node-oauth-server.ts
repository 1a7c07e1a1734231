/**
 * An authorization server made with `@node-oauth/oauth2-server`, as people mount it: two endpoints, no
 * metadata, no `iss`, everything kept in memory. Whoever comes to it is signed in as alice.
 */

import { createServer } from 'node:http'
import OAuth2Server from '@node-oauth/oauth2-server'
import { endLater } from './reaper.ts'

/** A client that it knows. */
export interface KnownClient extends OAuth2Server.Client {
  /** Without one it is a public client. */
  readonly secret?: string
  readonly grants: string[]
  readonly redirectUris?: string[]
}

/** A server that is listening. */
export interface NodeOAuthServer {
  readonly origin: string
  /** What was asked of it: a method and a path each. */
  readonly asked: string[]
}

/** How long its access tokens are good, in seconds. */
export const LIFE_SECONDS = 600

/** The scopes that it gives. */
const SCOPES = ['read', 'write']

/** What the library leaves to whoever uses it: finding and keeping. */
function modelOf(clients: readonly KnownClient[]) {
  const codes = new Map<string, OAuth2Server.AuthorizationCode>()
  const refreshable = new Map<string, OAuth2Server.RefreshToken>()
  const model: OAuth2Server.AuthorizationCodeModel &
    OAuth2Server.RefreshTokenModel &
    OAuth2Server.ClientCredentialsModel = {
    async getClient(id, secret: string | null | undefined) {
      const client = clients.find((each) => each.id === id)
      // It passes null where a client only asks for a sign-in, and proves nothing yet.
      const isProven = secret === null || client?.secret === (secret || undefined)
      return isProven && client
    },
    getUserFromClient: async ({ id }) => ({ id }),
    validateScope: async (_, __, scope = []) =>
      scope.every((each) => SCOPES.includes(each)) && scope,
    async saveAuthorizationCode(code, client, user) {
      const saved = { ...code, client, user }
      codes.set(code.authorizationCode, saved)
      return saved
    },
    getAuthorizationCode: async (code) => codes.get(code),
    revokeAuthorizationCode: async ({ authorizationCode }) => codes.delete(authorizationCode),
    async saveToken(token, client, user) {
      const { refreshToken } = token
      const saved = { ...token, client, user }
      if (refreshToken !== undefined) refreshable.set(refreshToken, { ...saved, refreshToken })
      return saved
    },
    getRefreshToken: async (token) => refreshable.get(token),
    revokeToken: async ({ refreshToken }) => refreshable.delete(refreshToken),
    getAccessToken: async () => undefined,
  }
  return model
}

/** Starts it; it ends with the tests of the file. */
export async function startNodeOAuthServer(
  clients: readonly KnownClient[],
): Promise<NodeOAuthServer> {
  const oauth = new OAuth2Server({
    model: modelOf(clients),
    accessTokenLifetime: LIFE_SECONDS,
    requireClientAuthentication: { authorization_code: true, refresh_token: false },
    authenticateHandler: { handle: () => ({ id: 'alice' }) },
  })
  const asked: string[] = []
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://server')
    asked.push(`${incoming.method} ${url.pathname}`)
    const form = new URLSearchParams(Buffer.concat(await incoming.toArray()).toString())
    const [query, body] = [Object.fromEntries(url.searchParams), Object.fromEntries(form)]
    const { method = 'GET' } = incoming
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    )
    const request = new OAuth2Server.Request({ headers, method, query, body })
    const response = new OAuth2Server.Response()
    const endpoints: Readonly<Record<string, () => Promise<unknown>>> = {
      '/authorize': () => oauth.authorize(request, response),
      '/token': () => oauth.token(request, response),
    }
    const answered = endpoints[url.pathname]?.().catch(() => {})
    // What it throws, it has put into the response before.
    await answered
    outgoing.writeHead(answered === undefined ? 404 : (response.status ?? 500), {
      'content-type': 'application/json',
      ...response.headers,
    })
    outgoing.end(JSON.stringify(response.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('It has no port.')
  endLater(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { origin: `http://127.0.0.1:${address.port}`, asked }
}
