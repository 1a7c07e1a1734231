/**
 * The keys of somebody who signs, kept by `kid` and fetched as seldom as possible.
 *
 * One fetch serves all who wait. A key id that nobody knows leads to one look per cool-down, however
 * many tokens name it. While whoever publishes them is away, the keys that were last seen stay good
 * for an hour.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 | RFC 7517 §5}
 * @module
 */

import { OAuthError, WarderError } from '../errors.ts'
import { importVerificationKey, isExposed, type KeySetEntry } from './jwk.ts'
import type { JwtHeader, VerificationKey } from './jwt.ts'

/** What a key set needs. */
export interface KeySetOptions {
  /** Gets the set; its answer is not trusted to be one. */
  readonly load: () => Promise<unknown>
  readonly algorithms: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Called when a private key is published, which is never used here. */
  readonly onExposed: (kid: string | undefined) => void
}

/** Finds the one key for a header. */
export type KeySet = (header: JwtHeader) => Promise<VerificationKey | undefined>

/** A removed key is refused after this long, even while others of the set are in use. */
const FRESH = 300_000

/** How long keys may serve while whoever publishes them is away. */
const MOST_STALE = 3_600_000

/** Between two fetches, successful or not. */
const COOL_DOWN = 30_000

/** The same while there is no key at all, so that a guard may start before its issuer. */
const COOL_DOWN_EMPTY = 1_000

/** No issuer signs with more. */
const MOST_KEYS = 100

/**
 * Keeps the keys of a set.
 *
 * @returns A function that throws {@link OAuthError} `temporarily_unavailable` if the key is not
 * known and the set cannot be had.
 */
export function createKeySet({ load, algorithms, now, onExposed }: KeySetOptions): KeySet {
  let keys: readonly KeySetEntry[] = []
  let loadedAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let failure: unknown
  let loading: Promise<void> | undefined

  const isWithin = (since: number, duration: number) => {
    const elapsed = now() - since
    // A clock that was set back must not stretch a duration.
    return elapsed >= 0 && elapsed < duration
  }

  const refresh = async () => {
    try {
      const published = parseKeySet(await load())
      const usable = await importAll(published, algorithms)
      for (const jwk of published.filter(isExposed)) onExposed(kidOf(jwk))
      if (usable.length === 0) throw new Error('the key set has no usable key')
      keys = usable
      loadedAt = now()
      failure = undefined
    } catch (cause) {
      // Kept, not lost: whoever finds no key is told why.
      failure = cause
    }
    triedAt = now()
  }

  const refreshSeldom = async () => {
    const coolDown = keys.length === 0 ? COOL_DOWN_EMPTY : COOL_DOWN
    if (loading === undefined && isWithin(triedAt, coolDown)) return
    loading ??= refresh().finally(() => {
      loading = undefined
    })
    await loading
  }

  const find = ({ alg, kid }: JwtHeader): VerificationKey | undefined => {
    if (!isWithin(loadedAt, MOST_STALE)) return undefined
    const found = keys.filter((key) => key.alg === alg && (kid === undefined || key.kid === kid))
    // RFC 7515 §4.1.4: without a kid, or with one that two keys share, only if there is no doubt.
    return found.length === 1 ? found[0] : undefined
  }

  return async (header) => {
    if (!isWithin(loadedAt, FRESH)) await refreshSeldom()
    const known = find(header)
    if (known !== undefined) return known
    await refreshSeldom()
    const found = find(header)
    if (found === undefined && failure !== undefined) throw unavailable(failure)
    return found
  }
}

function unavailable(cause: unknown): OAuthError {
  return new OAuthError(
    'temporarily_unavailable',
    'Access tokens cannot be checked at the moment. Try again.',
    { detail: `no keys: ${reasonOf(cause)}`, cause },
  )
}

function reasonOf(cause: unknown): string {
  if (cause instanceof WarderError) return cause.detail ?? cause.message
  return cause instanceof Error ? cause.message : String(cause)
}

/** @throws {Error} if it is not a key set. */
function parseKeySet(value: unknown): readonly unknown[] {
  const keys =
    typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined
  if (!Array.isArray(keys)) throw new Error('the answer is not a key set')
  return keys.slice(0, MOST_KEYS)
}

async function importAll(
  jwks: readonly unknown[],
  algorithms: readonly string[],
): Promise<readonly KeySetEntry[]> {
  const keys = await Promise.all(jwks.map((jwk) => importVerificationKey(jwk, algorithms)))
  return keys.filter((key) => key !== undefined)
}

function kidOf(jwk: unknown): string | undefined {
  const kid = typeof jwk === 'object' && jwk !== null && 'kid' in jwk ? jwk.kid : undefined
  return typeof kid === 'string' ? kid : undefined
}
