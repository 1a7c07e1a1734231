/**
 * Public keys as most programs write them to files.
 *
 * Left out on purpose: certificates, whose end and whose issuer would have to be checked; the form of
 * PKCS #1, which says less and only some platforms read.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7468#section-13 | RFC 7468 §13}
 * @module
 */

import { exportJWK, importSPKI } from 'jose'
import { ConfigError } from '../../errors.ts'
import type { NowOrLater } from '../../protocol/now-or-later.ts'
import { findNativeCrypto } from '../../protocol/signatures/native-crypto.ts'

const PUBLIC_KEY = /^\s*-----BEGIN PUBLIC KEY-----[\w+/=\s]+-----END PUBLIC KEY-----\s*$/

/**
 * Reads a public key into a JWK.
 *
 * @throws {ConfigError} if it is none.
 */
export function jwkOfPem(pem: unknown, [alg = '']: readonly string[]): NowOrLater<unknown> {
  if (typeof pem !== 'string' || !PUBLIC_KEY.test(pem)) throw noKey()
  const native = findNativeCrypto()
  if (native === undefined) return jwkByWebCrypto(pem, alg)
  try {
    return native.createPublicKey(pem).export({ format: 'jwk' })
  } catch (cause) {
    throw noKey(cause)
  }
}

async function jwkByWebCrypto(pem: string, alg: string): Promise<unknown> {
  try {
    const { kty, crv, x, y, n, e } = await exportJWK(
      await importSPKI(pem.trim(), alg, { extractable: true }),
    )
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
