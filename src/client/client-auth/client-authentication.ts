/**
 * How a client proves to an authorization server who it is.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3 | RFC 6749 §2.3}
 * @module
 */

import type { ClientAuth } from 'oauth4webapi'

/** One way to authenticate. */
export interface ClientAuthentication {
  /** As in `token_endpoint_auth_methods_supported`; `auto` picks one of the secret's two. */
  readonly method:
    | 'none'
    | 'client_secret_basic'
    | 'client_secret_post'
    | 'private_key_jwt'
    | 'auto'
  /** Whether it sends something that whoever receives it could use; such a client names its issuer. */
  readonly sendsSecret: boolean
  /** Puts the proof into a request. */
  readonly apply: ClientAuth
}
