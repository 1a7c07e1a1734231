/**
 * Browser sessions: a random cookie, of which only the keyed hash is kept.
 *
 * A longer session on request ("remember me") is left out: a browser that is known to its user
 * has a device cookie, which signs nobody in.
 *
 * @see {@link https://pages.nist.gov/800-63-4/sp800-63b.html#sec5 | NIST SP 800-63B-4 §5}
 * @module
 */

import { type Platform, randomToken } from '../platform.ts'
import { type Change, insert, removeAll, type Store, update } from '../store/store.ts'
import type { Session, User } from '../store/tables.ts'
import type { Vault } from '../vault/index.ts'
import type { SessionSettings } from './settings.ts'

/** The cookie that carries a session. */
export const SESSION_COOKIE = '__Host-wd_sid'

/** 256 bits in base64url; anything else is not looked up. */
const COOKIE_VALUE = /^[A-Za-z0-9_-]{43}$/

/** How often at most the use of a session is written down, in milliseconds. */
const TOUCH_INTERVAL = 60_000

/** A session that is not kept yet. */
export interface NewSession {
  /** The value of the cookie; nothing here knows it afterwards. */
  readonly cookie: string
  readonly session: Session
  /** What keeps it. */
  readonly change: Change
}

/** A session and whose it is. */
export interface LiveSession {
  readonly session: Session
  readonly user: User
}

/** Browser sessions. */
export interface Sessions {
  /** A session for a user who has just proved who they are. */
  begin(user: User): NewSession
  /** The live session of a cookie. Its being used is written down, at most once a minute. */
  find(cookie: string | undefined): Promise<LiveSession | undefined>
  /** What ends the session of a cookie. */
  end(cookie: string | undefined): readonly Change[]
}

/** What sessions work with. */
export interface SessionsContext {
  readonly store: Store
  readonly vault: Vault
  readonly platform: Platform
  readonly settings: SessionSettings
}

/** Makes the keeper of sessions. */
export function createSessions({ store, vault, platform, settings }: SessionsContext): Sessions {
  const idOf = (cookie: string | undefined): string | undefined =>
    cookie !== undefined && COOKIE_VALUE.test(cookie) ? vault.hash('session', cookie) : undefined

  const endOf = (createdAt: number, lastSeenAt: number): number =>
    Math.min(createdAt + settings.absolute * 1000, lastSeenAt + settings.idle * 1000)

  const touch = async (session: Session, now: number): Promise<Session> => {
    if (now - session.lastSeenAt < TOUCH_INTERVAL) return session
    const seen = { lastSeenAt: now, expiresAt: endOf(session.createdAt, now) }
    // If it fails, another request wrote the same down, or ended the session; both may stand.
    const where = { id: session.id, lastSeenAt: session.lastSeenAt }
    await store.write([update('sessions', where, seen)])
    return { ...session, ...seen }
  }

  return {
    begin(user) {
      const cookie = randomToken(platform)
      const now = platform.now()
      const session: Session = {
        id: vault.hash('session', cookie),
        userId: user.id,
        epoch: user.epoch,
        authTime: now,
        createdAt: now,
        lastSeenAt: now,
        expiresAt: endOf(now, now),
      }
      return { cookie, session, change: insert('sessions', session) }
    },
    async find(cookie) {
      const id = idOf(cookie)
      if (id === undefined) return undefined
      const now = platform.now()
      const session = await store.find('sessions', { id, expiresAt: { above: now } })
      if (session === undefined) return undefined
      // The epoch, and not the sessions' removal, is what a password change or a lock relies on.
      const where = { id: session.userId, epoch: session.epoch, disabledAt: null }
      const user = await store.find('users', where)
      return user && { session: await touch(session, now), user }
    },
    end(cookie) {
      const id = idOf(cookie)
      return id === undefined ? [] : [removeAll('sessions', { id })]
    },
  }
}
