/**
 * What the settings of an installation come to.
 *
 * @module
 */

import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import type { Platform } from '../platform.ts'
import { isLoopbackHost } from '../protocol/uri.ts'
import type { StoreOptions, StoreSettings } from '../store/index.ts'
import {
  type KekSource,
  loadKek,
  type Secret,
  type SecretObserver,
  type VaultOptions,
  type VaultSettings,
} from '../vault/index.ts'
import { type ReferenceSource, readReference } from './references.ts'

/** Where the store is, and how it is used. */
export interface StorePlace {
  readonly url: string
  readonly options: StoreOptions
}

/** Where the store is: where the settings say, or in the data directory. */
export async function storePlace(
  { store, data }: { readonly store: StoreSettings; readonly data: string },
  around: ReferenceSource & { readonly platform: Platform },
): Promise<StorePlace> {
  const { url, ...options } = store
  const told = url === undefined ? undefined : await readReference(url, 'store.url', around)
  const { platform } = around
  return { url: told ?? `sqlite:${join(data, 'warder.db')}`, options: { ...options, platform } }
}

/** What the keys that protect the others are found by. */
export interface KekSettings {
  readonly vault: VaultSettings
  readonly data: string
  readonly issuer: string
}

/** What they are loaded with. */
export interface KekSurroundings extends ReferenceSource {
  readonly observer: SecretObserver
  onWarning(warning: string): void
}

/**
 * Loads the keys that protect the others. The one beside the data protects against little, so it is
 * for one's own computer only.
 *
 * @throws {ConfigError} if none is set where others come, or one cannot be read.
 */
export async function loadKeks(
  { vault, data, issuer }: KekSettings,
  { observer, ...around }: KekSurroundings,
): Promise<VaultOptions['keks']> {
  const source: KekSource = vault.kek ?? { dataDir: data }
  if ('dataDir' in source && !isLoopbackHost(new URL(issuer).hostname)) {
    throw new ConfigError(
      'vault.kek',
      'is not set, and this server is not only for this computer.',
      'Make a key with “openssl rand -base64 32” and refer to it: { "env": "WARDER_KEK" } or { "file": "…" }.',
    )
  }
  const load = async (from: KekSource, setting: string): Promise<Secret<Uint8Array>> =>
    (await loadKek(from, { ...around, setting, onUse: observer.used })).kek
  const primary = await load(source, 'vault.kek')
  const previous = vault.previousKeks.map((from, i) => load(from, `vault.previousKeks.${i}`))
  return [primary, ...(await Promise.all(previous))]
}
