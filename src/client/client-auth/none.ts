/**
 * Clients that cannot keep a secret, and those that need no name at all.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.1 | RFC 6749 §2.1}
 * @module
 */

import { None } from 'oauth4webapi'
import type { ClientAuthentication } from './client-authentication.ts'

/** A public client: it says its `client_id`, and PKCE does the rest. */
export const publicClient = (): ClientAuthentication => ({
  method: 'none',
  sendsSecret: false,
  apply: None(),
})

/**
 * Says no `client_id`: for assertions that name the workload themselves.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7521#section-4.1 | RFC 7521 §4.1}
 */
export const unnamedClient = (): ClientAuthentication => ({
  method: 'none',
  sendsSecret: false,
  apply: () => {},
})
