/**
 * Proofs of possession: each request is signed with a key that cannot be taken out of the browser.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-4.2 | RFC 9449 §4.2}
 * @module
 */

import { base64url } from 'jose'
import type { ClientSettings } from './options.ts'
import { randomText } from './random-text.ts'
import type { BrowserSurroundings } from './surroundings.ts'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const

/** A request that is to be proven. */
export interface Provable {
  readonly method: string
  readonly url: string
  /** At an API: the token that is sent with it. */
  readonly accessToken?: string | undefined
}

/** Makes proofs with the key of this browser. */
export interface Prover {
  key(): Promise<CryptoKeyPair>
  prove(request: Provable): Promise<string>
  /** Remembers the nonce that an origin wants next ({@link https://www.rfc-editor.org/rfc/rfc9449#section-8 | §8}). */
  learn(url: string, headers: Headers): void
}

/** Makes the prover of a client. */
export function createProver(
  { name }: ClientSettings,
  { keys, platform }: Pick<BrowserSurroundings, 'keys' | 'platform'>,
): Prover {
  const nonces = new Map<string, string>()
  let finding: Promise<CryptoKeyPair> | undefined
  const key = () => {
    finding ??= findOrMake(name, keys).catch((error) => {
      finding = undefined
      throw error
    })
    return finding
  }
  return {
    key,
    async prove({ method, url, accessToken }) {
      const pair = await key()
      const { origin, pathname } = new URL(url)
      const nonce = nonces.get(origin)
      const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: await publicJwk(pair) }
      const claims = {
        jti: randomText(platform),
        htm: method,
        htu: `${origin}${pathname}`,
        iat: Math.floor(platform.now() / 1000),
        ...(nonce === undefined ? {} : { nonce }),
        ...(accessToken === undefined ? {} : { ath: await digest(accessToken) }),
      }
      const signed = `${encodeJson(header)}.${encodeJson(claims)}`
      const bytes = new TextEncoder().encode(signed)
      const signature = await crypto.subtle.sign(
        { ...ALGORITHM, hash: 'SHA-256' },
        pair.privateKey,
        bytes,
      )
      return `${signed}.${base64url.encode(new Uint8Array(signature))}`
    },
    learn(url, headers) {
      const nonce = headers.get('dpop-nonce')
      if (nonce !== null) nonces.set(new URL(url).origin, nonce)
    },
  }
}

async function findOrMake(name: string, keys: BrowserSurroundings['keys']): Promise<CryptoKeyPair> {
  const kept = await keys.find(name)
  if (kept !== undefined) return kept
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])
  return keys.add(name, pair)
}

/** The members that the thumbprint is made of, in its order ({@link https://www.rfc-editor.org/rfc/rfc7638#section-3.2 | RFC 7638 §3.2}). */
async function publicJwk({ publicKey }: CryptoKeyPair) {
  const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
  return { crv, kty, x, y }
}

/** The thumbprint of a key. */
export const thumbprintOf = async (pair: CryptoKeyPair): Promise<string> =>
  digest(JSON.stringify(await publicJwk(pair)))

const encodeJson = (value: unknown) => base64url.encode(JSON.stringify(value))

const digest = async (text: string) => {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return base64url.encode(new Uint8Array(bytes))
}
