/**
 * What tests of Warder, and of code that builds on it, need.
 *
 * @module
 */

export { type FakePlatform, fakePlatform } from './clock.ts'
export { type GrantStoreCase, grantStoreContract } from './grant-store-contract.ts'
export type { AuthorizationPage } from './oauth1-provider/authorizations.ts'
export {
  type OAuth1Provider,
  type OAuth1ProviderOptions,
  oauth1Provider,
} from './oauth1-provider.ts'
export {
  legacyServer,
  modernServer,
  type Received,
  type RecordingUpstream,
  recordingUpstream,
} from './recording-upstream.ts'
export type { StoreCase } from './store-contract/store-case.ts'
export { storeContract } from './store-contract.ts'
