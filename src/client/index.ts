/**
 * Clients: tokens for the APIs and MCP servers that you call, got, kept and renewed.
 *
 * @module
 */

export { type Client, createClient, type TokenRequest } from './client.ts'
export * from './client-auth/index.ts'
export type { ClientOptions, LegacyOptions } from './client-options.ts'
export type { DpopPolicy } from './dpop-keys.ts'
export {
  ClientError,
  type ClientErrorCode,
  type ClientErrorContext,
  clientErrors,
} from './errors.ts'
export {
  type BegunAuthorization,
  clientCredentials,
  type DeviceAuthorization,
  type Flow,
  type FlowVisit,
  type IdJagOptions,
  idJag,
  jwtBearer,
  type LegacyPasswordOptions,
  legacyPasswordGrant,
  type PendingAuthorization,
  type TokenExchangeOptions,
  type TokenKind,
  type TokenSource,
  tokenExchange,
} from './flows/index.ts'
export { grantsDirectory, type UserSurroundings } from './grants/directory.ts'
export { type KeychainSurroundings, systemKeychain } from './grants/keychains/index.ts'
export type { Found, Keychain } from './grants/keychains/keychain.ts'
export type { Ended, Program, RunProgram } from './grants/keychains/run-program.ts'
export { memoryGrantStore } from './grants/memory.ts'
export { type SealedGrantsOptions, sealedGrantStore } from './grants/sealed-store.ts'
export type { IdTokenClaims } from './id-token.ts'
export {
  DEFAULT_ACCOUNT,
  type GrantDecision,
  type GrantKey,
  type GrantStore,
  grantId,
  type KeptGrant,
  type KeptRegistration,
} from './kept-grant.ts'
export { type NetworkOptions, networkFetch } from './network-fetch.ts'
export { checkOpenableUrl } from './outward-url.ts'
export type { TokenQuirks } from './party.ts'
export * from './profiles/index.ts'
export type { RegistrationOptions } from './registration.ts'
export type { ServerMetadata } from './server.ts'
export type { DeviceSignIn, SignedIn, SignInOptions } from './sign-in.ts'
export type { SignInNeed } from './sign-in-need.ts'
export { formatTraceStep, type Trace, type TraceChannel, type TraceStep } from './trace.ts'
