/**
 * Client Credentials Grant: a service asks for itself.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.4 | RFC 6749 §4.4}
 * @module
 */

import type { Flow } from './flow.ts'

/** The client's own authentication is all it takes. */
export const clientCredentials = (): Flow => ({
  grantType: 'client_credentials',
  parameters: async () => ({}),
})
