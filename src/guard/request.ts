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
  readonly remoteAddress?: string | undefined
  /** Whether the caller's own connection is encrypted; by `url` unless told. */
  readonly isEncrypted?: boolean | undefined
  /** The DER form of the certificate that the caller proved to hold, as checked by whoever ended TLS. */
  readonly clientCertificate?: Uint8Array | undefined
  /**
   * The bytes of the body, for credentials that sign them (OAuth 1.0). A guard reads no body by
   * itself: whoever hands this over bounds it, and keeps it for the handler.
   */
  readonly body?: (() => Promise<Uint8Array>) | undefined
}

/** A request and the connection it came by. */
export interface Visit {
  readonly request: GuardRequest
  readonly connection: Connection
}

/** Whether nobody on the way can read what the caller sends. */
export const isEncrypted = ({ request, connection }: Visit): boolean =>
  connection.isEncrypted ?? /^https:/i.test(request.url)
