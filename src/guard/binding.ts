/**
 * Whether a credential that is bound to a key or a certificate came with the proof of it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7800 | RFC 7800}
 * @module
 */

import { refuseToken } from '../protocol/jwt-claims.ts'
import type { Identity } from './credentials/credential.ts'

/**
 * Refuses a credential that is bound and came without its proof
 * ({@link https://www.rfc-editor.org/rfc/rfc9449#section-7.2 | RFC 9449 §7.2}).
 *
 * @throws {OAuthError} `invalid_token`.
 */
export function checkBinding({ confirmation }: Identity): void {
  if (confirmation !== undefined) refuseToken('bound to a key (cnf), but sent as a bearer token')
}
