/**
 * Signing in: a session, for whoever proved who they are.
 *
 * @module
 */

import type { EventMaker } from '../events.ts'
import type { Session, User } from '../store/tables.ts'
import type { Attempt, Attempts, Refused } from './attempts.ts'
import type { Devices } from './devices.ts'
import type { Sessions } from './sessions.ts'
import type { SessionSettings } from './settings.ts'

/** An attempt to sign in. */
export type SignInAttempt = Attempt & {
  /** The value of the session cookie that the browser holds already; that session ends. */
  readonly sessionCookie?: string | undefined
}

/** The user is who they say. Both cookies are to be set. */
export interface SignedIn {
  readonly ok: true
  readonly user: User
  readonly session: Session
  /** The value of the session cookie. */
  readonly sessionCookie: string
  /** How long the browser is to keep the session cookie, in seconds: as long as use can keep it alive. */
  readonly sessionCookieAge: number
  /** The value of the device cookie. */
  readonly deviceCookie: string
  /** How long the browser is to keep the device cookie, in seconds. */
  readonly deviceCookieAge: number
}

/** What signing in works with. */
export interface SignInContext {
  readonly attempts: Attempts
  readonly sessions: Sessions
  readonly devices: Devices
  readonly settings: SessionSettings
}

/** Makes the way in. */
export function createSignIn({ attempts, sessions, devices, settings }: SignInContext) {
  const { knownDevice: deviceCookieAge, absolute: sessionCookieAge } = settings

  return (attempt: SignInAttempt, event: EventMaker): Promise<SignedIn | Refused> =>
    attempts(attempt, event, (user, deviceId) => {
      const { session, cookie: sessionCookie, change } = sessions.begin(user)
      return {
        changes: [...sessions.end(attempt.sessionCookie), change],
        answer() {
          const deviceCookie = devices.remember(user, deviceId)
          const cookies = { sessionCookie, sessionCookieAge, deviceCookie, deviceCookieAge }
          return { ok: true, user, session, ...cookies }
        },
      }
    })
}
