/**
 * Taking back what was issued.
 *
 * Every token that a user gave belongs to a family, whose row outlives it: ending the row ends its
 * refresh tokens and its access tokens, in one write. What has no family is taken back by a row of
 * its own. Guards in this process look here; others rely on the short life of access tokens.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009 | RFC 7009}
 * @module
 */

import {
  type Change,
  insert,
  removeAll,
  type Store,
  updateAll,
  type Where,
} from '../../store/store.ts'

/** No setting allows a longer life of an access token, in milliseconds. */
const LONGEST_LIFE = 86_400_000

/** No guard's clock may be further behind, in milliseconds. */
export const FURTHEST_BEHIND = 600_000

/** The change that ends every live family that meets the conditions, with all the tokens they gave. */
export function revokeFamilies(where: Where<'families'>, reason: string, now: number): Change {
  return updateAll(
    'families',
    { ...where, revokedAt: null },
    { revokedAt: now, revokedBecause: reason },
  )
}

/** The changes that end one access token, given its `jti` and expiry in milliseconds. */
export function revokeAccessToken(jti: string, expiresAt: number, now: number): readonly Change[] {
  return revoke(`jti:${jti}`, expiresAt, now)
}

/** The changes that end every access token that a client got for itself. */
export function revokeClient(clientId: string, now: number): readonly Change[] {
  return revoke(`client:${clientId}`, now + LONGEST_LIFE, now)
}

/** Kept until no guard takes the token any more. Removing first makes revoking twice no error. */
function revoke(id: string, expiresAt: number, now: number): readonly Change[] {
  return [
    removeAll('revocations', { id }),
    insert('revocations', { id, revokedAt: now, expiresAt: expiresAt + FURTHEST_BEHIND }),
  ]
}

/** What identifies an access token towards its revocation. */
export interface RevocableToken {
  readonly jti: string
  /** The family, if a user gave it. */
  readonly sid?: string
  readonly client_id: string
  /** Seconds, as JWTs count time. */
  readonly iat?: number
}

/** Whether an access token was taken back, by itself or with what it rests on. */
export async function isRevoked(token: RevocableToken, store: Store): Promise<boolean> {
  // Asked for together: it takes one journey to the database, and mostly neither is so.
  const [own, isBasisOver] = await Promise.all([
    store.find('revocations', { id: `jti:${token.jti}` }),
    token.sid === undefined ? isClientRevoked(token, store) : isFamilyOver(token.sid, store),
  ])
  return own !== undefined || isBasisOver
}

/** A family that is gone has ended, and everything it gave with it. */
async function isFamilyOver(id: string, store: Store): Promise<boolean> {
  const family = await store.find('families', { id })
  return family === undefined || family.revokedAt !== null
}

/** A client of the same id may have been added again; what it gets since then is good. */
async function isClientRevoked(
  { client_id, iat = 0 }: RevocableToken,
  store: Store,
): Promise<boolean> {
  const row = await store.find('revocations', { id: `client:${client_id}` })
  return row !== undefined && iat * 1000 <= row.revokedAt
}
