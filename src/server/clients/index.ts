/**
 * Finding clients, whichever of the three ways made them known.
 *
 * One more way of registration is one more {@link Registry} in the list below.
 *
 * @module
 */

import type { Client } from './client.ts'
import { type DocumentRegistryOptions, documentRegistry } from './document-registry.ts'
import type { Registry } from './registry.ts'
import { storedRegistry } from './stored-registry.ts'

export type { Client } from './client.ts'

/** All clients. */
export interface Clients {
  find(clientId: string): Promise<Client | undefined>
}

/** The clients of a server. */
export function createClients(options: DocumentRegistryOptions): Clients {
  const registries: readonly Registry[] = [documentRegistry(options), storedRegistry(options)]
  return {
    async find(clientId) {
      return registries.find((registry) => registry.owns(clientId))?.find(clientId)
    },
  }
}
