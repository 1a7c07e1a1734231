/**
 * What a guard reads of a request. A `Request` is one; an adapter makes a smaller one, because making
 * a `Request` of what a framework has costs more than the whole check.
 *
 * @module
 */

/** The method, the address and the headers of a request; never its body. */
export interface GuardRequest {
  readonly method: string
  /** Absolute, as the caller addressed it. */
  readonly url: string
  readonly headers: {
    /** The value of a header, several of one name joined with `, `; `null` if there is none. */
    get(name: string): string | null
  }
}

/** What is known of the caller besides what the request says. */
export interface Connection {
  /** The address of the caller, behind whatever proxies are trusted. */
  readonly remoteAddress?: string
  /** Whether the caller's own connection is encrypted; by `url` unless told. */
  readonly isEncrypted?: boolean
  /** The DER form of the certificate that the caller proved to hold, as checked by whoever ended TLS. */
  readonly clientCertificate?: Uint8Array
}

/** A request and the connection it came by. */
export interface Visit {
  readonly request: GuardRequest
  readonly connection: Connection
}
