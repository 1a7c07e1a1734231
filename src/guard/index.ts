/**
 * Guards for protected resources: requests in, a principal or the refusal out.
 *
 * Loads nothing but `jose` and the platform.
 *
 * @module
 */

export type * from './credentials/credential.ts'
export * from './credentials/index.ts'
export { createGuard, type Guard, type GuardRule } from './guard.ts'
export type { GuardOptions } from './options.ts'
export type { Carrier, Presented } from './presented.ts'
export type { AccessTokenClaims, Principal, Proof } from './principal.ts'
export type { Connection, GuardRequest, Visit } from './request.ts'
