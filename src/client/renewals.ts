/**
 * Renewing a grant: one request, however many callers and processes wait for it.
 *
 * The store's `decide` is the lock between processes. Whoever gets it looks first at what is kept now:
 * another may have renewed it while we waited.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import { type Attempts, createAttempts } from './attempts.ts'
import { createBackOff } from './back-off.ts'
import { ClientError } from './errors.ts'
import { type GrantKey, type GrantStore, grantId, type KeptGrant } from './kept-grant.ts'
import { isGood, isSignInNeeded, type TokenNeed, timesOf } from './token-life.ts'
import type { Tell } from './trace.ts'

/** What renewing needs. */
export interface RenewalOptions {
  readonly store: GrantStore
  readonly platform: Platform
  readonly tell: Tell
  /**
   * Gets new tokens, with what is kept or without.
   *
   * @throws {ClientError} `sign_in_needed` if what is kept is dead.
   */
  renew(key: GrantKey, kept: KeptGrant | undefined, need: TokenNeed): Promise<KeptGrant>
}

/** Renews grants. */
export interface Renewals {
  /**
   * What is kept, renewed if it must be. Joins a renewal that is under way for the same scopes; those
   * for others take turns, so that nobody is refused for what another asked.
   *
   * @param ahead - Whether it is renewed some time before it must be.
   * @throws {ClientError} if it cannot be renewed, or not yet again.
   */
  run(key: GrantKey, need: TokenNeed, ahead: boolean): Promise<KeptGrant>
  /** Whether one is under way, or it is too early for the next. */
  isBusy(key: GrantKey): boolean
  /** Tries again at once: something new was given. */
  reset(key: GrantKey): void
}

/** Tokens of one grant that were refused before their end, in a minute. */
const REFUSALS = { most: 3, windowMs: 60_000 }

/** Makes the renewals of one client. */
export function createRenewals(options: RenewalOptions): Renewals {
  const flights = new Map<string, Promise<KeptGrant>>()
  const backOff = createBackOff(options.platform)
  const refusals = createAttempts(options.platform, REFUSALS)
  const unsaved = new Map<string, Unsaved>()
  return {
    run(key, need, ahead) {
      const id = grantId(key)
      const name = flightOf(key, need)
      const flying = flights.get(name)
      if (flying !== undefined) return flying
      const early = backOff.waiting(id)
      if (early !== undefined) return Promise.reject(early)
      const flight = decide(options, key, { need, ahead, refusals, unsaved })
      flights.set(name, flight)
      flight.then(
        () => backOff.succeeded(id),
        (error) => backOff.failed(id, error),
      )
      const land = () => void flights.delete(name)
      flight.then(land, land)
      return flight
    },
    isBusy: (key) => flights.has(flightOf(key, {})) || backOff.waiting(grantId(key)) !== undefined,
    reset: (key) => backOff.succeeded(grantId(key)),
  }
}

const flightOf = (key: GrantKey, { scopes = [] }: TokenNeed): string =>
  JSON.stringify([grantId(key), [...scopes].sort()])

interface RenewalWish {
  readonly need: TokenNeed
  readonly ahead: boolean
  readonly refusals: Attempts
  readonly unsaved: Map<string, Unsaved>
}

/**
 * New tokens that the store could not keep. The refresh token that they were got with is used up, and to
 * send it again would look like a thief.
 */
interface Unsaved {
  readonly before: KeptGrant
  readonly grant: KeptGrant
}

const isSame = (one: KeptGrant | undefined, other: KeptGrant): boolean =>
  one?.accessToken.reveal('comparing') === other.accessToken.reveal('comparing')

/** Forgets what turns out to be dead, and nothing else: after any other failure it is kept as it was. */
async function decide(
  { store, platform, tell, renew }: RenewalOptions,
  key: GrantKey,
  { need, ahead, refusals, unsaved }: RenewalWish,
): Promise<KeptGrant> {
  let dead: ClientError | undefined
  const id = grantId(key)
  const result = await store.decide(key, async (stored) => {
    const lost = unsaved.get(id)
    const isLost = lost !== undefined && isSame(stored, lost.before)
    const kept = isLost ? lost.grant : stored
    if (kept !== undefined) {
      const { renewAt, staleAt } = timesOf(kept)
      const isYoung = platform.now() < (ahead ? renewAt : staleAt)
      if (isYoung && isGood(kept, need)) return isLost ? { keep: kept } : { leave: true }
      if (isYoung && need.rejected !== undefined && !refusals.take(id)) {
        throw new ClientError('try_later', 'Its new tokens are refused as well. Look at why.')
      }
    }
    tell('oauth:renewal', () => `${key.issuer}: ${kept === undefined ? 'first token' : 'renewing'}`)
    try {
      const grant = await renew(key, kept, need)
      if (stored !== undefined) unsaved.set(id, { before: stored, grant })
      return { keep: grant }
    } catch (error) {
      if (kept === undefined || !isSignInNeeded(error)) throw error
      dead = error
      return { forget: true }
    }
  })
  unsaved.delete(id)
  if (dead !== undefined) throw dead
  if (result === undefined) throw new ClientError('sign_in_needed', 'Sign in.')
  return result
}
