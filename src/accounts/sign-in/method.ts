/**
 * What a way to sign in is: it reads what was presented, and proves an account with it.
 *
 * It cannot skip the limits, learn that it is wanted for a disabled account, or open a session:
 * those steps are shared.
 *
 * @module
 */

import type { User } from '../../store/tables.ts'
import type { Passwords } from '../passwords.ts'
import type { Users } from '../users.ts'

/** What is presented, marked with its method. */
export interface MethodCredentials {
  readonly method: string
}

/** What methods work with. */
export interface SignInTools {
  readonly passwords: Passwords
  readonly users: Pick<Users, 'keepHash'>
}

/** Somebody says they are someone. */
export interface Claim {
  /** The account's address as typed; its budget pays for the attempt. */
  readonly username: string
  /** Whether this is the user. Must cost the same if there is no such user. */
  prove(user: User | undefined): Promise<boolean>
}

/** A way to sign in. */
export interface SignInMethod<C extends MethodCredentials> {
  readonly method: C['method']
  /**
   * Reads what was presented, without looking anything up.
   *
   * @throws {OAuthError} `invalid_request` if it is not worth looking anything up for.
   */
  claim(credentials: C, tools: SignInTools): Claim
}
