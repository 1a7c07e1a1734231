/**
 * Who signs OAuth 1.0 requests, and for whom, as the application knows them.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-1.1 | RFC 5849 §1.1}
 * @module
 */

import type { SignatureMethod } from '../../protocol/oauth1/signature-method.ts'
import type { Secret } from '../../vault/secret.ts'

/** Whom a signed request stands for. */
export interface OAuth1Access {
  /** Who (`sub`). */
  readonly subject: string
  readonly scopes?: readonly string[]
  readonly roles?: readonly string[]
}

/** What a consumer has whatever it signs with. */
interface AnyConsumer {
  /** The methods that it may sign with, and no other. */
  readonly methods: readonly SignatureMethod[]
  /** Whom it stands for without a token; unless told, all its requests need one. */
  readonly itself?: OAuth1Access
}

/** A consumer: what it signs with, and how. */
export type OAuth1Consumer = AnyConsumer &
  (
    | { readonly secret: string | Secret<string>; readonly publicKey?: never }
    /** An RSA key of at least 2048 bits, as PEM (SPKI). */
    | { readonly publicKey: string; readonly secret?: never }
  )

/** A token: whom its consumer may stand for. */
export interface OAuth1Token extends OAuth1Access {
  /** The consumer that it was issued to; it is worth nothing to another. */
  readonly consumerKey: string
  /** Signed with as well, unless the consumer signs with a key. */
  readonly secret: string | Secret<string>
  /** Milliseconds since the epoch; nothing if it does not end by itself. */
  readonly expiresAt?: number
}
