/**
 * Clients that were registered here: by an administrator, or by themselves.
 *
 * @module
 */

import type { Platform } from '../../platform.ts'
import { isClientIdUrl } from '../../protocol/client-id-metadata-document.ts'
import type { Store } from '../../store/store.ts'
import type { StoredClient } from '../../store/tables.ts'
import type { Client } from './client.ts'
import type { Registry } from './registry.ts'

/** The registry of rows in the store. */
export function storedRegistry({
  store,
  platform,
}: {
  store: Store
  platform: Platform
}): Registry {
  const find = async (clientId: string) => {
    const row = await store.find('clients', { id: clientId })
    if (row === undefined || row.disabledAt !== null) return undefined
    if (row.expiresAt !== null && row.expiresAt <= platform.now()) return undefined
    return clientOf(row)
  }
  return { owns: (clientId) => !isClientIdUrl(clientId), find, findKnown: find }
}

/** The client a row describes. */
function clientOf(row: StoredClient): Client {
  return {
    id: row.id,
    registration: row.registration,
    metadata: row.metadata,
    secretHash: row.secretHash,
    resources: row.resources,
    verified: row.registration === 'administrator' || row.verifiedAt !== null,
    since: row.createdAt,
  }
}
