/**
 * Users: one account an address.
 *
 * @module
 */

import { OAuthError } from '../errors.ts'
import { type EventFields, eventMaker, type WarderEvent } from '../events.ts'
import { type Platform, randomToken } from '../platform.ts'
import { type Change, insert, type Page, removeAll, type Store, update } from '../store/store.ts'
import type { User } from '../store/tables.ts'
import type { Secret } from '../vault/index.ts'
import { cutOff } from './cut-off.ts'
import { normalizeEmail } from './email.ts'
import type { Passwords } from './passwords.ts'

/** A new account. */
export interface NewAccount {
  readonly email: string
  readonly password: Secret<string>
  readonly roles?: readonly string[] | undefined
}

/** The accounts. */
export interface Users {
  /**
   * Creates an account.
   *
   * @throws {OAuthError} `invalid_request` if the address, the password or a role is not
   * acceptable, or the address has an account.
   */
  add(account: NewAccount): Promise<User>
  find(id: string): Promise<User | undefined>
  findByEmail(email: string): Promise<User | undefined>
  /** Accounts in the order of their ids. */
  list(page: Page): Promise<readonly User[]>
  /** Locks an account, ending all it holds, or unlocks it. Undefined if there is none. */
  setDisabled(id: string, disabled: boolean): Promise<User | undefined>
  /**
   * Replaces a password and ends all that the old one gave. Undefined if there is no account.
   *
   * @throws {OAuthError} `invalid_request` if the password is not acceptable.
   */
  setPassword(id: string, password: Secret<string>): Promise<User | undefined>
  /** Keeps a better hash of the same password, unless the password was changed meanwhile. */
  keepHash(user: User, passwordHash: string): Promise<void>
  /** Removes an account and all it holds. False if there is none. */
  remove(id: string): Promise<boolean>
}

/** What users work with. */
export interface UsersContext {
  readonly store: Store
  readonly platform: Platform
  readonly passwords: Passwords
}

/** A role travels in tokens and headers, where it is one word. */
const ROLE = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/

/** Makes the keeper of accounts. */
export function createUsers({ store, platform, passwords }: UsersContext): Users {
  const find = (id: string): Promise<User | undefined> => store.find('users', { id })

  const eventOf = (type: 'user.created' | 'user.changed', fields: EventFields): WarderEvent =>
    eventMaker(platform, randomToken(platform, 16))(type, fields)

  /** Changes an account as it is now, and tries again if it changed in between. */
  const change = async (id: string, edit: Edit): Promise<User | undefined> => {
    for (let tries = 0; tries < 5; tries++) {
      const user = await find(id)
      if (user === undefined) return undefined
      const next = { ...user, ...edit.set, epoch: user.epoch + 1 }
      const event = eventOf('user.changed', { subject: id, reason: edit.reason })
      const raised = update('users', { id, epoch: user.epoch }, { ...edit.set, epoch: next.epoch })
      const ended = cutOff(id, edit.reason, platform.now())
      if (await store.write([raised, ...(edit.changes ?? []), ...ended], [event])) return next
    }
    throw new OAuthError('temporarily_unavailable', 'The account is being changed. Try again.')
  }

  return {
    async add({ email: typed, password, roles = [] }) {
      const email = normalizeEmail(typed)
      if (email === undefined) throw invalid('Give an e-mail address such as ada@example.com.')
      if (!roles.every((role) => ROLE.test(role))) {
        throw invalid('A role is one word of printable ASCII, at most 64 characters.')
      }
      const passwordHash = await passwords.reserve(() => passwords.hashNew(password, email))
      const user: User = {
        id: randomToken(platform, 16),
        email,
        passwordHash,
        roles: [...new Set(roles)],
        createdAt: platform.now(),
        disabledAt: null,
        epoch: 0,
      }
      const event = eventOf('user.created', { subject: user.id })
      if (!(await store.write([insert('users', user)], [event]))) {
        throw invalid('There is an account with this e-mail address already.')
      }
      return user
    },
    find,
    async findByEmail(typed) {
      const email = normalizeEmail(typed)
      return email === undefined ? undefined : store.find('users', { email })
    },
    list: (page) => store.list('users', {}, page),
    async setDisabled(id, disabled) {
      const user = await find(id)
      if (user === undefined || (user.disabledAt !== null) === disabled) return user
      const disabledAt = disabled ? platform.now() : null
      return change(id, {
        set: { disabledAt },
        reason: disabled ? 'account disabled' : 'account enabled',
      })
    },
    async setPassword(id, password) {
      const user = await find(id)
      if (user === undefined) return undefined
      const passwordHash = await passwords.reserve(() => passwords.hashNew(password, user.email))
      return change(id, { set: { passwordHash }, reason: 'password changed' })
    },
    async keepHash({ id, passwordHash: old }, passwordHash) {
      await store.write([update('users', { id, passwordHash: old }, { passwordHash })])
    },
    async remove(id) {
      const changes = [
        removeAll('consents', { userId: id }),
        removeAll('apiKeys', { owner: id }),
        removeAll('users', { id }),
      ]
      return (await change(id, { set: {}, reason: 'account removed', changes })) !== undefined
    },
  }
}

/** A change to an account. */
interface Edit {
  readonly set: Partial<User>
  readonly reason: string
  /** What else happens in the same write. */
  readonly changes?: readonly Change[]
}

const invalid = (message: string): OAuthError => new OAuthError('invalid_request', message)
