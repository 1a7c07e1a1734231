/**
 * Limits: how often, from where, and what happens to those who keep failing.
 *
 * @module
 */

export { type BoundedMemory, createBoundedMemory } from './bounded-memory.ts'
export { LimitsUnavailable } from './errors.ts'
export type { Invalidation, InvalidationListener } from './invalidation.ts'
export { type Limits, type LimitsContext, localLimits } from './limits.ts'
export { type OpenLimitsOptions, openLimits } from './open-limits.ts'
export type { Attempt, RateDecision, RateLimiter, RateRule } from './rate-limiter.ts'
export { type MemoryReplayOptions, memoryReplays } from './replays/memory.ts'
export { CLOCKS_APART, type Presented, type ReplayCache } from './replays/replay-cache.ts'
export {
  type LimitsSettings,
  limitsSettings,
  rateSettings,
  type ThrottleSettings,
  throttleSettings,
} from './settings.ts'
export { type Arrival, clientAddress, sourceKey } from './source.ts'
export { type Admission, createThrottle, type Throttle, type ThrottleContext } from './throttle.ts'
