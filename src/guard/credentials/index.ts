/**
 * The kinds of credentials that a guard can accept.
 *
 * One more kind is one more file here and one more line.
 *
 * @module
 */

export { type ApiKeyOptions, apiKeys } from './api-key.ts'
export { type IntrospectionOptions, introspection } from './introspection.ts'
export {
  type JwtKind,
  type JwtOptions,
  jwt,
  type OtherJwtOptions,
  type SeveralIssuersOptions,
} from './jwt.ts'
