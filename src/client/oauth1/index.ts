/**
 * OAuth 1.0a, for services that ask for it: signing requests, and getting the tokens to sign for.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849 | RFC 5849}
 * @module
 */

export type { OAuth1Endpoints } from './address-rules.ts'
export type { AuthorizationAnswer, StartedAuthorization } from './authorization.ts'
export {
  createOAuth1Client,
  type OAuth1Client,
  type OAuth1ClientOptions,
  type OAuth1Signer,
} from './client.ts'
export type {
  GivenTokenCredentials,
  OAuth1ConsumerCredentials,
  OAuth1TemporaryCredentials,
  OAuth1TokenCredentials,
  SecretText,
} from './credentials.ts'
export type { Placement } from './placement.ts'
export type { OAuth1SigningOptions } from './signer.ts'
