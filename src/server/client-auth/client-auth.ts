/**
 * What a client authentication method is.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 | RFC 6749 §2.3}
 * @module
 */

import type { Parameters } from '../../protocol/parameters.ts'
import type { Vault } from '../../vault/index.ts'
import type { Client } from '../clients/client.ts'

/** What a request shows of its client. */
export interface Credentials {
  readonly clientId: string
  /** Undefined where the method has none. */
  readonly secret?: string
}

/** One way for a client to say who it is. */
export interface ClientAuthMethod {
  /** As registered in `token_endpoint_auth_method`. */
  readonly name: string
  /**
   * The credentials of this kind that a request carries, or undefined if it carries none.
   *
   * @throws {OAuthError} `invalid_request` if they are there and malformed.
   */
  find(authorization: string | null, params: Parameters): Credentials | undefined
  /** Whether the credentials are the client's. Takes the same time for a client that is unknown. */
  verify(credentials: Credentials, client: Client | undefined, vault: Vault): boolean
}
