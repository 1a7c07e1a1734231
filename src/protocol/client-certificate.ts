/**
 * Client certificates that somebody else has checked: as a proxy passes them on, and as tokens name
 * them.
 *
 * Nothing in a certificate is read. Whoever ends TLS has checked that the caller holds its key; a
 * token that is bound to it names its hash, and so brings whatever trust is needed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-3 | RFC 8705 §3}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9440 | RFC 9440}
 * @module
 */

import { base64url } from 'jose'
import { decodeBase64 } from './base64.ts'

/** Certificates with long lists of names have some 10 kB. */
const MOST_CHARACTERS = 65_536

/**
 * The DER form of the certificate in a `Client-Cert` header. Only for a header from a proxy that is
 * known, and that takes away what callers send under this name.
 *
 * @throws {SyntaxError} if it is not one certificate between colons: a mistake of the proxy.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9440#section-2.2 | RFC 9440 §2.2}
 */
export function parseClientCert(header: string): Uint8Array {
  const isQuoted = header.length > 2 && header.startsWith(':') && header.endsWith(':')
  const der =
    isQuoted && header.length <= MOST_CHARACTERS ? decodeBase64(header.slice(1, -1)) : undefined
  if (der !== undefined && isSequence(der)) return der
  throw new SyntaxError('The Client-Cert header is not a certificate in base64 between colons.')
}

/**
 * What `x5t#S256` is for a certificate: the SHA-256 of its DER form.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-3.1 | RFC 8705 §3.1}
 */
export async function certificateThumbprint(der: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(der))
  return base64url.encode(new Uint8Array(digest))
}

/** Whether it is one DER sequence and nothing else, so that no hash is taken of half a certificate. */
function isSequence(der: Uint8Array): boolean {
  const [tag, first = 0] = der
  // 0x80 would leave the length open, which DER does not.
  if (tag !== 0x30 || first === 0x80) return false
  if (first < 0x80) return der.length === 2 + first
  const lengthBytes = der.subarray(2, 2 + (first & 0x7f))
  const length = lengthBytes.reduce((value, byte) => value * 256 + byte, 0)
  return der.length === 2 + lengthBytes.length + length
}
