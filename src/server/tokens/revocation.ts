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
import type { ServerContext } from '../context.ts'

/** The changes that end a family: its refresh tokens and every access token it gave. */
export function revokeFamily(familyId: string, reason: string, context: ServerContext): Change[] {
  const now = context.platform.now()
  return [
    updateAll(
      'families',
      { id: familyId, revokedAt: null },
      { revokedAt: now, revokedBecause: reason },
    ),
    ...revoke(`family:${familyId}`, now + context.settings.ttl.accessToken * 1000, now),
  ]
}

/** The changes that end one access token, given its `jti` and expiry in milliseconds. */
export function revokeAccessToken(jti: string, expiresAt: number, now: number): Change[] {
  return revoke(`jti:${jti}`, expiresAt, now)
}

/** Removing first makes revoking twice no error. */
function revoke(id: string, expiresAt: number, now: number): Change[] {
  return [
    removeAll('revocations', { id }),
    insert('revocations', { id, revokedAt: now, expiresAt }),
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
