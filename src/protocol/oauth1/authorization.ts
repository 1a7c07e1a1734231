/**
 * The `Authorization` header of an OAuth 1.0 request, read and written.
 *
 * The other two places for protocol parameters, a form and the query, are left out: they end up in
 * logs, and a request that may be signed in three places can be signed in two at once.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.5.1 | RFC 5849 §3.5.1}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { Parameter } from './parameters.ts'
import { percentDecode, percentEncode } from './percent-encoding.ts'

/** What the header says. */
export interface OAuth1Authorization {
  /** The protection realm; it is not signed. */
  readonly realm?: string
  /** All other parameters, decoded, each name once, in their order. */
  readonly parameters: readonly Parameter[]
}

/** `realm` may quote characters; everything else is percent-encoded and needs none. */
const PAIR = /([A-Za-z0-9\-._~%]+)="((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*)"/y
const SEPARATOR = /[ \t]*,[ \t]*/y

const REALM = /^[\x20-\x7e]*$/

/**
 * Reads what comes after the scheme.
 *
 * @throws {OAuthError} `invalid_request` if it is malformed or has a parameter twice.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.5.1 | RFC 5849 §3.5.1}
 */
export function parseOAuth1Authorization(credentials: string): OAuth1Authorization {
  const values = new Map<string, string>()
  let realm: string | undefined
  let at = 0
  while (true) {
    PAIR.lastIndex = at
    const [pair, encodedName = '', written = ''] = PAIR.exec(credentials) ?? []
    if (pair === undefined) throw malformed()
    at += pair.length
    if (/^realm$/i.test(encodedName)) {
      if (realm !== undefined) throw repeated()
      realm = written.replace(/\\(.)/g, '$1')
    } else {
      const name = decoded(encodedName)
      if (values.has(name)) throw repeated()
      values.set(name, decoded(written))
    }
    if (at === credentials.length) break
    SEPARATOR.lastIndex = at
    const [separator] = SEPARATOR.exec(credentials) ?? []
    if (separator === undefined) throw malformed()
    at += separator.length
  }
  return { ...(realm === undefined ? {} : { realm }), parameters: [...values] }
}

/**
 * Writes the header, with its scheme.
 *
 * @throws {TypeError} if the realm has characters other than printable ASCII.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.5.1 | RFC 5849 §3.5.1}
 */
export function formatOAuth1Authorization({ realm, parameters }: OAuth1Authorization): string {
  const pairs = parameters.map(
    ([name, value]) => `${percentEncode(name)}="${percentEncode(value)}"`,
  )
  if (realm === undefined) return `OAuth ${pairs.join(', ')}`
  if (!REALM.test(realm)) throw new TypeError('A realm must be printable ASCII.')
  return `OAuth ${[`realm="${realm.replace(/["\\]/g, '\\$&')}"`, ...pairs].join(', ')}`
}

/** Nothing that is signed needs controls, and logs suffer from them. */
function decoded(encoded: string): string {
  const text = percentDecode(encoded)
  if (text === undefined || /["\\]/.test(encoded) || /\p{Cc}/u.test(text)) throw malformed()
  return text
}

const malformed = () =>
  new OAuthError('invalid_request', 'The OAuth 1.0 parameters in the header are malformed.')

/** {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.2 | RFC 5849 §3.2} */
const repeated = () => new OAuthError('invalid_request', 'Send each OAuth 1.0 parameter once.')
