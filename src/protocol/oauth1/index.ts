/**
 * OAuth 1.0 requests: their header, what of them is signed, and the signature methods. Both sides use
 * it: whoever verifies requests, and whoever signs them.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849 | RFC 5849}
 * @module
 */

export {
  formatOAuth1Authorization,
  type OAuth1Authorization,
  parseOAuth1Authorization,
} from './authorization.ts'
export {
  parseRequestAddress,
  type RequestAddress,
  type SignedRequest,
  signatureBaseString,
} from './base-string.ts'
export { bodyHash } from './body-hash.ts'
export { normalizeParameters, type Parameter } from './parameters.ts'
export { percentDecode, percentEncode } from './percent-encoding.ts'
export { importRsaKey } from './rsa-key.ts'
export {
  type SignedBaseString,
  sharedSecrets,
  signBaseString,
  verifySignature,
} from './signature.ts'
export { isSignatureMethod, needsRsaKey, type SignatureMethod } from './signature-method.ts'
