/**
 * Secrets: the type that does not print, keyed hashes, sealing, and the key behind them.
 *
 * @module
 */

export { type CanaryKeeper, checkCanary } from './canary.ts'
export { type KekSource, type LoadedKek, loadKek } from './kek.ts'
export type { Place } from './sealing.ts'
export { Secret } from './secret.ts'
export { type VaultSettings, vaultSettings } from './settings.ts'
export { createVault, type Purpose, type Vault } from './vault.ts'
