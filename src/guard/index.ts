/**
 * Guards for protected resources: requests in, a principal or the refusal out.
 *
 * Loads nothing but `jose` and the platform. Signed access tokens are accepted as it is; the other kinds
 * of credentials are in `warder/guard/credentials`, so that nobody loads what they do not accept.
 *
 * @module
 */

export { ConfigError, OAuthError, type OAuthErrorCode } from '../errors.ts'
export type { DpopOptions } from './bindings/dpop.ts'
export type * from './credentials/credential.ts'
export type * from './credentials/index.ts'
export { jwt } from './credentials/jwt.ts'
export { createGuard, type Guard } from './guard.ts'
export type { Authenticate } from './introspection/client.ts'
export type { GuardRule } from './judge.ts'
export type { ClaimPlaces, TrustedIssuer } from './jwt/issuer-options.ts'
export type { KeySource } from './jwt/key-source.ts'
export type { TokenCacheOptions } from './jwt/verified-tokens.ts'
export type * from './mcp-types.ts'
export type { GuardOptions } from './options.ts'
export type { Permissions, PermissionTable } from './permissions.ts'
export type { Carrier, Presented } from './presented.ts'
export type { AccessTokenClaims, Principal, Proof } from './principal.ts'
export type { GuardLimits } from './rate-limits.ts'
export type { Connection, GuardRequest, Visit } from './request.ts'
export * from './rules/index.ts'
export type { Circumstances, Judgement, Rule } from './rules/rule.ts'
