/**
 * Comparing client secrets, shared by the methods that carry one.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 | RFC 6749 §2.3.1}
 * @module
 */

import type { ClientAuthMethod } from './client-auth.ts'

/** Stands in for the hash of a client that does not exist, so that looking takes as long. */
const NOBODY = 'A'.repeat(43)

/** Machine-made secrets have 256 bits of entropy, so a fast keyed hash is enough. */
export const verifySecret: ClientAuthMethod['verify'] = ({ clientId, secret }, client, vault) => {
  const expected = client?.secretHash ?? NOBODY
  const matches = vault.matches('client_secret', expected, clientId, secret ?? '')
  return matches && client?.secretHash != null && client.id === clientId
}
