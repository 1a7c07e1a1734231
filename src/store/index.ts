/**
 * What Warder keeps, and where.
 *
 * @module
 */

export { StoreUnavailable } from './errors.ts'
export { memoryStore } from './memory.ts'
export * from './store.ts'
export type * from './tables.ts'
