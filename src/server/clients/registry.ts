/**
 * One way in which clients become known.
 *
 * @module
 */

import type { Client } from './client.ts'

/** Where clients of one kind are found. */
export interface Registry {
  /** Whether an id is of this registry's kind. */
  owns(clientId: string): boolean
  /**
   * The client, unless it is unknown, disabled or expired.
   *
   * @throws {OAuthError} if the id or what it leads to is malformed or refused by policy.
   */
  find(clientId: string): Promise<Client | undefined>
  /** The same, for requests that can only come after an authorization: looks nowhere for strangers. */
  findKnown(clientId: string): Promise<Client | undefined>
}
