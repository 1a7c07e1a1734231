/**
 * The vault of an installation: its data keys are kept, wrapped, and shared by all its processes.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import { namedKey } from './derive.ts'
import { Keyring, type KeyringContext } from './keyring.ts'
import type { SecretObserver } from './observer.ts'
import { createRekeying, type Rekeying } from './rekeying.ts'
import type { VaultRows } from './rows.ts'
import type { Secret } from './secret.ts'
import { type Vault, vaultOf } from './vault.ts'

/** What a vault is opened with. */
export interface VaultOptions {
  /** The key-encryption key, and those before it that data keys may still be under. */
  readonly keks: readonly [Secret<Uint8Array>, ...Secret<Uint8Array>[]]
  readonly rows: VaultRows
  readonly platform: Platform
  readonly observer?: SecretObserver
}

/** A vault that outlives the process. */
export interface KeptVault extends Vault {
  /** Learns of keys that other processes have made. To be done often enough that they rest longer. */
  refresh(): Promise<void>
  readonly rekeying: Rekeying
}

/**
 * Opens the vault of an installation, which begins here if nothing has been kept yet.
 *
 * @throws {ConfigError} if a key-encryption key is missing or another one. Nothing is written then.
 * @throws {WarderError} `vault_error` if a data key was tampered with.
 */
export async function openVault(options: VaultOptions): Promise<KeptVault> {
  const { rows, platform, observer } = options
  const reveal = (kek: Secret<Uint8Array>) => namedKey(kek.reveal('unwrapping the data keys'))
  const [first, ...others] = options.keks
  const primary = reveal(first)
  const previous = others.map(reveal).filter(({ id }) => id !== primary.id)
  const context: KeyringContext = { keks: [primary, ...previous], rows, platform }
  const keyring = await Keyring.open(context)
  return {
    ...vaultOf(keyring, platform, observer),
    refresh: () => keyring.refresh(),
    rekeying: createRekeying(context, keyring),
  }
}
