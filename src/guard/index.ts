/**
 * Guards for protected resources: requests in, a principal or the refusal out.
 *
 * Loads nothing but `jose` and the platform.
 *
 * @module
 */

export { createGuard, type Guard, type GuardRule } from './guard.ts'
export type { GuardOptions } from './options.ts'
export type { AccessTokenClaims, Principal } from './principal.ts'
