/**
 * Which algorithms a key is for.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.1 | RFC 7518 §3.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8037#section-3.1 | RFC 8037 §3.1}
 * @module
 */

import type { KeyObject } from 'node:crypto'

/** A kind of key: as people call it, and what it can sign, the most usual first. */
export interface KeyKind {
  readonly name: string
  readonly algorithms: readonly string[]
}

const curves: ReadonlyMap<unknown, KeyKind> = new Map([
  ['prime256v1', { name: 'EC P-256', algorithms: ['ES256'] }],
  ['secp384r1', { name: 'EC P-384', algorithms: ['ES384'] }],
  ['secp521r1', { name: 'EC P-521', algorithms: ['ES512'] }],
])

const ed25519: KeyKind = { name: 'Ed25519', algorithms: ['EdDSA', 'Ed25519'] }

/** The HMAC algorithms, and the fewest bytes of their secrets ({@link https://www.rfc-editor.org/rfc/rfc7518#section-3.2 | RFC 7518 §3.2}). */
export const hmacBytes: ReadonlyMap<string, number> = new Map([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
])

/** What a key is. One that no token is signed with has no algorithms. */
export function kindOf(key: KeyObject): KeyKind {
  const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve, modulusLength } = {} } = key
  if (key.type === 'secret') {
    return { name: `secret of ${key.symmetricKeySize} bytes`, algorithms: [...hmacBytes.keys()] }
  }
  if (type === 'ed25519') return ed25519
  const isPss = type === 'rsa-pss'
  if (type === 'rsa' || isPss) {
    const schemes = isPss ? ['PS'] : ['RS', 'PS']
    return {
      name: `RSA of ${modulusLength} bits`,
      algorithms: schemes.flatMap((scheme) => ['256', '384', '512'].map((bits) => scheme + bits)),
    }
  }
  return curves.get(namedCurve) ?? { name: `${namedCurve ?? type}`, algorithms: [] }
}
