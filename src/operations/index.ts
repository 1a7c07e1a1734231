/**
 * Running a server: its health, its upkeep, its numbers, and what it does when there is too much to do.
 *
 * @module
 */

export { type Answerer, createFront, type FrontOptions } from './front.ts'
export { type Ailment, createHealth, type Health, type HealthCheck } from './health.ts'
export { type Examined, healthChecks } from './health-checks.ts'
export { type Lag, type LagMeter, type LagOptions, lagMeter, noLag } from './lag.ts'
export { createLoad, type Load, type LoadBounds } from './load.ts'
export { createMetrics, type Metrics } from './metrics/metrics.ts'
export { createOperations, type Operations, type OperationsOptions } from './operations.ts'
export { type ReferenceSource, readReference } from './references.ts'
export { type Ended, type RevokeSinceContext, revokeSince } from './revoke-since.ts'
export type { Importance } from './routes.ts'
export { type OperationsSettings, operationsSettings } from './settings.ts'
export {
  type KekSettings,
  type KekSurroundings,
  loadKeks,
  type StorePlace,
  storePlace,
} from './settled.ts'
export { openTraces, type Traces } from './traces.ts'
export { type Kept, keepUp } from './upkeep.ts'
export { openWatching, type Watching } from './watching.ts'
