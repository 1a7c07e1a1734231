/**
 * Whether two spellings are the same URI, as far as proofs of possession care: without query and
 * fragment, after the normalization that RFC 3986 defines for any URI and for the http schemes.
 *
 * Strings, not `URL`: that repairs what it is given (backslashes, tabs, other forms of an IP
 * address), and leaves percent-encodings as they are.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.3 | RFC 9449 §4.3}
 * @see {@link https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2 | RFC 3986 §6.2.2, §6.2.3}
 * @module
 */

/** Scheme, authority and path; what comes after them is not compared. */
const PARTS = /^(https?):\/\/([^/?#]*)([^?#]*)/i

/** A name or an address, and a port; no user name. */
const AUTHORITY = /^([a-z0-9_][a-z0-9._~-]*|\[[0-9a-f:.]+\])(?::(\d*))?$/i

/** Visible ASCII without the backslash, which some take for a slash. */
const PATH = /^[\x21-\x5b\x5d-\x7e]*$/

const ENCODED = /%[0-9a-f]{2}/gi
const UNRESERVED = /^[a-z0-9._~-]$/i

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

/**
 * The one spelling of an http or https URI, without its query and fragment; nothing if it is not
 * one, names a user, or has characters that need an encoding.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.3 | RFC 9449 §4.3}
 */
export function normalizeHtu(uri: string): string | undefined {
  const [, scheme = '', authority = '', path = ''] = PARTS.exec(uri) ?? []
  const [, host, port = ''] = AUTHORITY.exec(authority) ?? []
  if (host === undefined || !PATH.test(path)) return undefined
  const lowerScheme = scheme.toLowerCase()
  const shownPort = port === '' || port === DEFAULT_PORTS[lowerScheme] ? '' : `:${port}`
  return `${lowerScheme}://${host.toLowerCase()}${shownPort}${normalizePath(path)}`
}

/** The path of an absolute URI as it stands; nothing if it is not absolute. */
export function pathOf(uri: string): string | undefined {
  return PARTS.exec(uri)?.[3]
}

function normalizePath(path: string): string {
  const decoded = path.includes('%') ? path.replace(ENCODED, normalizeEncoding) : path
  return decoded.includes('/.') ? withoutDotSegments(decoded) : decoded || '/'
}

/** What needs no encoding is not encoded, and the digits of the rest are in upper case. */
function normalizeEncoding(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return UNRESERVED.test(character) ? character : encoded.toUpperCase()
}

/** {@link https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4 | RFC 3986 §5.2.4}, for an absolute path. */
function withoutDotSegments(path: string): string {
  const segments = path.split('/').slice(1)
  const kept: string[] = []
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '.') kept.push(segment)
  }
  // A dot at the end names the directory, and so leaves its slash.
  if (/^\.\.?$/.test(segments.at(-1) ?? '')) kept.push('')
  return `/${kept.join('/')}`
}
