/**
 * Secrets: the type that does not print, keyed hashes, sealing, the keys behind them, and the redactor
 * that stands before every output.
 *
 * @module
 */

export type { DataKeyKind, StoredDataKey } from './data-key.ts'
export { type KekSource, type KekSurroundings, type LoadedKek, loadKek } from './kek.ts'
export type { KeyedHashes, Purpose } from './keyed-hash.ts'
export { type SecretObserver, secretEvents } from './observer.ts'
export { type KeptVault, openVault, type VaultOptions } from './open-vault.ts'
export { secretPrefixes } from './prefixes.ts'
export { createRedactor, type Redactor, redact } from './redactor.ts'
export type { DataKeyStatus, KekStatus, KeyStatus, Rekeying } from './rekeying.ts'
export type { EventOf, Resealed, SealedRecord, VaultRows } from './rows.ts'
export type { Place } from './sealing.ts'
export { Secret } from './secret.ts'
export { type KekReference, type VaultSettings, vaultSettings } from './settings.ts'
export { createVault, type Vault } from './vault.ts'
