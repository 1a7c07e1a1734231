/**
 * Proof Key for Code Exchange, S256 only.
 *
 * `plain` is left out on purpose: it protects nothing once the request leaks.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7636 | RFC 7636}
 * @module
 */

import { base64url } from 'jose'
import { OAuthError } from '../errors.ts'

/** 43 to 128 unreserved characters ({@link https://www.rfc-editor.org/rfc/rfc7636#section-4.1 | §4.1}). */
const CODE_VERIFIER = /^[A-Za-z0-9\-._~]{43,128}$/

/** A SHA-256 digest in base64url. */
const CODE_CHALLENGE = /^[A-Za-z0-9\-_]{43}$/

/** Whether a value can be an S256 challenge ({@link https://www.rfc-editor.org/rfc/rfc7636#section-4.2 | §4.2}). */
export function isCodeChallenge(value: string): boolean {
  return CODE_CHALLENGE.test(value)
}

/** Makes the challenge for a verifier ({@link https://www.rfc-editor.org/rfc/rfc7636#section-4.2 | §4.2}). */
export async function codeChallenge(codeVerifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier))
  return base64url.encode(new Uint8Array(digest))
}

/**
 * Refuses a code exchange whose verifier does not match the challenge
 * ({@link https://www.rfc-editor.org/rfc/rfc7636#section-4.6 | §4.6}).
 *
 * @throws {OAuthError} `invalid_grant` if the verifier is malformed or wrong.
 */
export async function verifyCodeVerifier(codeVerifier: string, challenge: string): Promise<void> {
  if (!CODE_VERIFIER.test(codeVerifier)) {
    throw new OAuthError('invalid_grant', 'code_verifier must be 43 to 128 unreserved characters.')
  }
  // Both sides are public hashes, so an ordinary comparison leaks nothing.
  if ((await codeChallenge(codeVerifier)) !== challenge) {
    throw new OAuthError('invalid_grant', 'code_verifier does not match code_challenge.')
  }
}
