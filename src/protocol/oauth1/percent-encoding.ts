/**
 * The percent-encoding of OAuth 1.0: everything but the unreserved characters, in upper case.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.6 | RFC 5849 §3.6}
 * @module
 */

/** What `encodeURIComponent` leaves as it is, and this encoding does not. */
const RESERVED = /[!'()*]/g

/**
 * Encodes a text.
 *
 * @throws {URIError} if it holds half of a character, which has no UTF-8.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.6 | RFC 5849 §3.6}
 */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    RESERVED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/**
 * The text that was encoded; nothing if it is not percent-encoded UTF-8. Characters that should have
 * been encoded stand for themselves, `+` among them.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.6 | RFC 5849 §3.6}
 */
export function percentDecode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}
