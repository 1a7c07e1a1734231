/**
 * Making a key, or a secret, to sign tokens with.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517 | RFC 7517}
 * @see {@link https://www.rfc-editor.org/rfc/rfc7638 | RFC 7638 (thumbprints)}
 * @module
 */

import { generateKeyPair, type JsonWebKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint } from 'jose'
import { type Platform, randomToken } from '../../platform.ts'
import { hmacBytes } from './key-kinds.ts'

/** What a new key is to be. */
export interface NewKeyKind {
  readonly alg: string
  readonly rsaBits: number
  /** The thumbprint unless told. */
  readonly kid?: string
}

/** A key that was made. */
export interface NewKey {
  readonly kid: string
  readonly privateJwk: JsonWebKey
  /** Nothing for a secret. */
  readonly publicJwk?: JsonWebKey
  /** Nothing for a secret. */
  readonly pem?: { readonly private: string; readonly public: string }
}

const generate = promisify(generateKeyPair)

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

type Maker = (kind: NewKeyKind) => Promise<Pair>

const curve = (namedCurve: string): Maker => {
  return () => generate('ec', { namedCurve })
}
const rsa: Maker = ({ rsaBits }) => generate('rsa', { modulusLength: rsaBits })

const pairs: ReadonlyMap<string, Maker> = new Map([
  ['ES256', curve('P-256')],
  ['ES384', curve('P-384')],
  ['ES512', curve('P-521')],
  ['EdDSA', () => generate('ed25519')],
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg): [string, Maker] => [
    alg,
    rsa,
  ]),
])

/** What a key can be made for. */
export const keyAlgorithms: readonly string[] = [...pairs.keys(), ...hmacBytes.keys()]

/** Makes a key for one of {@link keyAlgorithms}. */
export async function makeKey(kind: NewKeyKind, platform: Platform): Promise<NewKey> {
  const make = pairs.get(kind.alg)
  return make === undefined ? makeSecret(kind, platform) : makePair(kind, make)
}

/**
 * A secret has no thumbprint for an id: it would be in every token, and tell whoever guesses the
 * secret that the guess is right ({@link https://www.rfc-editor.org/rfc/rfc7638#section-7 | RFC 7638 §7}).
 */
function makeSecret({ alg, kid }: NewKeyKind, platform: Platform): NewKey {
  const k = randomToken(platform, hmacBytes.get(alg))
  const id = kid ?? optionSafe(() => randomToken(platform, 12))
  return { kid: id, privateJwk: { kty: 'oct', k, kid: id, alg, use: 'sig' } }
}

async function makePair(kind: NewKeyKind, make: Maker): Promise<NewKey> {
  const { publicKey, privateKey } = await make(kind)
  const kid = kind.kid ?? (await thumbprintOf(publicKey))
  if (kind.kid === undefined && kid.startsWith('-')) return makePair(kind, make)
  const named = { kid, alg: kind.alg, use: 'sig' }
  return {
    kid,
    privateJwk: { ...privateKey.export({ format: 'jwk' }), ...named },
    publicJwk: { ...publicKey.export({ format: 'jwk' }), ...named },
    pem: {
      private: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      public: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    },
  }
}

/** The id of a key that follows from the key. */
const thumbprintOf = (key: KeyObject): Promise<string> =>
  calculateJwkThumbprint(key.export({ format: 'jwk' }))

/** One in 64 would be taken for an option on a command line. */
function optionSafe(make: () => string): string {
  for (;;) {
    const made = make()
    if (!made.startsWith('-')) return made
  }
}
