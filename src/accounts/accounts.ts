/**
 * The accounts as the rest of Warder sees them.
 *
 * Second factors, passkeys and other identity providers are left out here; each is one more way to
 * sign in.
 *
 * @module
 */

import type { EventMaker, EventSink } from '../events.ts'
import { createThrottle, type Limits, localLimits } from '../limits/index.ts'
import type { Platform } from '../platform.ts'
import type { Store } from '../store/store.ts'
import type { Vault } from '../vault/index.ts'
import { createAttempts, type Refused, strangersBudget } from './attempts.ts'
import { createDevices } from './devices.ts'
import { createPasswordCheck, type PasswordCheck } from './password-check.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createSessions, type LiveSession } from './sessions.ts'
import type { AccountsSettings } from './settings.ts'
import { createSignIn, type SignedIn, type SignInAttempt } from './sign-in.ts'
import { createUsers, type Users } from './users.ts'

/** People and their sign-ins. */
export interface Accounts extends Omit<Users, 'keepHash'> {
  /** How many passwords are being hashed and wait to be. */
  readonly hashing: Passwords['hashing']
  /**
   * Signs somebody in, with one refusal for every cause.
   *
   * @throws {OAuthError} `invalid_request` if the password is empty or too long to be looked at;
   * `temporarily_unavailable` if too many are signing in at once.
   * @throws {LimitsUnavailable} if attempts cannot be counted, and must be.
   */
  signIn(attempt: SignInAttempt, event: EventMaker): Promise<SignedIn | Refused>
  /**
   * Says whose password it is, without signing them in: `verify` for a guard's `basic(…)`.
   *
   * @throws {OAuthError} `temporarily_unavailable` with status 429 for whoever failed too often.
   */
  readonly verifyPassword: PasswordCheck
  /** The live session of a cookie, and whose it is. */
  session(cookie: string | undefined): Promise<LiveSession | undefined>
  /** Ends the session of a cookie, if there is one. */
  endSession(cookie: string | undefined, event: EventMaker): Promise<void>
}

/** What accounts work with. */
export interface AccountsContext {
  readonly store: Store
  readonly vault: Vault
  readonly platform: Platform
  readonly settings: AccountsSettings
  /** What attempts are counted in; this process, unless told. */
  readonly limits?: Limits
  /** How many seconds strangers at an address have to wait, because of what others there did. */
  readonly holdsSource?: (source: string | undefined) => number
  /** Told of what changes no state; what does is told by the store that recorded it. */
  readonly onEvent: EventSink
}

/** Characters of a keyed hash that tell accounts from each other in the log: 96 bits. */
const MARK_LENGTH = 16

/** Makes the keeper of people. */
export function createAccounts(context: AccountsContext): Accounts {
  const { store, vault, platform, settings, onEvent } = context
  const { limits = localLimits({ store, platform }), holdsSource = () => 0 } = context
  const passwords = createPasswords({ vault, platform, settings: settings.passwords })
  const sessions = createSessions({ store, vault, platform, settings: settings.sessions })
  const devices = createDevices({ vault, platform, life: settings.sessions.knownDevice })
  const throttle = createThrottle({ store, vault, platform, settings: settings.throttle })
  const { keepHash, ...users } = createUsers({ store, platform, passwords })
  const attempts = createAttempts({
    ...{ store, settings, passwords, devices, throttle, limits, onEvent, holdsSource },
    users: { ...users, keepHash },
    markOf: (username) => vault.hash('audit', strangersBudget(username)).slice(0, MARK_LENGTH),
  })

  return {
    ...users,
    hashing: passwords.hashing,
    async setPassword(id, password) {
      const user = await users.setPassword(id, password)
      // A new password is the way out of a long wait.
      if (user !== undefined) await throttle.succeed(strangersBudget(user.email))
      return user
    },
    signIn: createSignIn({ attempts, sessions, devices, settings: settings.sessions }),
    verifyPassword: createPasswordCheck({ attempts, users, platform }),
    session: (cookie) => sessions.find(cookie),
    async endSession(cookie, event) {
      const live = await sessions.find(cookie)
      if (live === undefined) return
      const ended = event('session.ended', { subject: live.user.id })
      await store.write(sessions.end(cookie), [ended])
    },
  }
}
