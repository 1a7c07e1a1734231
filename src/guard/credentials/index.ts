/**
 * The kinds of credentials that a guard can accept.
 *
 * One more kind is one more file here and one more line.
 *
 * @module
 */

export type {
  ApiKeyAdministration,
  ApiKeyRotation,
  DescribedApiKey,
  IssuedApiKey,
} from '../api-keys/administration.ts'
export {
  type ApiKeyOwner,
  type ApiKeys,
  type ApiKeysOptions,
  type ApiKeyUse,
  createApiKeys,
} from '../api-keys/api-keys.ts'
export type { NewApiKey } from '../api-keys/new-key.ts'
export { type ApiKeyOptions, apiKeys } from './api-key.ts'
export { type BasicIdentity, type BasicOptions, basic } from './basic.ts'
export { type IntrospectionOptions, introspection } from './introspection.ts'
export {
  type JwtKind,
  type JwtOptions,
  jwt,
  type OtherJwtOptions,
  type SeveralIssuersOptions,
} from './jwt.ts'
export {
  type OAuth1Access,
  type OAuth1Consumer,
  type OAuth1Options,
  type OAuth1Token,
  oauth1,
} from './oauth1.ts'
