/**
 * The keys that sign, and the public set that others verify with.
 *
 * Rotation comes with its own issue; here one current key signs, and retired keys stay published
 * until what they signed is over.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 | RFC 7517 §5}
 * @module
 */

import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose'
import { WarderError } from '../../errors.ts'
import { eventMaker } from '../../events.ts'
import { type Platform, randomToken } from '../../platform.ts'
import { insert, type Store } from '../../store/store.ts'
import type { SigningKey } from '../../store/tables.ts'
import type { Vault } from '../../vault/index.ts'

/** The algorithm of new keys: small signatures, and signing is ten times cheaper than RS256. */
const ALGORITHM = 'ES256'

/** A key ready to sign with. */
export interface Signer {
  readonly kid: string
  readonly alg: string
  readonly key: CryptoKey
}

/** The signing keys of the server. */
export interface SigningKeys {
  /** The key that signs now. */
  signer(): Signer
  /** The public keys, as served. */
  jwks(): { readonly keys: readonly JWK[] }
}

/** What the keys lean on. */
export interface SigningKeyContext {
  readonly store: Store
  readonly vault: Vault
  readonly platform: Platform
}

/**
 * Loads the keys, making the first one if there is none.
 *
 * @throws {WarderError} `vault_error` if a stored key cannot be opened with this key-encryption key.
 */
export async function loadSigningKeys(context: SigningKeyContext): Promise<SigningKeys> {
  const stored = await currentKeys(context)
  const newest = stored.filter((key) => key.retiredAt === null).at(-1)
  if (newest === undefined)
    throw new WarderError('no_signing_key', 'There is no signing key in use.')
  const signer = await open(newest, context.vault)
  // One object for life, so that it is serialised once.
  const jwks = { keys: stored.map((key) => key.publicJwk) }
  return { signer: () => signer, jwks: () => jwks }
}

/** The stored keys, oldest first; the first one is made by whichever process gets there first. */
async function currentKeys(context: SigningKeyContext): Promise<readonly SigningKey[]> {
  const found = await context.store.list('signingKeys', {}, { limit: 100 })
  if (found.length > 0) return [...found].sort((a, b) => a.createdAt - b.createdAt)
  const key = await makeKey(context)
  const event = eventMaker(context.platform, randomToken(context.platform, 12))
  // The fact is the lock: of two processes on an empty store, one insert finds it taken.
  await context.store.write(
    [insert('facts', { id: 'first-signing-key', value: key.id }), insert('signingKeys', key)],
    [event('key.created', { keyId: key.id })],
  )
  return context.store.list('signingKeys', {}, { limit: 100 })
}

async function makeKey({ vault, platform }: SigningKeyContext): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const { kty, crv, x, y } = await exportJWK(publicKey)
  if (kty === undefined || crv === undefined || x === undefined || y === undefined) {
    throw new WarderError('no_signing_key', 'The platform made a key without coordinates.')
  }
  const kid = await calculateJwkThumbprint({ kty, crv, x, y })
  const place = { table: 'signingKeys', column: 'sealedPrivateJwk', row: kid }
  return {
    id: kid,
    alg: ALGORITHM,
    // Named members only: nothing private can slip into what is served.
    publicJwk: { kty, crv, x, y, kid, alg: ALGORITHM, use: 'sig' },
    sealedPrivateJwk: vault.seal(JSON.stringify(await exportJWK(privateKey)), place),
    createdAt: platform.now(),
    retiredAt: null,
  }
}

async function open(stored: SigningKey, vault: Vault): Promise<Signer> {
  const place = { table: 'signingKeys', column: 'sealedPrivateJwk', row: stored.id }
  const jwk: JWK = JSON.parse(vault.open(stored.sealedPrivateJwk, place))
  const key = await importJWK(jwk, stored.alg)
  if (key instanceof Uint8Array) {
    throw new WarderError('no_signing_key', 'A signing key must be asymmetric.')
  }
  return { kid: stored.id, alg: stored.alg, key }
}
