/**
 * Limits: how often, from where, and what happens to those who keep failing.
 *
 * @module
 */

export {
  createRateLimiter,
  type RateDecision,
  type RateLimiter,
  type RateRule,
} from './rate-limiter.ts'
export {
  type LimitsSettings,
  limitsSettings,
  rateSettings,
  type ThrottleSettings,
  throttleSettings,
} from './settings.ts'
export { type Arrival, clientAddress, sourceKey } from './source.ts'
export { type Admission, createThrottle, type Throttle, type ThrottleContext } from './throttle.ts'
