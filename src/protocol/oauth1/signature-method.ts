/**
 * The signature methods, by name.
 *
 * HMAC-SHA256 and RSA-SHA256 are not in the RFC, but what most who still sign requests use; they
 * differ from their older brothers in the hash alone.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4 | RFC 5849 §3.4}
 * @module
 */

/** Every method: what it needs to sign with, and its hash. PLAINTEXT has one for a body only. */
const methods = {
  'HMAC-SHA1': { needs: 'secrets', hash: 'SHA-1' },
  'HMAC-SHA256': { needs: 'secrets', hash: 'SHA-256' },
  'RSA-SHA1': { needs: 'rsa', hash: 'SHA-1' },
  'RSA-SHA256': { needs: 'rsa', hash: 'SHA-256' },
  PLAINTEXT: { needs: 'secrets', hash: 'SHA-1' },
} as const

/** The name of a signature method, as `oauth_signature_method` has it. */
export type SignatureMethod = keyof typeof methods

/** Whether a text names a signature method. */
export const isSignatureMethod = (name: string): name is SignatureMethod =>
  Object.hasOwn(methods, name)

/** Whether a method needs an RSA key; the others need the secrets. */
export const needsRsaKey = (method: SignatureMethod): boolean => methods[method].needs === 'rsa'

/** The hash of a method, as Web Crypto names it. */
export const hashOf = (method: SignatureMethod): string => methods[method].hash
