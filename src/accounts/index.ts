/**
 * People: users, passwords, sign-in, sessions.
 *
 * @module
 */

export {
  type Accounts,
  type AccountsContext,
  createAccounts,
  DEVICE_COOKIE,
  type NewAccount,
  type Refused,
  SESSION_COOKIE,
  type SignedIn,
  type SignInAttempt,
} from './accounts.ts'
export { csrfMatches, csrfToken } from './csrf.ts'
export {
  type AccountsSettings,
  accountsSettings,
  type PasswordSettings,
  passwordSettings,
  type SessionSettings,
  sessionSettings,
} from './settings.ts'
