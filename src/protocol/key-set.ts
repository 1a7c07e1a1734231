/**
 * The keys of a JWK set that somebody publishes.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 | RFC 7517 §5}
 * @module
 */

import { importVerificationKey, isExposed } from './jwk.ts'
import type { FindKey, VerificationKey } from './jwt.ts'
import { keepKeys } from './kept-keys.ts'
import type { NowOrLater } from './now-or-later.ts'

/** How the keys of a set are read. */
export interface KeySetRules {
  readonly algorithms: readonly string[]
  /** Called when a private key is published, which is never used here. */
  readonly onExposed: (kid: string | undefined) => void
}

/** What a key set needs. */
export interface KeySetOptions extends KeySetRules {
  /** Gets the set; its answer is not trusted to be one. */
  readonly load: () => NowOrLater<unknown>
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Finds the one key for a header. */
export type KeySet = FindKey

/** No issuer signs with more. */
const MOST_KEYS = 100

/**
 * Keeps the keys of a set.
 *
 * @returns A function that throws {@link OAuthError} `temporarily_unavailable` if the key is not
 * known and the set cannot be had.
 */
export function createKeySet({ load, now, ...rules }: KeySetOptions): KeySet {
  const read = keySetReader(rules)
  return keepKeys({ load: async () => read(await load()), now }).find
}

/**
 * Makes the reader of a set. A key that was in the set before stays the same object, so that what it
 * verified is known to be good.
 *
 * The reader throws {@link Error} if it is no set, or an empty one. A set of which no key can be used is
 * one: its issuer took back the keys before it.
 */
export function keySetReader({ algorithms, onExposed }: KeySetRules) {
  let known: ReadonlyMap<string, NowOrLater<VerificationKey | undefined>> = new Map()

  return async (value: unknown): Promise<readonly VerificationKey[]> => {
    const published = parseKeySet(value)
    known = new Map(
      published.map((jwk) => {
        const text = JSON.stringify(jwk)
        return [text, known.get(text) ?? importVerificationKey(jwk, algorithms)]
      }),
    )
    const keys = await Promise.all(known.values())
    for (const jwk of published.filter(isExposed)) onExposed(kidOf(jwk))
    return keys.filter((key) => key !== undefined)
  }
}

/** @throws {Error} if it is not a key set. */
function parseKeySet(value: unknown): readonly unknown[] {
  const keys =
    typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined
  if (!Array.isArray(keys)) throw new Error('the answer is not a key set')
  if (keys.length === 0) throw new Error('the key set is empty')
  return keys.slice(0, MOST_KEYS)
}

function kidOf(jwk: unknown): string | undefined {
  const kid = typeof jwk === 'object' && jwk !== null && 'kid' in jwk ? jwk.kid : undefined
  return typeof kid === 'string' ? kid : undefined
}
