import type { EventMaker, EventSink } from '../events.ts'
import type { Platform } from '../platform.ts'
import type { Page, Store } from '../store/store.ts'
import type { Session, User } from '../store/tables.ts'
import type { Secret, Vault } from '../vault/index.ts'
import type { AccountsSettings } from './settings.ts'

/** The cookie that carries a session. */
export const SESSION_COOKIE = '__Host-wd_sid'

/** The cookie that tells a browser its user has signed in with before. */
export const DEVICE_COOKIE = '__Host-wd_dev'

/** A new account. */
export interface NewAccount {
  readonly email: string
  readonly password: Secret<string>
  readonly roles?: readonly string[]
}

/** An attempt to sign in. */
export interface SignInAttempt {
  readonly method: 'password'
  readonly username: string
  readonly password: Secret<string>
  /** The address the request came from, as `clientAddress` says. */
  readonly source: string
  /** The value of the device cookie. */
  readonly deviceCookie?: string
  /** The value of the session cookie that the browser already holds; that session ends. */
  readonly sessionCookie?: string
  readonly userAgent?: string
}

/** The user is who they say. Both cookies are to be set. */
export interface SignedIn {
  readonly ok: true
  readonly user: User
  readonly session: Session
  /** The value of {@link SESSION_COOKIE}. */
  readonly sessionCookie: string
  /** The value of {@link DEVICE_COOKIE}. */
  readonly deviceCookie: string
}

/** One outcome towards the user, whatever was wrong; the event says why. */
export interface Refused {
  readonly ok: false
  readonly reason: 'refused' | 'throttled'
  readonly retryAfterSeconds?: number
}

/** People and their sign-ins. */
export interface Accounts {
  add(account: NewAccount): Promise<User>
  find(id: string): Promise<User | undefined>
  findByEmail(email: string): Promise<User | undefined>
  list(page: Page): Promise<readonly User[]>
  setDisabled(id: string, disabled: boolean): Promise<User | undefined>
  setPassword(id: string, password: Secret<string>): Promise<User | undefined>
  remove(id: string): Promise<boolean>
  signIn(attempt: SignInAttempt, event: EventMaker): Promise<SignedIn | Refused>
  session(
    cookie: string | undefined,
  ): Promise<{ readonly session: Session; readonly user: User } | undefined>
  endSession(cookie: string | undefined, event: EventMaker): Promise<void>
}

/** What accounts work with. */
export interface AccountsContext {
  readonly store: Store
  readonly vault: Vault
  readonly platform: Platform
  readonly settings: AccountsSettings
  readonly onEvent: EventSink
}

export function createAccounts(_context: AccountsContext): Accounts {
  throw new Error('createAccounts')
}
