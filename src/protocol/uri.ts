/**
 * URIs that every parser reads alike, and the hosts in them.
 *
 * Attacks on redirect URIs and client identifiers live where two parsers differ. So nothing is
 * repaired here: a string passes only if it holds the characters of RFC 3986 and the URL parser of
 * the platform would write it exactly as it stands.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc3986 | RFC 3986}
 * @see {@link https://url.spec.whatwg.org/ | WHATWG URL}
 * @module
 */

const MAX_LENGTH = 2048

/** Scheme, then the characters of RFC 3986 without `#`, percent-encodings whole. */
const URI_CHARACTERS = /^[a-z][a-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=[\]]|%[0-9A-Fa-f]{2})*$/

/** An encoded control character; no URI needs one, and headers and logs suffer from them. */
const ENCODED_CONTROL = /%(?:[01][0-9A-Fa-f]|7[Ff])/

/** A dot segment in the path; `..;` is one to servers that know path parameters. */
const DOT_SEGMENT = /^[^?]*\/\.{1,2}(?:[;/?]|$)/

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const DOMAIN_NAME = new RegExp(`^(?=.{1,253}$)(?:${LABEL}\\.)*${LABEL}$`)

/** The URL of a string without fragment and user name that no two parsers read in two ways. */
export function unambiguousUrl(uri: string): URL | undefined {
  if (uri.length > MAX_LENGTH || !URI_CHARACTERS.test(uri) || !URL.canParse(uri)) return undefined
  if (ENCODED_CONTROL.test(uri) || DOT_SEGMENT.test(uri)) return undefined
  const url = new URL(uri)
  if (url.username !== '' || url.password !== '') return undefined
  // The parser adds the slash of an empty path. Whatever else it changes, others read otherwise.
  return url.href === uri || url.href === `${uri}/` ? url : undefined
}

/** Whether a host is this computer itself, in one of the three spellings that are certain. */
export function isLoopbackHost(host: string): boolean {
  return host === '127.0.0.1' || host === '[::1]' || host === 'localhost'
}

/**
 * Whether a host is a name that the public DNS could know: no IP literal, no trailing dot, not
 * `localhost` or below it.
 */
export function isDomainName(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost')) return false
  // A name that ends in a number is an IPv4 address to a URL parser.
  return DOMAIN_NAME.test(host) && !/(?:^|\.)\d+$/.test(host)
}
