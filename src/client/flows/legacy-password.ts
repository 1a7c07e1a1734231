/**
 * Resource Owner Password Credentials: the client handles the user's password, which OAuth was made to
 * end. OAuth 2.1 has no such grant; this is for servers that have no other, until they do.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-2.4 | RFC 9700 §2.4} which forbids it
 * @module
 */

import type { Secret } from '../../vault/secret.ts'
import type { Flow } from './flow.ts'

/** Whose password. */
export interface LegacyPasswordOptions {
  readonly username: string
  readonly password: Secret<string>
}

/** Sends a user's password to the server. Use it only where nothing else is offered. */
export const legacyPasswordGrant = ({ username, password }: LegacyPasswordOptions): Flow => ({
  grantType: 'password',
  sendsSecret: true,
  parameters: async () => ({ username, password: password.reveal('the password grant') }),
})
