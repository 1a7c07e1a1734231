/**
 * Running a server: its health, its upkeep, and what it does when there is too much to do.
 *
 * @module
 */

export { type Answerer, createFront, type FrontOptions } from './front.ts'
export { type Ailment, createHealth, type Health, type HealthCheck } from './health.ts'
export { type Examined, healthChecks } from './health-checks.ts'
export { type ReferenceSource, readReference } from './references.ts'
export { type OperationsSettings, operationsSettings } from './settings.ts'
export { type Kept, keepUp } from './upkeep.ts'
