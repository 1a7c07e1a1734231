/**
 * Making, listing, rotating and revoking API keys. Each change is one conditional write with its event.
 *
 * There is no changing what a key allows: whoever has it would not know. Make another, revoke this one.
 *
 * @module
 */

import { WarderError } from '../../errors.ts'
import { type EventFields, type EventType, eventMaker } from '../../events.ts'
import { newCorrelationId, type Platform } from '../../platform.ts'
import { insert, type Page, type Store, update } from '../../store/store.ts'
import type { ApiKey } from '../../store/tables.ts'
import type { KeyedHashes } from '../../vault/keyed-hash.ts'
import { Secret } from '../../vault/secret.ts'
import { type Environment, makeApiKey } from './format.ts'
import { allowanceOf, checkExpiry, checkName, type NewApiKey } from './new-key.ts'

/** A key as it is shown: without the hashes, which are nobody's business. */
export type DescribedApiKey = Omit<ApiKey, 'hash' | 'previousHash'>

/** A key whose secret was made just now. It is kept nowhere. */
export interface IssuedApiKey extends DescribedApiKey {
  readonly key: Secret<string>
}

/** How a key is rotated. */
export interface ApiKeyRotation {
  /** How long the old secret goes on working, in seconds; a day unless told. */
  readonly overlap?: number
  /** When the key ends from now on, in milliseconds since the epoch; as before unless told. */
  readonly expiresAt?: number
}

/** Managing API keys. */
export interface ApiKeyAdministration {
  /**
   * Makes a key, which is told here and never again.
   *
   * @throws {WarderError} `invalid_api_key` if it cannot be, `no_such_owner` if nobody may own it.
   * @throws {OAuthError} `invalid_target` if a resource is none.
   */
  create(key: NewApiKey): Promise<IssuedApiKey>
  /** A key by its id. */
  find(id: string): Promise<DescribedApiKey | undefined>
  /** Keys in the order of their ids, those that are over among them. */
  list(page: Page, owner?: string): Promise<readonly DescribedApiKey[]>
  /**
   * Gives a key another secret. The one before works for a while, and no longer than it would have.
   * One that still worked from a rotation before ends at once.
   *
   * @throws {WarderError} `no_such_api_key`, `api_key_over` if it was revoked or has expired,
   * `api_key_changed` if somebody else was quicker, `invalid_api_key` if the end is in the past.
   */
  rotate(id: string, rotation?: ApiKeyRotation): Promise<IssuedApiKey>
  /**
   * Revokes a key with all its secrets.
   *
   * @returns Whether this did it; not if it was revoked already.
   * @throws {WarderError} `no_such_api_key`.
   */
  revoke(id: string): Promise<boolean>
}

/** What administration leans on. */
export interface ApiKeyAdministrationContext {
  readonly store: Store
  readonly vault: Pick<KeyedHashes, 'hash'>
  readonly platform: Platform
  readonly environment: Environment
  /** Whether there is somebody who may own keys. */
  isOwner(subject: string): Promise<boolean>
  /** Told of a key that is no longer what it was. */
  onChange(id: string): void
}

const DAY = 86_400_000

/** How long one that is over can still be seen. */
const SHOWN_AFTER = 30 * DAY

/** Manages the keys of a store. */
export function apiKeyAdministration(context: ApiKeyAdministrationContext): ApiKeyAdministration {
  const { store, vault, platform, environment } = context
  const event = (type: EventType, { id, owner }: ApiKey, fields: EventFields = {}) =>
    eventMaker(platform, newCorrelationId(platform))(type, {
      keyId: id,
      ...(owner === null ? {} : { subject: owner }),
      ...fields,
    })
  const find = async (id: string): Promise<ApiKey> => {
    const row = await store.find('apiKeys', { id })
    if (row !== undefined) return row
    throw new WarderError('no_such_api_key', 'There is no API key of this id.')
  }
  return {
    async create(key) {
      const { name, owner = null, expiresAt } = key
      const now = platform.now()
      checkName(name)
      checkExpiry(expiresAt, now)
      const allows = allowanceOf(key)
      if (owner !== null && !(await context.isOwner(owner))) {
        throw new WarderError('no_such_owner', 'There is no such account, or it is disabled.')
      }
      const made = makeApiKey(platform, environment)
      const row: ApiKey = {
        ...{ id: made.id, name, environment, owner },
        hash: vault.hash('api_key', made.text),
        ...{ previousHash: null, previousUntil: null },
        createdAt: now,
        ...ending(expiresAt ?? null),
        ...{ revokedAt: null, usedAt: null, allows },
      }
      const created = event('apikey.created', row, { scope: allows.scopes.join(' ') })
      // Its 95 bits were drawn a moment ago: that they are taken is a fault of the generator.
      if (await store.write([insert('apiKeys', row)], [created])) return issued(row, made.text)
      throw new WarderError('api_key_exists', 'The id of the new key is taken.')
    },
    async find(id) {
      const row = await store.find('apiKeys', { id })
      return row && described(row)
    },
    async list(page, owner) {
      const rows = await store.list('apiKeys', owner === undefined ? {} : { owner }, page)
      return rows.map(described)
    },
    async rotate(id, rotation = {}) {
      const now = platform.now()
      checkExpiry(rotation.expiresAt, now)
      const row = await find(id)
      checkAlive(row, now)
      const { text } = makeApiKey(platform, row.environment, id)
      const set = {
        hash: vault.hash('api_key', text),
        previousHash: row.hash,
        previousUntil: overlapEnd(row, rotation, now),
        ...ending(rotation.expiresAt ?? row.expiresAt),
      }
      // By its hash: of two who rotate at once, the second would end a secret that nobody has yet.
      const change = update('apiKeys', { id, hash: row.hash, revokedAt: null }, set)
      if (!(await store.write([change], [event('apikey.rotated', row)]))) {
        throw new WarderError(
          'api_key_changed',
          'Somebody else changed this key. Look at it again.',
        )
      }
      context.onChange(id)
      return issued({ ...row, ...set }, text)
    },
    async revoke(id) {
      const row = await find(id)
      const now = platform.now()
      const over = { revokedAt: now, keptUntil: now + SHOWN_AFTER }
      const change = update('apiKeys', { id, revokedAt: null }, over)
      const isDone = await store.write([change], [event('apikey.revoked', row)])
      context.onChange(id)
      return isDone
    },
  }
}

/** @throws {WarderError} `api_key_over`. */
function checkAlive({ revokedAt, expiresAt }: ApiKey, now: number): void {
  if (revokedAt === null && (expiresAt === null || expiresAt > now)) return
  const how = revokedAt === null ? 'has expired' : 'was revoked'
  throw new WarderError('api_key_over', `This key ${how}. Create another.`)
}

/** @throws {WarderError} if the overlap is no length of time: the old secret would not end. */
function overlapEnd({ expiresAt }: ApiKey, { overlap }: ApiKeyRotation, now: number): number {
  if (overlap !== undefined && !(Number.isFinite(overlap) && overlap >= 0)) {
    throw new WarderError('invalid_api_key', 'An overlap is a number of seconds, 0 for none.')
  }
  const end = now + (overlap === undefined ? DAY : overlap * 1000)
  return Math.min(end, expiresAt ?? end)
}

const ending = (expiresAt: number | null) => ({
  expiresAt,
  keptUntil: expiresAt === null ? null : expiresAt + SHOWN_AFTER,
})

function described({ hash: _, previousHash: __, ...shown }: ApiKey): DescribedApiKey {
  return shown
}

const issued = (row: ApiKey, key: string): IssuedApiKey => ({
  ...described(row),
  key: new Secret(key),
})
