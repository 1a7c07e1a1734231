/**
 * People: users, passwords, sign-in, sessions.
 *
 * @module
 */

export { type Accounts, type AccountsContext, createAccounts } from './accounts.ts'
export { csrfMatches, csrfToken } from './csrf.ts'
export { DEVICE_COOKIE } from './devices.ts'
export { type LiveSession, SESSION_COOKIE } from './sessions.ts'
export {
  type AccountsSettings,
  accountsSettings,
  type PasswordSettings,
  passwordSettings,
  type SessionSettings,
  sessionSettings,
} from './settings.ts'
export type { Refused, SignedIn, SignInAttempt } from './sign-in.ts'
export type { NewAccount } from './users.ts'
