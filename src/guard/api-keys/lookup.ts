/**
 * From what was presented to the key that it is, by the id that it carries.
 *
 * What was read is kept for a few seconds, by id, so that most requests read nothing: a revocation is
 * heard of at once where processes talk to each other, and takes effect within those seconds anyway.
 * Ids that nobody has are not kept: strangers choose them. Secrets are compared with each request, by
 * their keyed hash, against one that nobody has where there is none: both take the same time.
 *
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { createBoundedMemory } from '../../limits/bounded-memory.ts'
import type { Platform } from '../../platform.ts'
import type { ApiKey } from '../../store/tables.ts'
import type { KeyedHashes } from '../../vault/keyed-hash.ts'
import { type Environment, parseApiKey } from './format.ts'

/** Finds keys by their text. */
export interface ApiKeyLookup<K extends KnownKey> {
  /**
   * What becomes of the key that a text is, if it is good now: at once if it is known, else when it was
   * read from the store.
   *
   * @throws {OAuthError} `invalid_token` if it is not, `temporarily_unavailable` if nobody can tell.
   */
  identify<R>(text: string, admit: (known: K) => R): R | Promise<R>
  /** Forgets what is known of a key; of every key without an id. */
  forget(id: string | undefined): void
}

/** What is kept of a key. */
export interface KnownKey {
  readonly row: ApiKey
}

/** What a lookup leans on. */
export interface LookupContext<K extends KnownKey> {
  readonly platform: Pick<Platform, 'now'>
  readonly vault: Pick<KeyedHashes, 'matches'>
  readonly environment: Environment
  /** How long what was read is kept, in milliseconds. */
  readonly keptMs: number
  /** How many keys are kept. */
  readonly keptKeys: number
  /** Reads a key with what belongs to it. */
  read(id: string): Promise<K | undefined>
}

interface Kept<K> {
  readonly known: K
  readonly readAt: number
}

interface Reading<K> {
  readonly row: Promise<K | undefined>
  readonly readAt: number
}

/** Stands in for the hash of a key that does not exist. */
const NOBODY = 'A'.repeat(43)

/** Makes a lookup. */
export function apiKeyLookup<K extends KnownKey>(context: LookupContext<K>): ApiKeyLookup<K> {
  const { platform, environment, keptMs, keptKeys, read } = context
  const newMemory = () => createBoundedMemory<Kept<K> | undefined>(keptKeys)
  let memory = newMemory()
  /**
   * Those who ask for a key while it is being read share the reading, unless it was changed meanwhile,
   * or has taken so long that what was read may be out of date.
   */
  const readings = new Map<string, Reading<K>>()
  const isFresh = ({ readAt }: { readonly readAt: number }, now: number) =>
    readAt <= now && now < readAt + keptMs

  const readAndKeep = async (id: string): Promise<K | undefined> => {
    const readAt = platform.now()
    const reading = { row: read(id), readAt }
    readings.set(id, reading)
    try {
      const known = await reading.row
      if (known !== undefined && readings.get(id) === reading) {
        // By the id that was read: that of the text is a part of it, and would keep the key in memory.
        memory.set(known.row.id, { known, readAt })
      }
      return known
    } finally {
      if (readings.get(id) === reading) readings.delete(id)
    }
  }
  const find = async (id: string): Promise<K | undefined> => {
    const begun = readings.get(id)
    try {
      if (begun !== undefined && isFresh(begun, platform.now())) return await begun.row
      return await (keptMs === 0 ? read(id) : readAndKeep(id))
    } catch (cause) {
      return unavailable(cause)
    }
  }
  return {
    identify(text, admit) {
      const id = parseApiKey(text, environment)
      const kept = memory.get(id)
      if (kept !== undefined && isFresh(kept, platform.now())) {
        return admit(checkKey(kept.known, text, context))
      }
      return find(id).then((known) => admit(checkKey(known, text, context)))
    },
    forget(id) {
      if (id === undefined) {
        memory = newMemory()
        readings.clear()
      } else {
        memory.set(id, undefined)
        readings.delete(id)
      }
    },
  }
}

/** @throws {OAuthError} `invalid_token`. */
function checkKey<K extends KnownKey>(
  known: K | undefined,
  text: string,
  { vault, platform }: Pick<LookupContext<K>, 'vault' | 'platform'>,
): K {
  const isCurrent = vault.matches('api_key', known?.row.hash ?? NOBODY, text)
  if (known === undefined) return refuseKey('there is no API key of this id')
  const { id, previousHash, previousUntil, revokedAt, expiresAt } = known.row
  const now = platform.now()
  if (!isCurrent) {
    const isPrevious = previousHash !== null && vault.matches('api_key', previousHash, text)
    if (!isPrevious) return refuseKey(`API key ${id}: the secret is wrong`)
    if (now >= (previousUntil ?? 0))
      return refuseKey(`API key ${id}: rotated, and this is the old secret`)
  }
  if (revokedAt !== null) return refuseKey(`API key ${id}: revoked`)
  if (expiresAt !== null && now >= expiresAt) return refuseKey(`API key ${id}: expired`)
  return known
}

/**
 * Refuses a key; every reason looks the same from outside.
 *
 * @throws {OAuthError} `invalid_token`, always.
 */
export function refuseKey(detail: string): never {
  const message = 'The API key is not valid. It may have expired or been revoked.'
  throw new OAuthError('invalid_token', message, { detail })
}

function unavailable(cause: unknown): never {
  const message = 'API keys cannot be checked at the moment. Try again.'
  const detail = `the key cannot be read: ${String(cause)}`
  throw new OAuthError('temporarily_unavailable', message, { detail, cause })
}
