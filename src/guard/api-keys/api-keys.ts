/**
 * API keys as the rest of Warder sees them: managed, and verified.
 *
 * @module
 */

import { freezeDeep } from '../../freeze.ts'
import { type Invalidation, localInvalidation } from '../../limits/invalidation.ts'
import { type Platform, systemPlatform } from '../../platform.ts'
import type { Store } from '../../store/store.ts'
import type { ApiKey } from '../../store/tables.ts'
import { systemTimers, type Timers } from '../../timers.ts'
import type { KeyedHashes } from '../../vault/keyed-hash.ts'
import type { Identity } from '../credentials/credential.ts'
import { type ApiKeyAdministration, apiKeyAdministration } from './administration.ts'
import type { Environment } from './format.ts'
import { lastUses } from './last-use.ts'
import { apiKeyLookup, type KnownKey, refuseKey } from './lookup.ts'
import { isWithin, type Network, parseNetwork } from './networks.ts'

/** Where a key is used. */
export interface ApiKeyUse {
  /** For what. */
  readonly resource: string
  /** From where. A key that is held to networks is refused where nobody knows. */
  readonly remoteAddress?: string | undefined
}

/** Manages and verifies the API keys of a store. */
export interface ApiKeys extends ApiKeyAdministration {
  /**
   * Whoever a key stands for.
   *
   * @param use - Where it is used, which is then noted; without it, only the key is looked at.
   * @throws {OAuthError} `invalid_token` if it is not good, or not there; `temporarily_unavailable` if
   * nobody can tell.
   */
  verify(key: string, use?: ApiKeyUse): Identity | Promise<Identity>
  /** Writes when keys were last used. To be called before the store is closed. */
  close(): Promise<void>
}

/** Somebody who owns keys. */
export interface ApiKeyOwner {
  readonly roles: readonly string[]
}

/** What API keys are made of. */
export interface ApiKeysOptions {
  readonly store: Store
  /** What keys are hashed with. It must outlive the process, or no key does. */
  readonly vault: Pick<KeyedHashes, 'hash' | 'matches'>
  /** Who vouches for the keys, as principals have it. */
  readonly issuer: string
  /** Which keys are made and taken: `live` unless told. */
  readonly environment?: Environment
  /**
   * Finds the user who owns keys; nothing if there is none, or they are disabled, whose keys are then
   * refused. Without it, an owner is a name that nobody asks about.
   */
  readonly findOwner?: (subject: string) => Promise<ApiKeyOwner | undefined>
  /** How long what is known of a key may be out of date, in seconds; 5 unless told, 0 for not at all. */
  readonly cache?: number
  /** How many keys are known at once; 20,000 unless told, which may take 30 MB. */
  readonly cachedKeys?: number
  /** How processes tell each other of changes; they do not unless told. */
  readonly invalidation?: Invalidation
  readonly platform?: Platform
  readonly timers?: Timers
}

/** What processes tell each other of when a key is changed. */
const TOPIC = 'api-keys'

/** What is known of a key, as it takes no time to use. */
interface Known extends KnownKey {
  readonly networks: readonly Network[] | undefined
  /** Nothing if its owner is gone. */
  readonly identity: Identity | undefined
}

/** Makes the keeper of API keys. */
export function createApiKeys(options: ApiKeysOptions): ApiKeys {
  const { store, vault, issuer, findOwner, environment = 'live' } = options
  const { platform = systemPlatform, timers = systemTimers } = options
  const { cache = 5, cachedKeys = 20_000, invalidation = localInvalidation() } = options
  const uses = lastUses(store, timers)
  const lookup = apiKeyLookup<Known>({
    ...{ platform, vault, environment, keptMs: cache * 1000, keptKeys: cachedKeys },
    async read(id) {
      const row = await store.find('apiKeys', { id })
      if (row === undefined) return undefined
      const roles = row.owner === null ? row.allows.roles : await rolesOf(row, row.owner, findOwner)
      return {
        row,
        networks: row.allows.networks?.flatMap((text) => parseNetwork(text) ?? []),
        identity: roles && identityOf(row, roles, issuer),
      }
    },
  })
  const unsubscribe = invalidation.subscribe(TOPIC, lookup.forget)

  const admit = (known: Known, use: ApiKeyUse | undefined): Identity => {
    const { row, identity } = known
    if (identity === undefined) return refuseKey(`API key ${row.id}: its owner is disabled or gone`)
    if (use !== undefined) {
      checkUse(known, use)
      uses.note(row, platform.now())
    }
    return identity
  }
  return {
    ...apiKeyAdministration({
      ...{ store, vault, platform, environment },
      isOwner: async (subject) =>
        findOwner === undefined || (await findOwner(subject)) !== undefined,
      onChange: (id) => invalidation.publish(TOPIC, id),
    }),
    verify: (key, use) => lookup.identify(key, (known) => admit(known, use)),
    async close() {
      unsubscribe()
      await uses.close()
    },
  }
}

/** The roles that count; nothing if the owner is gone. */
async function rolesOf(
  { allows: { roles } }: ApiKey,
  owner: string,
  findOwner: ApiKeysOptions['findOwner'],
): Promise<readonly string[] | undefined> {
  if (findOwner === undefined) return roles
  const found = await findOwner(owner)
  return found && roles.filter((role) => found.roles.includes(role))
}

/** `apikey:` before it keeps a key apart from users and clients. */
function identityOf(row: ApiKey, roles: readonly string[], issuer: string): Identity {
  const { id, name, owner, expiresAt, allows } = row
  return freezeDeep({
    subject: owner ?? `apikey:${id}`,
    clientId: id,
    issuer,
    scopes: [...allows.scopes],
    roles: [...roles],
    credentialId: id,
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(allows.rate === null ? {} : { rate: allows.rate }),
    claims: { key_name: name },
  })
}

/** @throws {OAuthError} `invalid_token` where the key is not good. */
function checkUse({ row, networks }: Known, { resource, remoteAddress }: ApiKeyUse): void {
  const { resources } = row.allows
  if (resources !== null && !resources.includes(resource)) {
    refuseKey(`API key ${row.id}: not for ${resource}`)
  }
  if (networks !== undefined && !isWithin(remoteAddress, networks)) {
    refuseKey(`API key ${row.id}: not from ${remoteAddress ?? 'an unknown address'}`)
  }
}
