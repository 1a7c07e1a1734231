/**
 * Nonces for proofs of possession that need no memory: the time at which one was made, and a keyed
 * hash of it, so that every process with the secret knows them all.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-8 | RFC 9449 §8, §9}
 * @module
 */

import { base64url } from 'jose'
import { ConfigError } from '../errors.ts'

/** A nonce that is good. */
export interface KnownNonce {
  /** In milliseconds since the epoch; before that it cannot have been in a proof. */
  readonly madeAt: number
  /** From when on it is refused. */
  readonly expiresAt: number
}

/** Makes nonces, and knows them again. */
export interface DpopNonces {
  create(): Promise<string>
  /** When a nonce was made; nothing if it is not one of these, or over. */
  find(nonce: unknown): Promise<KnownNonce | undefined>
}

/** What nonces are made with. */
export interface DpopNonceOptions {
  /** At least 32 bytes, the same in all processes that share the nonces. */
  readonly secret: Uint8Array
  /** Who asks for them; those of another are not known. */
  readonly audience: string
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number
  /** How long one is good, in seconds. */
  readonly lifetime: number
}

/** Milliseconds since the epoch, in eight bytes. */
const TIME_BYTES = 8
const HASH_BYTES = 32

/** How far ahead the clock of another process may be. */
const CLOCKS_APART = 10_000

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/**
 * Makes the nonces of one audience.
 *
 * @throws {ConfigError} if the secret is short.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-8 | RFC 9449 §8}
 */
export function createDpopNonces(options: DpopNonceOptions): DpopNonces {
  const { secret, audience, now, lifetime } = options
  if (!(secret instanceof Uint8Array) || secret.length < HASH_BYTES) {
    throw new ConfigError('dpop.nonces.secret', `must be at least ${HASH_BYTES} bytes.`)
  }
  const key = crypto.subtle.importKey('raw', new Uint8Array(secret), HMAC, false, [
    'sign',
    'verify',
  ])
  const purpose = new TextEncoder().encode(`dpop-nonce ${audience} `)

  const hashed = (time: Uint8Array): Uint8Array<ArrayBuffer> => {
    const input = new Uint8Array(purpose.length + time.length)
    input.set(purpose)
    input.set(time, purpose.length)
    return input
  }

  return {
    async create() {
      const nonce = new Uint8Array(TIME_BYTES + HASH_BYTES)
      new DataView(nonce.buffer).setBigUint64(0, BigInt(Math.floor(now())))
      const hash = await crypto.subtle.sign(HMAC, await key, hashed(nonce.subarray(0, TIME_BYTES)))
      nonce.set(new Uint8Array(hash), TIME_BYTES)
      return base64url.encode(nonce)
    },
    async find(nonce) {
      const bytes = typeof nonce === 'string' ? parse(nonce) : undefined
      if (bytes === undefined) return undefined
      const madeAt = Number(new DataView(bytes.buffer).getBigUint64(0))
      const expiresAt = madeAt + lifetime * 1000
      if (madeAt > now() + CLOCKS_APART || expiresAt <= now()) return undefined
      const time = hashed(bytes.subarray(0, TIME_BYTES))
      const isOurs = await crypto.subtle.verify(HMAC, await key, bytes.slice(TIME_BYTES), time)
      return isOurs ? { madeAt, expiresAt } : undefined
    },
  }
}

/** The characters of {@link TIME_BYTES} and {@link HASH_BYTES} in base64url. */
const NONCE = /^[\w-]{54}$/

function parse(nonce: string): Uint8Array<ArrayBuffer> | undefined {
  return NONCE.test(nonce) ? new Uint8Array(base64url.decode(nonce)) : undefined
}
