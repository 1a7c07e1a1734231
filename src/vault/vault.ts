/**
 * Keyed hashes for what is only compared, and sealing for what must be read again.
 *
 * @module
 */

import type { KeyObject } from 'node:crypto'
import { WarderError } from '../errors.ts'
import { type Platform, systemPlatform } from '../platform.ts'
import { derive, type NamedKey, namedKey } from './derive.ts'
import { type KeyedHashes, keyedHashes } from './keyed-hash.ts'
import type { SecretObserver } from './observer.ts'
import { keyIdOf, openRecord, type Place, placeName, sealRecord, unreadable } from './sealing.ts'
import type { Secret } from './secret.ts'

/** Keyed hashes and sealing, under data keys. */
export interface Vault extends KeyedHashes {
  /** Encrypts a text so that it can be read again at this place, and nowhere else. */
  seal(plaintext: string, place: Place): string
  /**
   * Reads what was sealed at this place, and says nothing about it: for what came over the wire.
   *
   * @throws {WarderError} `vault_error` if it was changed, moved, or is under no key known here.
   */
  open(sealed: string, place: Place): string
  /**
   * Reads a stored secret, and says so. A key that another process has made since is looked up.
   *
   * @param reason - What it is needed for; goes into the log.
   * @throws {WarderError} `vault_error` as {@link Vault.open} does; that is an alarm too.
   */
  reveal(sealed: string, place: Place, reason: string): Promise<string>
}

/** The data keys of a vault. */
export interface DataKeys {
  /** The key that keyed hashes are derived from. */
  readonly mac: KeyObject
  /** The key that new records are sealed with. */
  current(): NamedKey
  /** A key by its id; no other is ever tried. */
  find(id: string): NamedKey | undefined
  /** Learns of keys that other processes have made. */
  refresh(): Promise<void>
}

/** Makes the vault of data keys. */
export function vaultOf(
  keys: DataKeys,
  platform: Pick<Platform, 'random'>,
  observer?: SecretObserver,
): Vault {
  const open: Vault['open'] = (sealed, place) => {
    const id = keyIdOf(sealed)
    if (id === undefined) throw unreadable(place, 'not a sealed record')
    const key = keys.find(id)
    if (key === undefined) {
      throw unreadable(place, `data key ${id} is gone, or under a key that was not given here`)
    }
    return openRecord(sealed, key, place).toString('utf8')
  }
  const unread = new Set<string>()
  /** Once for each place until it can be read again: whoever needs it may well try every second. */
  const alarm = (name: string, { detail, message }: WarderError) => {
    if (!unread.has(name)) observer?.unreadable(detail ?? message)
    unread.add(name)
  }
  return {
    ...keyedHashes(keys.mac),
    seal: (plaintext, place) => sealRecord(plaintext, keys.current(), { place, platform }),
    open,
    async reveal(sealed, place, reason) {
      const name = placeName(place)
      const id = keyIdOf(sealed)
      try {
        if (id !== undefined && keys.find(id) === undefined) await keys.refresh()
        const plaintext = open(sealed, place)
        unread.delete(name)
        observer?.used(name, reason)
        return plaintext
      } catch (error) {
        if (error instanceof WarderError && error.code === 'vault_error') alarm(name, error)
        throw error
      }
    },
  }
}

/**
 * A vault whose data keys follow from one root and are kept nowhere: for what does not outlive the
 * process, and for tests. What others must be able to read is for {@link openVault}.
 *
 * @param platform - Where salts and nonces come from.
 */
export function createVault(
  root: Secret<Uint8Array>,
  platform: Pick<Platform, 'random'> = systemPlatform,
): Vault {
  const { key } = namedKey(root.reveal('deriving the keys of the vault'))
  const dataKey = (kind: string) =>
    namedKey(derive(key, { info: `warder/data-key/v1/${kind}`, length: 32 }))
  const sealing = dataKey('seal')
  const keys: DataKeys = {
    mac: dataKey('mac').key,
    current: () => sealing,
    find: (id) => (id === sealing.id ? sealing : undefined),
    refresh: async () => {},
  }
  return vaultOf(keys, platform)
}
