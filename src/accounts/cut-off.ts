/**
 * Ends everything a user holds: sessions, codes not yet redeemed, and families of tokens.
 *
 * One write, so that nothing can be granted in between and survive: what is redeemed before it is
 * among the families it ends, and what comes after finds its code gone.
 *
 * @module
 */

import { type Change, removeAll, updateAll } from '../store/store.ts'

/** The changes that cut a user off. */
export function cutOff(userId: string, because: string, now: number): readonly Change[] {
  return [
    removeAll('sessions', { userId }),
    removeAll('authorizationCodes', { userId, usedAt: null }),
    updateAll('deviceCodes', { userId, state: 'approved' }, { state: 'denied' }),
    updateAll('families', { userId, revokedAt: null }, { revokedAt: now, revokedBecause: because }),
  ]
}
