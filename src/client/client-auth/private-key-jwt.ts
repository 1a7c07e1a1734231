/**
 * Clients that sign: what they send proves who they are to this one server, for a minute.
 *
 * The audience is the issuer and nothing else. A token endpoint comes from metadata, so an attacker's
 * metadata would choose whom the assertion is good for.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 | RFC 7523 §2.2}
 * @see {@link https://www.cve.org/CVERecord?id=CVE-2025-27370 | CVE-2025-27370}
 * @module
 */

import { importJWK, importPKCS8, type JWK } from 'jose'
import { type CryptoKey, PrivateKeyJwt } from 'oauth4webapi'
import { ConfigError } from '../../errors.ts'
import { Secret } from '../../vault/secret.ts'
import type { ClientAuthentication } from './client-authentication.ts'

/** What a client signs with. */
export interface PrivateKeyJwtOptions {
  /** A private key: imported already, a JWK, or PKCS #8 in PEM. */
  readonly key: CryptoKey | JWK | string | Secret<JWK | string>
  /** The algorithm; for a JWK that names its own it may be left out. */
  readonly alg?: string
  /** The key's name in the client's key set; that of the JWK unless told. */
  readonly kid?: string
}

/** Signs an assertion a request. The key is imported when it is first needed. */
export function privateKeyJwt(options: PrivateKeyJwtOptions): ClientAuthentication {
  let imported: Promise<{ key: CryptoKey; kid?: string }> | undefined
  return {
    method: 'private_key_jwt',
    sendsSecret: false,
    async apply(...request) {
      imported ??= importSigningKey(options)
      const { key, kid } = await imported
      await PrivateKeyJwt(kid === undefined ? key : { key, kid })(...request)
    },
  }
}

/** A key as the protocol library takes it. @throws {ConfigError} if it is none for its algorithm. */
export async function importSigningKey({ key, alg, kid }: PrivateKeyJwtOptions) {
  const material = key instanceof Secret ? key.reveal('private_key_jwt') : key
  try {
    if (typeof material === 'string') return named(await importPKCS8(material, alg ?? 'ES256'), kid)
    if (isCryptoKey(material)) return named(material, kid)
    const own = await importJWK(material, alg ?? material.alg ?? 'ES256')
    if (own instanceof Uint8Array) throw new TypeError('a symmetric key')
    return named(own, kid ?? material.kid)
  } catch (cause) {
    throw new ConfigError('clientAuth.key', 'is no private key for its algorithm.', undefined, {
      cause,
    })
  }
}

const named = (key: CryptoKey, kid: string | undefined) =>
  kid === undefined ? { key } : { key, kid }

const isCryptoKey = (key: CryptoKey | JWK): key is CryptoKey =>
  'algorithm' in key && 'usages' in key
