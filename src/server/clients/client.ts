/**
 * A client, however it became known.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2 | RFC 6749 §2}
 * @module
 */

import type { ClientMetadata } from '../../protocol/client-metadata.ts'
import { parseScope } from '../../protocol/scope.ts'

/** A client that may make requests now. Disabled and expired ones never become one of these. */
export interface Client {
  readonly id: string
  readonly registration: 'administrator' | 'dynamic' | 'document'
  readonly metadata: ClientMetadata
  /** Keyed hash of the secret; null for a public client. */
  readonly secretHash: string | null
  /** Resources it may ask for; null for every known one. */
  readonly resources: readonly string[] | null
  /** Whether an administrator vouches for it. */
  readonly verified: boolean
  /** When it registered or was first seen, in milliseconds since the epoch. */
  readonly since: number
}

/** Whether the client registered for a grant type. */
export function mayUse(client: Client, grantType: string): boolean {
  return client.metadata.grant_types.includes(grantType)
}

/**
 * The scopes a client is held to, or null for all.
 *
 * Only an administrator's `scope` is a limit. MCP clients register with the scope of the first
 * challenge they met and step up later, so theirs is a wish.
 */
export function scopeLimit(client: Client): ReadonlySet<string> | null {
  if (client.registration !== 'administrator' || client.metadata.scope === undefined) return null
  return new Set(parseScope(client.metadata.scope))
}

/** The ids that this server makes, and those that are documents. */
const PLAUSIBLE_ID = /^(?:(?:dyn|cli)_[\w-]{1,64}|https?:\/\/[\x21-\x7e]{1,200})$/

/** How an id that no client has is told of: a field for ids may hold a secret by mistake. */
export const unknownClient = (id: string): string =>
  PLAUSIBLE_ID.test(id) ? `no client ${id}` : 'no such client'
