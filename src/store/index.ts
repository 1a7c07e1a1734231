/**
 * What Warder keeps, and where.
 *
 * @module
 */

export { backUpStore } from './backup-store.ts'
export { StoreUnavailable } from './errors.ts'
export { memoryStore } from './memory.ts'
export { migrateStore } from './migrate-store.ts'
export { observedStore } from './observed.ts'
export { openStore, type StoreOptions } from './open-store.ts'
export { pendingMigrations } from './pending-migrations.ts'
export { type PostgresOptions, postgresStore } from './postgres.ts'
export { type StoreSettings, storeSettings } from './settings.ts'
export type { Planned } from './sql/migrations/migrate.ts'
export type { SqliteDriverName } from './sqlite/drivers/index.ts'
export { type SqliteOptions, sqliteStore } from './sqlite.ts'
export * from './store.ts'
export { type SweeperOptions, startSweeper } from './sweeper.ts'
export type * from './tables.ts'
export { vaultRows } from './vault-rows.ts'
