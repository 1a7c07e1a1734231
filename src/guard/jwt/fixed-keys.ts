/**
 * Public keys that a guard is given as they are.
 *
 * A mistake in them shows when the guard is made, where the platform reads keys without waiting, and at
 * the first token elsewhere.
 *
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { importVerificationKey, isExposed } from '../../protocol/jwk.ts'
import type { FindKey, JwtHeader, VerificationKey } from '../../protocol/jwt.ts'
import { keyFor } from '../../protocol/kept-keys.ts'
import { andThen, isLater, type NowOrLater } from '../../protocol/now-or-later.ts'

/** What keys are for, and where they were told. */
interface Told {
  readonly algorithms: readonly string[]
  readonly path: string
}

/**
 * Makes what finds one of a few keys.
 *
 * @throws {ConfigError} if one is private, or none can be used.
 */
export function fixedKeys(
  jwks: readonly NowOrLater<unknown>[],
  { algorithms, path }: Told,
): FindKey {
  const imported = jwks.map((jwk) =>
    andThen(jwk, (value) => {
      if (!isExposed(value)) return importVerificationKey(value, algorithms)
      const hint = 'Anybody with a private or secret key can sign. Secrets are for keys.secret.'
      throw new ConfigError(path, 'must be public.', hint)
    }),
  )
  const keys = imported.some(isLater)
    ? Promise.all(imported).then((all) => usable(all, path))
    : usable(imported.filter(isThere), path)
  // Whoever asks for a key is told.
  if (isLater(keys)) keys.catch(() => {})
  return (header) => andThen(keys, (known) => find(header, known))
}

const isThere = <T>(value: NowOrLater<T>): value is T => !isLater(value)

function usable(
  keys: readonly (VerificationKey | undefined)[],
  path: string,
): readonly VerificationKey[] {
  const found = keys.filter((key) => key !== undefined)
  if (found.length > 0) return found
  throw new ConfigError(
    path,
    'has no key that can be used.',
    'A key must be sound, for signatures, and for exactly one of the algorithms.',
  )
}

function find(header: JwtHeader, keys: readonly VerificationKey[]): VerificationKey | undefined {
  const [only] = keys
  const isForAll = keys.length === 1 && only?.kid === undefined
  return keyFor(isForAll ? { alg: header.alg, kid: undefined } : header, keys)
}
