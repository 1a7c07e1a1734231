/**
 * The user a grant was given by, as they are now.
 *
 * @module
 */

import { OAuthError } from '../../errors.ts'
import type { User } from '../../store/tables.ts'
import type { ServerContext } from '../context.ts'

/**
 * The user, if the account still exists and is enabled.
 *
 * @throws {OAuthError} `invalid_grant`
 */
export async function activeUser(userId: string, { accounts }: ServerContext): Promise<User> {
  const user = await accounts.find(userId)
  if (user !== undefined && user.disabledAt === null) return user
  throw new OAuthError('invalid_grant', 'The grant is no longer valid. Sign in again.', {
    detail: `user ${userId} is ${user === undefined ? 'gone' : 'disabled'}`,
  })
}
