/**
 * Redirect URIs: what may be registered, and which request matches a registration.
 *
 * An allow-list: https with a domain name, http on loopback, and private-use schemes. Matching is
 * simple string comparison; only the port of a loopback address is free. Patterns, wildcards and
 * IP literals other than loopback are left out on purpose.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8252#section-7 | RFC 8252 §7}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-2.1 | RFC 9700 §2.1}
 * @see {@link https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata | OpenID Connect Registration §2}
 * @module
 */

import { OAuthError } from '../errors.ts'
import { isDomainName, unambiguousUrl } from './uri.ts'

/** What kind of client asks, and what the operator allows. */
export interface RedirectUriPolicy {
  readonly applicationType: 'native' | 'web'
  /** Whether `http://localhost` counts as loopback ({@link https://www.rfc-editor.org/rfc/rfc8252#section-8.3 | RFC 8252 §8.3} advises against it; many MCP clients need it). */
  readonly allowLocalhost: boolean
}

/** Host, port, and the rest of an http URI on loopback. */
const LOOPBACK = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::([1-9][0-9]{0,4}))?([/?].*)?$/s

/** A scheme that is a domain name reversed ({@link https://www.rfc-editor.org/rfc/rfc8252#section-7.1 | RFC 8252 §7.1}). */
const REVERSED_DOMAIN = /^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+$/

/** Schemes of MCP clients that came without a domain name, and are in wide use all the same. */
export const wellKnownSchemes: readonly string[] = [
  'claude',
  'cursor',
  'vscode',
  'vscode-insiders',
  'windsurf',
]

/** `scheme:/path` or `scheme://name/path`: a hierarchy, so that nothing in it is code or data. */
const PRIVATE_USE = /^([a-z][a-z0-9+.-]*):\/(?:\/[^/?]|[^/]|$)/

/**
 * Refuses a redirect URI that must not be registered.
 *
 * Native clients may register https too: RFC 8252 §7.2 has them claim such URIs, a claim no
 * authorization server can check, and MCP clients register it beside loopback.
 *
 * @throws {OAuthError} `invalid_redirect_uri`
 */
export function checkRedirectUri(uri: string, policy: RedirectUriPolicy): void {
  const problem = problemOf(uri, policy)
  if (problem === undefined) return
  throw new OAuthError('invalid_redirect_uri', `A redirect URI ${problem}`, {
    detail: `redirect URI ${JSON.stringify(uri.slice(0, 200))}`,
  })
}

/** Parameters of an authorization response ({@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2 | RFC 6749 §4.1.2}). */
const ANSWERS: readonly string[] = ['code', 'state', 'iss', 'error']

function problemOf(uri: string, policy: RedirectUriPolicy): string | undefined {
  const url = unambiguousUrl(uri)
  if (url === undefined || uri.includes('*')) {
    return 'must be an absolute URI in canonical form, without user name, fragment or wildcard.'
  }
  // What comes twice is read differently by different clients.
  if (ANSWERS.some((name) => url.searchParams.has(name))) {
    return `must not have ${ANSWERS.join(', ')} in its query: the answer brings them.`
  }
  if (url.protocol === 'https:') {
    return isDomainName(url.hostname) ? undefined : 'with https must have a public domain name.'
  }
  if (policy.applicationType === 'web') {
    return 'must be https, unless the client registers with application_type native.'
  }
  if (url.protocol === 'http:') return problemOfLoopback(uri, policy)
  const scheme = PRIVATE_USE.exec(uri)?.[1] ?? ''
  return REVERSED_DOMAIN.test(scheme) || wellKnownSchemes.includes(scheme)
    ? undefined
    : 'must be https, http on 127.0.0.1 or [::1], or have a scheme like com.example.app.'
}

function problemOfLoopback(uri: string, policy: RedirectUriPolicy): string | undefined {
  const host = LOOPBACK.exec(uri)?.[1]
  if (host === undefined) return 'with http must be on 127.0.0.1 or [::1].'
  if (host === 'localhost' && !policy.allowLocalhost) return 'must name 127.0.0.1, not localhost.'
  return undefined
}

/**
 * Whether a requested redirect URI is one of those registered.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3 | RFC 9700 §4.1.3}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8252#section-7.3 | RFC 8252 §7.3}
 */
export function matchRedirectUri(
  registered: readonly string[],
  requested: string,
  policy: Pick<RedirectUriPolicy, 'allowLocalhost'>,
): boolean {
  const [, host, port = '80'] = LOOPBACK.exec(requested) ?? []
  if (host === undefined) return registered.includes(requested)
  // A setting that is off now holds for what was registered while it was on.
  if (host === 'localhost' && !policy.allowLocalhost) return false
  const wanted = withoutPort(requested)
  return Number(port) <= 65_535 && registered.some((uri) => withoutPort(uri) === wanted)
}

/** Whether a redirect URI leads to a program on the user's own computer by http. */
export function isLoopbackRedirectUri(uri: string): boolean {
  return LOOPBACK.test(uri)
}

/** Whether a redirect URI has a dotless scheme of an MCP client in wide use. */
export function hasWellKnownScheme(uri: string): boolean {
  return wellKnownSchemes.some((scheme) => uri.startsWith(`${scheme}:`))
}

/**
 * Where a redirect URI leads, for people: the host, or the scheme with its colon. The port of a
 * loopback address is left out, because it changes from one time to the next.
 */
export function redirectHost(uri: string): string {
  const url = new URL(uri)
  if (isLoopbackRedirectUri(uri)) return url.hostname
  return url.protocol === 'https:' ? url.host : url.protocol
}

function withoutPort(uri: string): string {
  const [, host, , rest = ''] = LOOPBACK.exec(uri) ?? []
  return host === undefined ? uri : `http://${host}${rest}`
}
