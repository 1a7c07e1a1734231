/**
 * Taking back what was issued.
 *
 * Refresh tokens die with their family's row. Access tokens are kept nowhere, so a revocation row
 * stands until the last of them has expired; guards in this process, and introspection, look there.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009 | RFC 7009}
 * @module
 */

import { type Change, insert, removeAll, type Store, updateAll } from '../../store/store.ts'

/** No setting allows a longer life of an access token, in milliseconds. */
const LONGEST_LIFE = 86_400_000

/** No guard's clock may be further behind, in milliseconds. */
export const FURTHEST_BEHIND = 600_000

/**
 * The changes that end a family: its refresh tokens and every access token it gave, also those that
 * were issued when the settings gave them a longer life.
 */
export function revokeFamily(familyId: string, reason: string, now: number): Change[] {
  return [
    updateAll(
      'families',
      { id: familyId, revokedAt: null },
      { revokedAt: now, revokedBecause: reason },
    ),
    ...revoke(`family:${familyId}`, now + LONGEST_LIFE, now),
  ]
}

/** The changes that end one access token, given its `jti` and expiry in milliseconds. */
export function revokeAccessToken(jti: string, expiresAt: number, now: number): Change[] {
  return revoke(`jti:${jti}`, expiresAt, now)
}

/** Kept until no guard takes the token any more. Removing first makes revoking twice no error. */
function revoke(id: string, expiresAt: number, now: number): Change[] {
  return [
    removeAll('revocations', { id }),
    insert('revocations', { id, revokedAt: now, expiresAt: expiresAt + FURTHEST_BEHIND }),
  ]
}

/** Whether an access token was taken back, by itself or with its family. */
export async function isRevoked(
  token: { readonly jti: string; readonly sid?: string },
  store: Store,
): Promise<boolean> {
  if ((await store.find('revocations', { id: `jti:${token.jti}` })) !== undefined) return true
  if (token.sid === undefined) return false
  return (await store.find('revocations', { id: `family:${token.sid}` })) !== undefined
}
