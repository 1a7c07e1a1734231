/**
 * Signing in with an e-mail address and a password.
 *
 * @module
 */

import type { Secret } from '../../vault/index.ts'
import { parsePassword } from '../password-policy.ts'
import type { Claim, SignInMethod, SignInTools } from './method.ts'

/** An address and a password, as typed. */
export interface PasswordCredentials {
  readonly method: 'password'
  readonly username: string
  readonly password: Secret<string>
}

export const password: SignInMethod<PasswordCredentials> = { method: 'password', claim }

function claim(credentials: PasswordCredentials, { passwords, users }: SignInTools): Claim {
  const parsed = parsePassword(credentials.password)
  return {
    username: credentials.username,
    async prove(user) {
      const hash = user?.passwordHash ?? null
      const right = await passwords.verify(parsed, hash)
      // Only now is the password at hand to hash it anew.
      if (right && user !== undefined && hash !== null && passwords.isOutdated(hash)) {
        await users.keepHash(user, await passwords.rehash(parsed))
      }
      return right
    },
  }
}
