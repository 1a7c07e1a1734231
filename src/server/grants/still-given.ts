/**
 * What a user gave, as far as it can still be given.
 *
 * Between the consent and the token accounts are disabled, roles are taken away and resources are
 * withdrawn. None of it may wait for the user to sign in again.
 *
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { User } from '../../store/tables.ts'
import { selectResource } from '../authorization/resources.ts'
import { grantableScopes, narrowScopes } from '../authorization/scopes.ts'
import type { ServerContext } from '../context.ts'
import type { GrantRequest } from './grant.ts'

/** What a user allowed a client at the time. */
export interface Given {
  readonly userId: string
  readonly resource: string
  readonly scopes: readonly string[]
}

/** What of it a token can say now. */
export interface StillGiven {
  readonly resource: string
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
}

/**
 * What remains of a grant.
 *
 * @throws {OAuthError} `invalid_grant` if the account is gone or disabled, `invalid_target` if the
 * resource is no longer served, `invalid_scope` if no scope remains of those there were.
 */
export async function stillGiven(
  { userId, resource, scopes }: Given,
  { client, context }: GrantRequest,
): Promise<StillGiven> {
  const served = selectResource([resource], client, context.resources)
  const { roles } = await activeUser(userId, context)
  const grantable = grantableScopes(served, client, { roles, identity: true })
  return { resource: served.resource, scopes: narrowScopes(scopes, grantable), roles }
}

/** The user, if the account still exists and is enabled. */
async function activeUser(userId: string, { accounts }: ServerContext): Promise<User> {
  const user = await accounts.find(userId)
  if (user !== undefined && user.disabledAt === null) return user
  throw new OAuthError('invalid_grant', 'The grant is no longer valid. Sign in again.', {
    detail: `user ${userId} is ${user === undefined ? 'gone' : 'disabled'}`,
  })
}
