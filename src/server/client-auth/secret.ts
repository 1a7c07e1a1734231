/**
 * Comparing client secrets, shared by the methods that carry one.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 | RFC 6749 §2.3.1}
 * @module
 */

import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'
import type { Credentials } from './client-auth.ts'

/** Stands in for the hash of a client that does not exist, so that looking takes as long. */
const NOBODY = 'A'.repeat(43)

/** Machine-made secrets have 256 bits of entropy, so a fast keyed hash is enough. */
export function secretFault(
  { clientId, proof = '' }: Credentials,
  client: Client | undefined,
  { vault }: ServerContext,
): string | undefined {
  const expected = client?.secretHash ?? NOBODY
  const matches = vault.matches('client_secret', expected, clientId, proof)
  const isRight = matches && client?.secretHash != null && client.id === clientId
  return isRight ? undefined : 'the secret is wrong'
}
