/**
 * Proofs of possession, on the side that makes them.
 *
 * Left out on purpose: `dpop_jkt` in authorization requests. The key would have to lie in the session
 * until the user comes back; PKCE binds the code already.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.2 | RFC 9449 §4.2}
 * @module
 */

import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from 'jose'
import type { CryptoKey } from 'oauth4webapi'
import { type Platform, randomToken } from '../platform.ts'
import { accessTokenHash } from '../protocol/dpop.ts'
import { Secret } from '../vault/secret.ts'

const ALGORITHM = 'ES256'

/** A request that wants a proof. */
export interface ProvingRequest {
  readonly method: string
  readonly url: string
  /** At a resource, the token that goes with it. */
  readonly accessToken?: string
}

/** Makes proofs with one key, and remembers the nonces that servers gave. */
export interface DpopSigner {
  /** The thumbprint of its public key. */
  readonly jkt: string
  /** The private key, if it can be kept outside this process. */
  readonly exported: Secret<JWK> | undefined
  proof(request: ProvingRequest): Promise<string>
  /** Remembers the nonce of an answer, and tells whether it brought a new one. */
  remember(url: string, headers: Headers): boolean
}

/** More servers than one key is used at. */
const MOST_ORIGINS = 100

/** A new key. One that may leave the process is made only if the store has to keep it. */
export async function createDpopKey(platform: Platform, leaves: boolean): Promise<DpopSigner> {
  const pair = await generateKeyPair(ALGORITHM, { extractable: leaves })
  const exported = leaves ? new Secret(await exportJWK(pair.privateKey)) : undefined
  return signer(pair.privateKey, await exportJWK(pair.publicKey), { platform, exported })
}

/** A key that was kept. @throws {TypeError} if it is none. */
export async function importDpopKey(platform: Platform, kept: Secret<JWK>): Promise<DpopSigner> {
  const jwk = kept.reveal('proofs of possession')
  const key = await importJWK({ ...jwk, ext: false }, ALGORITHM)
  if (key instanceof Uint8Array) throw new TypeError('A symmetric key proves nothing.')
  const { kty, crv, x, y } = jwk
  if (kty !== 'EC' || crv === undefined || x === undefined || y === undefined) {
    throw new TypeError('The kept key is not for ES256.')
  }
  return signer(key, { kty, crv, x, y }, { platform, exported: kept })
}

async function signer(
  key: CryptoKey,
  jwk: JWK,
  { platform, exported }: { platform: Platform; exported: Secret<JWK> | undefined },
): Promise<DpopSigner> {
  const nonces = new Map<string, string>()
  return {
    jkt: await calculateJwkThumbprint(jwk),
    exported,
    async proof({ method, url, accessToken }) {
      const { origin, pathname } = new URL(url)
      const nonce = nonces.get(origin)
      const ath = accessToken === undefined ? {} : { ath: await accessTokenHash(accessToken) }
      return new SignJWT({
        jti: randomToken(platform, 16),
        htm: method,
        htu: `${origin}${pathname}`,
        iat: Math.floor(platform.now() / 1000),
        ...(nonce === undefined ? {} : { nonce }),
        ...ath,
      })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'dpop+jwt', jwk })
        .sign(key)
    },
    remember(url, headers) {
      const nonce = headers.get('dpop-nonce')
      const { origin } = new URL(url)
      if (nonce === null || nonce.length > 1024 || nonces.get(origin) === nonce) return false
      if (nonces.size >= MOST_ORIGINS) nonces.clear()
      nonces.set(origin, nonce)
      return true
    },
  }
}
