/**
 * Ends everything a user holds: sessions, codes not yet redeemed, and families of refresh tokens
 * together with the access tokens they gave.
 *
 * @module
 */

import { OAuthError } from '../errors.ts'
import type { WarderEvent } from '../events.ts'
import { type Change, insert, removeAll, type Store, update } from '../store/store.ts'
import type { Family } from '../store/tables.ts'

/** How long a revocation is kept: no access token may live longer than a day, in milliseconds. */
const REVOCATION_LIFE = 86_400_000

/** Families ended in one write. */
const BATCH = 200

/** Lost races before giving up; each was won by somebody else's change. */
const TRIES = 10

/** Who is cut off, and why. */
export interface CutOff {
  readonly userId: string
  readonly at: number
  readonly because: string
  /** What happens to the account in the same write. */
  readonly changes: readonly Change[]
  readonly event: WarderEvent
}

/**
 * Makes the changes and cuts the user off, in one write.
 *
 * @returns Whether the changes could be made; nothing was done otherwise.
 */
export async function cutOff(store: Store, { changes, event, ...cut }: CutOff): Promise<boolean> {
  const { userId } = cut
  const codes = removeAll('authorizationCodes', { userId, usedAt: null })
  const sessions = removeAll('sessions', { userId })
  const families = await endFamilies(store, cut)
  if (!(await store.write([...changes, sessions, codes, ...families], [event]))) return false
  await endTheRest(store, cut)
  return true
}

/** Ends what did not fit into the first write, or was granted while it was prepared. */
async function endTheRest(store: Store, cut: Omit<CutOff, 'changes' | 'event'>): Promise<void> {
  for (let lost = 0; lost < TRIES; ) {
    const changes = await endFamilies(store, cut)
    if (changes.length === 0) return
    if (!(await store.write(changes))) lost += 1
  }
  throw new OAuthError('temporarily_unavailable', 'Too much is changing at once. Try again.', {
    detail: `families of ${cut.userId} could not be ended`,
  })
}

/** What ends the user's live families, or the first of them. */
async function endFamilies(
  store: Store,
  { userId, at, because }: Omit<CutOff, 'changes' | 'event'>,
): Promise<readonly Change[]> {
  const live = await store.list('families', { userId, revokedAt: null }, { limit: BATCH })
  const end = ({ id }: Family): readonly Change[] => {
    const revocation = { id: `family:${id}`, revokedAt: at, expiresAt: at + REVOCATION_LIFE }
    return [
      update('families', { id, revokedAt: null }, { revokedAt: at, revokedBecause: because }),
      removeAll('revocations', { id: revocation.id }),
      insert('revocations', revocation),
    ]
  }
  return live.flatMap(end)
}
