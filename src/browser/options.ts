/**
 * What an application says of itself when it makes a client, and what follows from it.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { checkIssuer } from '../protocol/authorization-server-metadata.ts'
import { isLoopbackHost, unambiguousUrl } from '../protocol/uri.ts'

/** Who the page is, and what it wants. */
export interface BrowserClientOptions {
  /** The authorization server, byte for byte as it writes its own name. */
  readonly issuer: string
  readonly clientId: string
  /** Where the answer of a sign-in comes to, as it was registered; the root of this origin unless told. */
  readonly redirectUri?: string
  /** The API that the tokens are for ({@link https://www.rfc-editor.org/rfc/rfc8707 | RFC 8707}). */
  readonly resource?: string
  /** Asked for at every sign-in. With `openid` the page learns who it is. */
  readonly scopes?: readonly string[]
  /** Where tokens may be sent: at and below these addresses. `resource` unless told. */
  readonly apis?: readonly string[]
  /** Whether tokens are bound to a key that cannot leave this browser ({@link https://www.rfc-editor.org/rfc/rfc9449 | RFC 9449}). */
  readonly dpop?: boolean
  /** Whether a reload takes the user to the server and straight back if no other tab is open. True unless told. */
  readonly silentReturn?: boolean
  /** Where the server sends the user when they have signed out there too, if it can do that. */
  readonly postLogoutRedirectUri?: string
}

/** The options with everything that follows from them. */
export interface ClientSettings {
  readonly issuer: string
  readonly clientId: string
  readonly redirectUri: string
  readonly resource: string | undefined
  readonly scopes: readonly string[]
  readonly apis: readonly URL[]
  readonly dpop: boolean
  readonly silentReturn: boolean
  readonly postLogoutRedirectUri: string | undefined
  /** What is kept, locked and said under: no two clients of an origin share it. */
  readonly name: string
}

/**
 * Completes the options of a client.
 *
 * @throws {ConfigError} naming the option that is wrong.
 */
export function settle(options: BrowserClientOptions, page: string): ClientSettings {
  const { issuer, clientId, resource, dpop = false, silentReturn = true } = options
  checkIssuer(issuer)
  const { origin } = new URL(page)
  const redirectUri = options.redirectUri ?? `${origin}/`
  if (unambiguousUrl(redirectUri)?.origin !== origin) {
    const hint = 'Only this page could read what comes there.'
    throw new ConfigError('redirectUri', `must be an address of ${origin}, as it is written.`, hint)
  }
  const apis = options.apis ?? (resource === undefined ? [] : [resource])
  return {
    ...{ issuer, clientId, redirectUri, resource, dpop, silentReturn },
    scopes: options.scopes ?? [],
    apis: apis.map(apiUrl),
    postLogoutRedirectUri: options.postLogoutRedirectUri,
    name: `warder ${JSON.stringify([issuer, clientId, resource ?? '', dpop])}`,
  }
}

function apiUrl(api: string): URL {
  const url = unambiguousUrl(api)
  if (url === undefined) {
    throw new ConfigError('apis', 'must be absolute URLs, without fragment or user name.')
  }
  // What is sent in the clear, with a token in it, is anybody's.
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname))) {
    throw new ConfigError('apis', 'must be https URLs; on this computer, http will do.')
  }
  return url
}

/** Whether tokens may be sent to an address. */
export function isApi({ apis }: Pick<ClientSettings, 'apis'>, url: URL): boolean {
  const { origin, pathname, username, password } = url
  if (username !== '' || password !== '') return false
  return apis.some((api) => {
    const below = api.pathname.endsWith('/') ? api.pathname : `${api.pathname}/`
    return api.origin === origin && (pathname === api.pathname || pathname.startsWith(below))
  })
}
