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
  /** The client; one that is a document is fetched when it is not known. */
  find(clientId: string): Promise<Client | undefined>
  /** The client, unless nothing was ever granted to it or asked for it: nothing is fetched then. */
  findKnown(clientId: string): Promise<Client | undefined>
}

/** The clients of a server. */
export function createClients(options: DocumentRegistryOptions): Clients {
  const registries: readonly Registry[] = [documentRegistry(options), storedRegistry(options)]
  const owner = (clientId: string) => registries.find((registry) => registry.owns(clientId))
  return {
    find: async (clientId) => owner(clientId)?.find(clientId),
    findKnown: async (clientId) => owner(clientId)?.findKnown(clientId),
  }
}
