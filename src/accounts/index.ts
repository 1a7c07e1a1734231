/**
 * People: users, passwords, sign-in, sessions.
 *
 * @module
 */

export { type Accounts, type AccountsContext, createAccounts } from './accounts.ts'
export type { Refused } from './attempts.ts'
export { csrfMatches, csrfToken } from './csrf.ts'
export { DEVICE_COOKIE } from './devices.ts'
export type { PasswordCheck, PasswordHolder, PasswordVisit } from './password-check.ts'
export { type LiveSession, SESSION_COOKIE } from './sessions.ts'
export {
  type AccountsSettings,
  accountsSettings,
  type PasswordSettings,
  passwordSettings,
  type SessionSettings,
  sessionSettings,
} from './settings.ts'
export type { SignedIn, SignInAttempt } from './sign-in.ts'
export type { NewAccount } from './users.ts'
