/**
 * From what there is to verify with to the keys that the verifier asks for.
 *
 * @module
 */

import { importVerificationKey } from '../../../protocol/jwk.ts'
import type { FindKey, VerificationKey } from '../../../protocol/jwt.ts'
import { createKeySet } from '../../../protocol/key-set.ts'
import type { NowOrLater } from '../../../protocol/now-or-later.ts'
import {
  hmacAlgorithms,
  publicKeyAlgorithms,
  signatureAlgorithms,
} from '../../../protocol/signatures/algorithms.ts'
import { macVerifier } from '../../../protocol/signatures/verifier.ts'
import type { Members } from '../compact.ts'
import { hmacBytes } from '../key-kinds.ts'
import type { KeySource, SecretKey } from './key-source.ts'

/** The algorithms that a source can be for, whatever a token says. */
export const algorithmsOf = ({ secret }: KeySource): readonly string[] =>
  secret === undefined ? publicKeyAlgorithms : hmacAlgorithms

/** Finds keys of a source as a guard would: by `kid` in a set, and one algorithm for each. */
export function keyFinder(source: KeySource, algorithms: readonly string[]): FindKey {
  const { secret, keys } = source
  if (secret !== undefined) return ({ alg, kid }) => secretKey(secret, alg, kid)
  const [only, ...others] = keys
  if (only !== undefined && others.length === 0 && only.kid === undefined) {
    // Whoever names one key without an id means that one.
    return ({ alg }) => importVerificationKey({ alg, ...only }, algorithms)
  }
  return createKeySet({ load: () => ({ keys }), algorithms, now: () => 0, onExposed: () => {} })
}

function secretKey(
  { bytes, ...own }: SecretKey,
  alg: string,
  kid: string | undefined,
): NowOrLater<VerificationKey | undefined> {
  const isOther = own.kid !== undefined && kid !== undefined && own.kid !== kid
  if (isOther || (own.alg ?? alg) !== alg || bytes.length < (hmacBytes.get(alg) ?? 0))
    return undefined
  return withSecret(bytes, alg)
}

/** A secret of any length. @returns Nothing if the algorithm takes none. */
export async function withSecret(
  bytes: Uint8Array,
  alg: string,
): Promise<VerificationKey | undefined> {
  const algorithm = signatureAlgorithms.get(alg)
  if (algorithm?.name !== 'HMAC') return undefined
  return { alg, verify: await macVerifier(Uint8Array.from(bytes), { ...algorithm, name: 'HMAC' }) }
}

const MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid']

/** A public key as if it were for an algorithm, whatever it says that it is for. */
export const asIfFor = (jwk: Members, alg: string): NowOrLater<VerificationKey | undefined> =>
  importVerificationKey({ ...Object.fromEntries(MEMBERS.map((name) => [name, jwk[name]])), alg }, [
    alg,
  ])
