/**
 * A client as the pages that ask for consent show it.
 *
 * @module
 */

import type { Client } from '../clients/client.ts'
import type { ClientSource, ConsentProps } from '../pages/index.ts'

/** What the reader is told of who asks. */
export const shownClient = (client: Client): ConsentProps['client'] => ({
  name: client.metadata.client_name,
  verified: client.verified,
  source: sourceOf(client),
})

function sourceOf(client: Client): ClientSource {
  if (client.registration === 'document') return { kind: 'document', clientId: client.id }
  if (client.registration === 'dynamic') return { kind: 'dynamic', registeredAt: client.since }
  return { kind: 'administrator' }
}
