/**
 * What a client authentication method is.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 | RFC 6749 §2.3}
 * @module
 */

import type { Parameters } from '../../protocol/parameters.ts'
import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'

/** What a request shows of its client. */
export interface Credentials {
  readonly clientId: string
  /** A secret, or what was signed instead of sending one; undefined where the method has none. */
  readonly proof?: string
}

/** One way for a client to say who it is. */
export type ClientAuthMethod = SecretMethod | SignatureMethod

interface Method {
  /** As registered in `token_endpoint_auth_method`. */
  readonly name: string
  /** The part of a request that only this kind of method uses. */
  readonly uses: 'authorization' | 'client_secret' | 'client_assertion' | 'nothing'
  /**
   * The credentials of this kind that a request carries, or undefined if it carries none.
   *
   * @throws {OAuthError} `invalid_request` if they are there and malformed.
   */
  find(authorization: string | null, params: Parameters): Credentials | undefined
}

/** A method whose proof could be guessed, so that failures are counted; or that has none. */
interface SecretMethod extends Method {
  readonly uses: 'authorization' | 'client_secret' | 'nothing'
  /**
   * What is wrong, for the operator; nothing if the credentials are the client's. Takes the same time
   * for a client that is unknown.
   */
  fault(
    credentials: Credentials,
    client: Client | undefined,
    context: ServerContext,
  ): string | undefined
}

/** A method whose proof was signed: nothing can be guessed, but keys may have to be fetched. */
interface SignatureMethod extends Method {
  readonly uses: 'client_assertion'
  /**
   * What is wrong, for the operator; nothing if the credentials are the client's.
   *
   * @throws {LimitsUnavailable} if it cannot be known whether they were presented before.
   */
  fault(
    credentials: Credentials,
    client: Client,
    context: ServerContext,
  ): Promise<string | undefined>
}
