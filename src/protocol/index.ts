/**
 * The words of the RFCs: what requests, documents and headers of OAuth mean, and what is refused.
 *
 * Everything here is pure: no store, no clock, no network.
 *
 * @module
 */

export {
  type AuthorizationServerMetadata,
  checkIssuer,
  type MetadataPaths,
  metadataPaths,
} from './authorization-server-metadata.ts'
export {
  type BasicCredentials,
  formatBasicCredentials,
  parseBasicCredentials,
} from './basic-credentials.ts'
export { canonicalJson } from './canonical-json.ts'
export { type Challenge, formatChallenge, parseChallenges } from './challenge.ts'
export { certificateThumbprint, parseClientCert } from './client-certificate.ts'
export {
  type ClientDocumentPolicy,
  checkClientIdUrl,
  isClientIdUrl,
  parseClientDocument,
} from './client-id-metadata-document.ts'
export {
  type ClientMetadata,
  type ClientMetadataPolicy,
  metadataFingerprint,
  parseClientMetadata,
} from './client-metadata.ts'
export { displayName } from './client-name.ts'
export {
  accessTokenHash,
  type DpopProof,
  type DpopRules,
  dpopRules,
  type ProofKey,
  type ProvenRequest,
  verifyDpopProof,
} from './dpop.ts'
export {
  createDpopNonces,
  type DpopNonceOptions,
  type DpopNonces,
  type KnownNonce,
} from './dpop-nonce.ts'
export { normalizeHtu } from './dpop-uri.ts'
export { type JsonLimits, parseJson } from './json.ts'
export * from './oauth1/index.ts'
export {
  type ParameterOptions,
  Parameters,
  parseParameters,
  readForm,
} from './parameters.ts'
export { codeChallenge, isCodeChallenge, verifyCodeVerifier } from './pkce.ts'
export {
  type ProtectedResource,
  type Risk,
  type ScopeDescription,
  scopeHierarchy,
} from './protected-resource.ts'
export {
  type ProtectedResourceDescription,
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
  resourceMetadataPaths,
  resourceMetadataUrl,
} from './protected-resource-metadata.ts'
export {
  checkRedirectUri,
  isLoopbackRedirectUri,
  matchRedirectUri,
  type RedirectUriPolicy,
  redirectHost,
} from './redirect-uri.ts'
export { findResource, parseResource } from './resource.ts'
export {
  expandScopes,
  formatScope,
  missingScopes,
  parseScope,
  type ScopeHierarchy,
} from './scope.ts'
