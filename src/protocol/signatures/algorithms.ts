/**
 * The signature algorithms of JSON Web Algorithms, and the keys that each is for.
 *
 * Left out on purpose: `none`; ES256K and Ed448, which hardly any issuer uses and not every platform has.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.1 | RFC 7518 §3.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8037#section-3.1 | RFC 8037 §3.1}
 * @module
 */

/** The hash functions, as WebCrypto names them. */
type Hash = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** What is to be done with a key, in the words of WebCrypto. */
export type SignatureAlgorithm =
  | HmacAlgorithm
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: Hash }
  | { readonly name: 'RSA-PSS'; readonly hash: Hash; readonly saltLength: number }
  | { readonly name: 'ECDSA'; readonly hash: Hash; readonly namedCurve: Curve }
  | { readonly name: 'Ed25519' }

/** The same for a secret. */
export interface HmacAlgorithm {
  readonly name: 'HMAC'
  readonly hash: Hash
}

type Curve = 'P-256' | 'P-384' | 'P-521'

/** Every algorithm by the name that JOSE gives it. */
export const signatureAlgorithms: ReadonlyMap<string, SignatureAlgorithm> = new Map<
  string,
  SignatureAlgorithm
>([
  ['HS256', { name: 'HMAC', hash: 'SHA-256' }],
  ['HS384', { name: 'HMAC', hash: 'SHA-384' }],
  ['HS512', { name: 'HMAC', hash: 'SHA-512' }],
  ['RS256', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
  ['RS384', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }],
  ['RS512', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
  // RFC 7518 §3.5: the salt is as long as the hash.
  ['PS256', { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 }],
  ['PS384', { name: 'RSA-PSS', hash: 'SHA-384', saltLength: 48 }],
  ['PS512', { name: 'RSA-PSS', hash: 'SHA-512', saltLength: 64 }],
  ['ES256', { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' }],
  ['ES384', { name: 'ECDSA', hash: 'SHA-384', namedCurve: 'P-384' }],
  ['ES512', { name: 'ECDSA', hash: 'SHA-512', namedCurve: 'P-521' }],
  ['Ed25519', { name: 'Ed25519' }],
  ['EdDSA', { name: 'Ed25519' }],
])

/** Bytes of a coordinate of each curve, and of each half of its signatures ({@link https://www.rfc-editor.org/rfc/rfc7518#section-3.4 | §3.4}). */
export const coordinateBytes: Readonly<Record<Curve, number>> = {
  'P-256': 32,
  'P-384': 48,
  'P-521': 66,
}

/** Bytes that each hash function makes: the least that a secret must have ({@link https://www.rfc-editor.org/rfc/rfc7518#section-3.2 | §3.2}). */
export const hashBytes: Readonly<Record<Hash, number>> = {
  'SHA-256': 32,
  'SHA-384': 48,
  'SHA-512': 64,
}

const namesOf = (isWanted: (algorithm: SignatureAlgorithm) => boolean): readonly string[] =>
  [...signatureAlgorithms].flatMap(([name, algorithm]) => (isWanted(algorithm) ? [name] : []))

/** Algorithms whose verifier can sign as well. */
export const hmacAlgorithms = namesOf(({ name }) => name === 'HMAC')

/** Algorithms whose verifier cannot sign. */
export const publicKeyAlgorithms = namesOf(({ name }) => name !== 'HMAC')
