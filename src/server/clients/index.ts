/**
 * Finding clients, whichever of the three ways made them known.
 *
 * One more way of registration is one more {@link Registry} in the list below.
 *
 * @module
 */

import type { Client } from './client.ts'
import { type DocumentRegistryOptions, documentRegistry } from './document-registry.ts'
import { storedRegistry } from './stored-registry.ts'

export type { Client } from './client.ts'

/** One way in which clients are known. */
export interface Registry {
  /** Whether an id is of this registry's kind. */
  owns(clientId: string): boolean
  /**
   * The client, unless it is unknown, disabled or expired.
   *
   * @throws {OAuthError} if the id or what it leads to is malformed or refused by policy.
   */
  find(clientId: string): Promise<Client | undefined>
}

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
