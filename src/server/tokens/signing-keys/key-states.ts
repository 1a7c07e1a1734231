/**
 * What a signing key is at a moment: it follows from its times, so all processes agree unasked.
 *
 * Keys form a chain. Each signs until its successor's time, and stays published until what it signed
 * is over. The clocks of processes may differ: a key is known long before it signs and long after,
 * and whoever comes late or early at a handover signs with a key that everybody has.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#RotateSigKeys | OpenID Connect Core §10.1.1}
 * @module
 */

import type { SigningKey } from '../../../store/tables.ts'
import { FURTHEST_BEHIND } from '../revocation.ts'

/** The states of a key, in the order it goes through them; `retired` from any of them, for ever. */
export type KeyState = 'next' | 'current' | 'previous' | 'removed' | 'retired'

/** The keys that sign, now or later: the first is the current one. */
export function signingChain(keys: readonly SigningKey[], now: number): readonly SigningKey[] {
  return keys
    .filter(({ retiredAt, signsUntil }) => retiredAt === null && !isPast(signsUntil, now))
    .sort((a, b) => a.signsFrom - b.signsFrom || (a.id < b.id ? -1 : 1))
}

/** What a key is at a moment, among all keys. */
export function stateOf(key: SigningKey, keys: readonly SigningKey[], now: number): KeyState {
  if (key.retiredAt !== null) return 'retired'
  if (isOver(key, now)) return 'removed'
  if (isPast(key.signsUntil, now)) return 'previous'
  return signingChain(keys, now)[0]?.id === key.id ? 'current' : 'next'
}

/** Keys that verify, what signs now first and the rest from the newest on. */
export function publishedKeys(keys: readonly SigningKey[], now: number): readonly SigningKey[] {
  const [current] = signingChain(keys, now)
  return keys
    .filter((key) => key.retiredAt === null && !isOver(key, now))
    .sort((a, b) => Number(b === current) - Number(a === current) || b.signsFrom - a.signsFrom)
}

/** Whether nobody takes anything any more that this key signed. */
export function isOver({ retiredAt, signsUntil, tokenLife }: SigningKey, now: number): boolean {
  const end = retiredAt ?? signsUntil
  return end !== null && end + tokenLife + FURTHEST_BEHIND <= now
}

const isPast = (time: number | null, now: number): boolean => time !== null && time <= now
