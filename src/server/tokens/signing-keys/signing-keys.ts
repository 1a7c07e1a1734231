/**
 * The keys that sign, and the public set that others verify with.
 *
 * Each process keeps what it has read and follows the store every few seconds. What a key is now
 * follows from its times, so a store that is away stops neither signing nor verifying.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 | RFC 7517 §5}
 * @module
 */

import type { JWK } from 'jose'
import type { JwtHeader, VerificationKey } from '../../../protocol/jwt.ts'
import { cannotCheckTokens } from '../../../protocol/jwt-claims.ts'
import type { Signer } from '../sign-jwt.ts'
import { keyCopy } from './key-copy.ts'
import { beginChain, keepInTime, keepLonger, type SigningKeyContext } from './key-upkeep.ts'

/** The signing keys of the server. */
export interface SigningKeys {
  /**
   * The key that signs now.
   *
   * @throws {WarderError} `no_signing_key` if none can be used here.
   */
  signer(): Signer
  /** The public keys, as served, the current one first; the same object until they change. */
  jwks(): { readonly keys: readonly JWK[] }
  /**
   * The key for the header of a token of ours while it is published; nothing if there is none. An
   * id that nobody knows leads to one look into the store a second.
   *
   * @throws {OAuthError} `temporarily_unavailable` if it is unknown and the store cannot be read.
   */
  find(header: JwtHeader): Promise<VerificationKey | undefined>
  /** Reads the keys again. */
  read(): Promise<void>
  /** Reads the keys again, and makes and removes those whose time has come. */
  follow(): Promise<void>
}

/**
 * Loads the keys, making the first one if there is none.
 *
 * @throws {WarderError} `vault_error` if a stored key cannot be opened with this key-encryption key.
 */
export async function loadSigningKeys(context: SigningKeyContext): Promise<SigningKeys> {
  await beginChain(context)
  const copy = keyCopy(context)
  await copy.read()
  // Before anything is signed that would outlive its key.
  if (await keepLonger(copy.rows(), context)) await copy.read()
  return {
    signer: copy.signer,
    jwks: copy.jwks,
    read: copy.read,
    async find({ kid, alg }) {
      if (kid === undefined) return undefined
      if (!copy.rows().some(({ id }) => id === kid)) await copy.readSeldom().catch(unavailable)
      const found = copy.verifier(kid)
      // RFC 8725 §3.1: the key has one algorithm, and a token cannot choose another.
      return found?.alg === alg ? found : undefined
    },
    async follow() {
      await copy.read()
      if (await keepInTime(copy.rows(), context)) await copy.read()
    },
  }
}

function unavailable(cause: unknown): never {
  throw cannotCheckTokens(`the keys cannot be read: ${String(cause)}`, cause)
}
