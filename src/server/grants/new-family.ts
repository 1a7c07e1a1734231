/**
 * The family that a user's approval brings to life.
 *
 * It stands for the access token too, so it is there without refresh tokens as well.
 *
 * @module
 */

import type { Family } from '../../store/tables.ts'
import { mayUse } from '../clients/client.ts'
import { FURTHEST_BEHIND } from '../tokens/revocation.ts'
import type { GrantRequest } from './grant.ts'

/** What was approved, under the id that was chosen for it beforehand. */
export type Approved = Pick<
  Family,
  'userId' | 'scopes' | 'resource' | 'authTime' | 'correlationId'
> & { readonly familyId: string }

/** The first row of a family, for the client that redeems what was approved. */
export function newFamily(approved: Approved, { client, context }: GrantRequest): Family {
  const now = context.platform.now()
  const { accessToken, refreshToken, refreshTokenIdle } = context.settings.ttl
  const life = mayUse(client, 'refresh_token')
    ? refreshToken * 1000
    : accessToken * 1000 + FURTHEST_BEHIND
  const { familyId, userId, scopes, resource, authTime, correlationId } = approved
  return {
    id: familyId,
    clientId: client.id,
    ...{ userId, scopes, resource, authTime, correlationId },
    generation: 0,
    createdAt: now,
    rotatedAt: now,
    idleUntil: now + refreshTokenIdle * 1000,
    expiresAt: now + life,
    revokedAt: null,
    revokedBecause: null,
  }
}
