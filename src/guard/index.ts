/**
 * Guards for protected resources: requests in, a principal or the refusal out.
 *
 * Loads nothing but `jose` and the platform.
 *
 * @module
 */

export { ConfigError, OAuthError, type OAuthErrorCode } from '../errors.ts'
export type {
  ApiKeyAdministration,
  ApiKeyRotation,
  DescribedApiKey,
  IssuedApiKey,
} from './api-keys/administration.ts'
export {
  type ApiKeyOwner,
  type ApiKeys,
  type ApiKeysOptions,
  type ApiKeyUse,
  createApiKeys,
} from './api-keys/api-keys.ts'
export type { NewApiKey } from './api-keys/new-key.ts'
export type { DpopOptions } from './bindings/dpop.ts'
export type * from './credentials/credential.ts'
export * from './credentials/index.ts'
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
