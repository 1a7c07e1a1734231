/**
 * The credentials of HTTP Basic: a name and a password in one text.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7617#section-2 | RFC 7617 §2}
 * @module
 */

import { OAuthError } from '../errors.ts'
import { decodeBase64, encodeBase64 } from './base64.ts'

/** A name and a password, as they were typed. */
export interface BasicCredentials {
  readonly username: string
  readonly password: string
}

/** Room for an address, and for a password longer than anybody takes. */
const LONGEST = 8_192

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads what comes after the scheme. The first colon ends the name; a password may have more.
 *
 * @throws {OAuthError} `invalid_request` if it is not base64 in its one spelling, not UTF-8, without a
 * colon, or has control characters.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7617#section-2 | RFC 7617 §2}
 */
export function parseBasicCredentials(credentials: string): BasicCredentials {
  const bytes = credentials.length > LONGEST ? undefined : decodeBase64(credentials)
  if (bytes === undefined) throw malformed()
  let pair: string
  try {
    pair = utf8.decode(bytes)
  } catch (cause) {
    throw malformed(cause)
  }
  const colon = pair.indexOf(':')
  if (colon < 0 || /\p{Cc}/u.test(pair)) throw malformed()
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1) }
}

/**
 * Writes credentials, with the scheme.
 *
 * @throws {TypeError} if the name has a colon, or one of the two a control character.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7617#section-2 | RFC 7617 §2}
 */
export function formatBasicCredentials({ username, password }: BasicCredentials): string {
  if (username.includes(':')) throw new TypeError('A name with a colon would end there.')
  if (/\p{Cc}/u.test(username + password)) throw new TypeError('Control characters cannot be sent.')
  return `Basic ${encodeBase64(new TextEncoder().encode(`${username}:${password}`))}`
}

/**
 * Writes the credentials of a client, which are encoded first (RFC 6749 Appendix B): but only what decoding
 * would change, and the colon that would end the name, because not every server decodes.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 | RFC 6749 §2.3.1}
 */
export const formatClientCredentials = (clientId: string, secret: string): string =>
  formatBasicCredentials({ username: formEncode(clientId), password: formEncode(secret) })

const formEncode = (value: string): string =>
  value.replace(/[^A-Za-z0-9\-._~!$'()*,/=?@]/gu, encodeURIComponent)

/** Nothing of it is repeated: it is a password. */
const malformed = (cause?: unknown) =>
  new OAuthError(
    'invalid_request',
    'The Basic credentials are not base64 of a UTF-8 name, a colon and a password.',
    { cause },
  )
