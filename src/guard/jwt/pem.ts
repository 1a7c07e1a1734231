/**
 * Public keys as most programs write them to files.
 *
 * Left out on purpose: certificates, whose end and whose issuer would have to be checked; the form of
 * PKCS #1, which says less and only some platforms read.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7468#section-13 | RFC 7468 §13}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { decodeBase64 } from '../../protocol/base64.ts'
import type { NowOrLater } from '../../protocol/now-or-later.ts'
import { signatureAlgorithms } from '../../protocol/signatures/algorithms.ts'
import { findNativeCrypto } from '../../protocol/signatures/native-crypto.ts'

const PUBLIC_KEY = /^\s*-----BEGIN PUBLIC KEY-----([\w+/=\s]+)-----END PUBLIC KEY-----\s*$/

/**
 * Reads a public key into a JWK.
 *
 * @throws {ConfigError} if it is none.
 */
export function jwkOfPem(pem: unknown, [alg = '']: readonly string[]): NowOrLater<unknown> {
  const [text, base64] = (typeof pem === 'string' ? PUBLIC_KEY.exec(pem) : undefined) ?? []
  if (text === undefined || base64 === undefined) throw noKey()
  const native = findNativeCrypto()
  if (native === undefined) return jwkByWebCrypto(base64, alg)
  try {
    return native.createPublicKey(text).export({ format: 'jwk' })
  } catch (cause) {
    throw noKey(cause)
  }
}

async function jwkByWebCrypto(base64: string, alg: string): Promise<unknown> {
  const algorithm = signatureAlgorithms.get(alg)
  const der = decodeBase64(base64.replace(/\s/g, ''))
  if (algorithm === undefined || der === undefined) throw noKey()
  try {
    const key = await crypto.subtle.importKey('spki', der, algorithm, true, ['verify'])
    const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', key)
    return { kty, crv, x, y, n, e }
  } catch (cause) {
    throw noKey(cause)
  }
}

const noKey = (cause?: unknown) =>
  new ConfigError(
    'keys.pem',
    'must be the text of a public key: -----BEGIN PUBLIC KEY-----',
    'openssl pkey -pubout makes it of a private key, openssl x509 -pubkey -noout of a certificate.',
    { cause },
  )
