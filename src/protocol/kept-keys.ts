/**
 * Keys that come from elsewhere, fetched as seldom as possible.
 *
 * One fetch serves all who wait. A key id that nobody knows leads to one look per cool-down, however
 * many tokens name it. While whoever publishes them is away, the keys that were last seen stay good
 * for an hour; and while they do not answer, nobody waits long for what is known.
 *
 * @module
 */

import { WarderError } from '../errors.ts'
import { systemTimers, type Timers } from '../timers.ts'
import type { FindKey, JwtHeader, VerificationKey } from './jwt.ts'
import { cannotCheckTokens } from './jwt-claims.ts'

/** What keeping keys needs. */
export interface KeptKeysOptions {
  /** Gets the keys that may be used. If there are none, those before them are not used any more either. */
  readonly load: () => Promise<readonly VerificationKey[]>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The machine's own unless told. */
  readonly timers?: Timers
}

/** Keys that are kept. */
export interface KeptKeys {
  /** Throws {@link OAuthError} `temporarily_unavailable` if a key is not known and cannot be had. */
  readonly find: FindKey
  /** Lets none serve that is not fetched from now on. */
  forget(): void
}

/** A removed key is refused once this is over and the next look answered, even while others are in use. */
const FRESH = 300_000

/** Keys that were seen so lately serve whoever has been patient; so do those whose publisher was away. */
const RECENT = 2 * FRESH

/** How long keys may serve while whoever publishes them is away. */
const MOST_STALE = 3_600_000

/** Between two fetches, successful or not. */
const COOL_DOWN = 30_000

/** The same while there is no key at all, so that a guard may start before its issuer. */
const COOL_DOWN_EMPTY = 1_000

/** How long a token waits at most to hear that its key, which is known, is still published. */
const PATIENCE = 1_000

/** A fetch under way: for those who need what it brings, and for those who could go on without. */
interface Loading {
  readonly done: Promise<void>
  readonly patience: Promise<void>
}

/** What was last seen, and when. */
interface Seen {
  keys: readonly VerificationKey[]
  loadedAt: number
  triedAt: number
  failure?: unknown
  loading?: Loading
}

const nothing = (): Seen => ({
  keys: [],
  loadedAt: Number.NEGATIVE_INFINITY,
  triedAt: Number.NEGATIVE_INFINITY,
})

/** Keeps keys. */
export function keepKeys({ load, now, timers = systemTimers }: KeptKeysOptions): KeptKeys {
  let seen = nothing()

  const isWithin = (since: number, duration: number) => {
    const elapsed = now() - since
    // A clock that was set back must not stretch a duration.
    return elapsed >= 0 && elapsed < duration
  }

  const refresh = async (mine: Seen) => {
    try {
      mine.keys = await load()
      mine.loadedAt = now()
      mine.failure = mine.keys.length === 0 ? new Error('no key can be used') : undefined
    } catch (cause) {
      // Kept, not lost: whoever finds no key is told why.
      mine.failure = cause
    }
    mine.triedAt = now()
  }

  const begin = (mine: Seen): Loading => {
    const done = refresh(mine).finally(() => {
      delete mine.loading
    })
    const patience = new Promise<void>((resolve) => {
      const stop = timers.after(PATIENCE, resolve)
      void done.finally(() => {
        stop()
        resolve()
      })
    })
    return { done, patience }
  }

  const refreshSeldom = async (wait: keyof Loading) => {
    const mine = seen
    const coolDown = mine.keys.length === 0 ? COOL_DOWN_EMPTY : COOL_DOWN
    if (mine.loading === undefined && isWithin(mine.triedAt, coolDown)) return
    mine.loading ??= begin(mine)
    await mine.loading[wait]
  }

  const find = (header: JwtHeader) =>
    isWithin(seen.loadedAt, MOST_STALE) ? keyFor(header, seen.keys) : undefined

  const canDoWithout = (header: JwtHeader) =>
    find(header) !== undefined && (seen.failure !== undefined || isWithin(seen.loadedAt, RECENT))

  const look = async (header: JwtHeader) => {
    if (!isWithin(seen.loadedAt, FRESH)) {
      await refreshSeldom(canDoWithout(header) ? 'patience' : 'done')
    }
    const known = find(header)
    if (known !== undefined) return known
    await refreshSeldom('done')
    const found = find(header)
    if (found === undefined && seen.failure !== undefined) {
      throw cannotCheckTokens(`no keys: ${reasonOf(seen.failure)}`, seen.failure)
    }
    return found
  }

  return {
    find(header) {
      const known = isWithin(seen.loadedAt, FRESH) ? keyFor(header, seen.keys) : undefined
      return known ?? look(header)
    },
    forget() {
      seen = nothing()
    },
  }
}

/** RFC 7515 §4.1.4: without a kid, or with one that two keys share, only if there is no doubt. */
export function keyFor(
  { alg, kid }: JwtHeader,
  keys: readonly VerificationKey[],
): VerificationKey | undefined {
  let found: VerificationKey | undefined
  for (const key of keys) {
    if (key.alg !== alg || (kid !== undefined && key.kid !== kid)) continue
    if (found !== undefined) return undefined
    found = key
  }
  return found
}

function reasonOf(cause: unknown): string {
  if (cause instanceof WarderError) return cause.detail ?? cause.message
  return cause instanceof Error ? cause.message : String(cause)
}
