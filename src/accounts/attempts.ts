/**
 * Attempts to prove who one is: the steps that every way in and every method shares, and none can
 * skip.
 *
 * To the user there is one refusal, whatever was wrong; the event tells the operator.
 *
 * @module
 */

import { type Decision, decidedBy } from '../decisions.ts'
import type { EventFields, EventMaker, EventSink } from '../events.ts'
import { type Limits, sourceKey, type Throttle } from '../limits/index.ts'
import { type Change, type Store, update } from '../store/store.ts'
import type { User } from '../store/tables.ts'
import type { Devices } from './devices.ts'
import { mailboxOf, normalizeEmail } from './email.ts'
import type { Passwords } from './passwords.ts'
import type { AccountsSettings } from './settings.ts'
import { type Credentials, claimOf } from './sign-in/index.ts'
import type { Users } from './users.ts'

/** What is presented, and where it comes from. */
export type Attempt = Credentials & {
  /** The address the request came from, as `clientAddress` says. */
  readonly source: string | undefined
  /** The value of the device cookie. */
  readonly deviceCookie?: string | undefined
  readonly userAgent?: string | undefined
}

/** The one outcome of every failure. `throttled` says nothing about the account either. */
export interface Refused {
  readonly ok: false
  readonly reason: 'refused' | 'throttled'
  readonly retryAfterSeconds?: number
}

/** What somebody who proved who they are gets: what is written, and once that is done, the answer. */
interface Gain<T> {
  readonly changes: readonly Change[]
  readonly answer: () => T
}

/** Makes an attempt. `gain` is asked for only if it succeeds. */
export type Attempts = <T>(
  attempt: Attempt,
  event: EventMaker,
  gain: (user: User, deviceId: string | undefined) => Gain<T>,
) => Promise<T | Refused>

/** What attempts work with. */
export interface AttemptContext {
  readonly store: Store
  readonly settings: AccountsSettings
  readonly users: Users
  readonly passwords: Passwords
  readonly devices: Devices
  readonly throttle: Throttle
  readonly limits: Limits
  /** A mark of the name that was typed, from which it does not follow. */
  markOf(username: string): string
  /** How many seconds strangers at an address have to wait, because of what others there did. */
  holdsSource(source: string | undefined): number
  readonly onEvent: EventSink
}

/** The throttle's key for attempts at an account by strangers, whether or not there is one. */
export const strangersBudget = (username: string): string =>
  `account:${mailboxOf(normalizeEmail(username) ?? username)}`

/** Makes what every attempt goes through. */
export function createAttempts(context: AttemptContext): Attempts {
  const { store, users, passwords, devices, throttle, settings, onEvent } = context
  const takeFromSource = createSourceLimit(context)

  return async (attempt, event, gain) => {
    const claim = claimOf(attempt, { passwords, users })
    const fields = { ...fieldsOf(attempt), account: context.markOf(claim.username) }
    const throttled = (reason: string, retryAfterSeconds: number, by: Decision): Refused => {
      // Not written here: what costs an attacker nothing must not cost a write.
      onEvent(event('login.throttled', { ...fields, reason, ...by }))
      return { ok: false, reason: 'throttled', retryAfterSeconds }
    }
    const refused = async (reason: string, user: User | undefined): Promise<Refused> => {
      const failed = event('login.failed', { ...fields, ...subjectOf(user), reason })
      await store.write([], [failed])
      return { ok: false, reason: 'refused' }
    }

    const { perMinute: limit } = settings.perSource
    const held = context.holdsSource(attempt.source)
    const taken = await takeFromSource(attempt.source)
    const wait = Math.max(held, taken)
    const crowded = () =>
      held > 0
        ? throttled('many accounts fail from here', wait, decidedBy('login.spraying', { wait }))
        : throttled(
            'too many attempts from this source',
            wait,
            decidedBy('login.source', { limit, wait }),
          )
    if (wait > 0 && attempt.deviceCookie === undefined) return crowded()

    const user = await users.findByEmail(claim.username)
    const deviceId = devices.recognize(attempt.deviceCookie, user)
    // A known device is not made to wait for its neighbours: it has a budget of its own.
    if (wait > 0 && deviceId === undefined) return crowded()

    // A place first, the count second: who is turned away for lack of room has not failed.
    return passwords.reserve(async () => {
      const budget = deviceId === undefined ? strangersBudget(claim.username) : `device:${deviceId}`
      const admission = await throttle.admit(budget)
      if (!admission.admitted) {
        const { retryAfterSeconds: wait } = admission
        const { free: limit } = settings.throttle
        const by = decidedBy('login.account', { limit, wait })
        return throttled('too many failures for this account', wait, by)
      }
      const proven = await claim.prove(user)
      if (user === undefined) return refused('no such account', user)
      if (!proven) return refused('wrong credentials', user)
      if (user.disabledAt !== null) return refused('account disabled', user)

      const { changes, answer } = gain(user, deviceId)
      const succeeded = event('login.succeeded', { ...fields, subject: user.id })
      // The account must still be as it was when the credentials were checked.
      const unchanged = update('users', { id: user.id, epoch: user.epoch }, { epoch: user.epoch })
      if (!(await store.write([unchanged, ...changes], [succeeded]))) {
        return refused('account changed', user)
      }
      await throttle.succeed(budget)
      return answer()
    })
  }
}

/** How many times the budget of one source a whole IPv6 allotment of many networks has. */
const NETWORKS = 4

/** Limits attempts per source; answers how many seconds to wait. */
function createSourceLimit({ limits, settings }: AttemptContext) {
  const { perMinute, burst } = settings.perSource
  const bySource = limits.rateLimiter('sign-in', { perMinute, burst, guardsSignIn: true })
  const byAllotment = limits.rateLimiter('sign-in-allotment', {
    perMinute: NETWORKS * perMinute,
    burst: NETWORKS * burst,
    guardsSignIn: true,
  })
  return async (source: string | undefined): Promise<number> => {
    const first = await bySource.take(sourceKey(source))
    if (!first.allowed) return first.retryAfterSeconds
    return (await byAllotment.take(sourceKey(source, 56))).retryAfterSeconds
  }
}

/** What the events of an attempt say about it. The name is left out: people type passwords there. */
function fieldsOf({ method, source, userAgent }: Attempt): EventFields {
  return {
    method,
    ...(source === undefined ? {} : { source }),
    ...(userAgent === undefined ? {} : { userAgent: userAgent.slice(0, 200) }),
  }
}

const subjectOf = (user: User | undefined): EventFields =>
  user === undefined ? {} : { subject: user.id }
