/**
 * Making key pairs, and opening what is kept of them.
 *
 * Uses `node:crypto`: what signs is its `KeyObject`, which cannot be printed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-6 | RFC 7518 §6}
 * @module
 */

import { createPrivateKey, generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint } from 'jose'
import { WarderError } from '../../../errors.ts'
import { importVerificationKey } from '../../../protocol/jwk.ts'
import type { VerificationKey } from '../../../protocol/jwt.ts'
import type { SigningKey } from '../../../store/tables.ts'
import type { Place, Vault } from '../../../vault/index.ts'
import { createSigner, type Signer, type SigningAlgorithm, signingAlgorithms } from '../sign-jwt.ts'

/** What a new key is to be. */
export interface KeyKind {
  readonly alg: SigningAlgorithm
  /** The size of an RS256 key. */
  readonly rsaBits: number
}

/** What of a row is the key itself. */
export type KeyMaterial = Pick<SigningKey, 'id' | 'alg' | 'publicJwk' | 'sealedPrivateJwk'>

/** The members of each kind of public key. Nothing else is ever served. */
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use']

const generate = promisify(generateKeyPair)

/** Makes a key pair. Its id is the thumbprint of its public half ({@link https://www.rfc-editor.org/rfc/rfc7638 | RFC 7638}). */
export async function makeKey({ alg, rsaBits }: KeyKind, vault: Vault): Promise<KeyMaterial> {
  const { publicKey, privateKey } = await keyPair(alg, rsaBits)
  const jwk = publicKey.export({ format: 'jwk' })
  const kid = await calculateJwkThumbprint(jwk)
  // One in 64 would be taken for an option on a command line.
  if (kid.startsWith('-')) return makeKey({ alg, rsaBits }, vault)
  return {
    id: kid,
    alg,
    publicJwk: publicPart({ ...jwk, kid, alg, use: 'sig' }),
    sealedPrivateJwk: vault.seal(
      JSON.stringify(privateKey.export({ format: 'jwk' })),
      placeOf(kid),
    ),
  }
}

function keyPair(
  alg: SigningAlgorithm,
  rsaBits: number,
): Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }> {
  switch (alg) {
    case 'ES256':
      return generate('ec', { namedCurve: 'P-256' })
    case 'RS256':
      return generate('rsa', { modulusLength: rsaBits })
    case 'EdDSA':
      return generate('ed25519')
  }
}

/** The named public members of a key, whatever else is there. */
export function publicPart(jwk: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    PUBLIC_MEMBERS.flatMap((name) => (typeof jwk[name] === 'string' ? [[name, jwk[name]]] : [])),
  )
}

/**
 * Opens the private half of a stored key.
 *
 * @throws {WarderError} `vault_error` if it cannot be opened with this key-encryption key.
 */
export async function openSigner(stored: SigningKey, vault: Vault): Promise<Signer> {
  const place = placeOf(stored.id)
  const jwk: JsonWebKey = JSON.parse(await vault.reveal(stored.sealedPrivateJwk, place, 'signing'))
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  return createSigner({ kid: stored.id, alg: algorithmOf(stored), key })
}

/** The public half of a stored key, for verifying with the one algorithm it is for. */
export async function openVerifier(stored: SigningKey): Promise<VerificationKey> {
  const key = await importVerificationKey(publicPart(stored.publicJwk), [algorithmOf(stored)])
  if (key === undefined) throw unusable(stored, 'is no sound public key')
  return key
}

function algorithmOf(stored: SigningKey): SigningAlgorithm {
  const alg = signingAlgorithms.find((known) => known === stored.alg)
  if (alg === undefined) throw unusable(stored, `is for ${stored.alg}, which is unknown here`)
  return alg
}

const unusable = ({ id }: SigningKey, why: string) =>
  new WarderError('signing_key_error', 'A signing key cannot be used.', {
    detail: `key ${id} ${why}`,
  })

/** Where the private half is kept; it opens nowhere else. */
const placeOf = (kid: string): Place => ({
  table: 'signingKeys',
  column: 'sealedPrivateJwk',
  row: kid,
})
