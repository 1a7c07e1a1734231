/**
 * The RSA keys of the RSA methods.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.3 | RFC 5849 §3.4.3}
 * @module
 */

import { decodeBase64 } from '../base64.ts'
import { isStrongRsaKey } from '../signatures/key-strength.ts'
import { hashOf, needsRsaKey, type SignatureMethod } from './signature-method.ts'

/** The signature scheme of RSA keys here, as Web Crypto names it. */
export const RSA = 'RSASSA-PKCS1-v1_5'

const PEM = /^-----BEGIN (PUBLIC|PRIVATE) KEY-----([A-Za-z0-9+/=\s]+)-----END \1 KEY-----$/

/**
 * Reads an RSA key in PEM: a public one (SPKI), to verify with, or a private one (PKCS #8), to sign
 * with. It is good for the one method.
 *
 * @throws {TypeError} if it is not an RSA key of 2048 to 4096 bits, or the method needs none.
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.3 | RFC 5849 §3.4.3}
 */
export async function importRsaKey(method: SignatureMethod, pem: string): Promise<CryptoKey> {
  if (!needsRsaKey(method)) throw new TypeError(`${method} needs secrets, not a key.`)
  const [, kind, text = ''] = PEM.exec(pem.trim()) ?? []
  const der = decodeBase64(text.replace(/\s/g, ''))
  if (kind === undefined || der === undefined) throw notRsa()
  const algorithm = { name: RSA, hash: hashOf(method) }
  let key: CryptoKey
  try {
    key = await (kind === 'PUBLIC'
      ? crypto.subtle.importKey('spki', der, algorithm, false, ['verify'])
      : crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']))
  } catch (cause) {
    throw notRsa(cause)
  }
  if (!isStrongRsaKey(key)) throw notRsa()
  return key
}

const notRsa = (cause?: unknown) =>
  new TypeError('The key must be an RSA key of 2048 to 4096 bits, in PEM.', { cause })
