/**
 * What a guard reads of a request as `node:http`, `node:http2` and the frameworks on them have it.
 *
 * Headers come from the list as received: the parsed object keeps the first of two `Authorization`
 * headers and says nothing of the second.
 *
 * @module
 */

import type { Connection, Visit } from '../../guard/index.ts'
import { clientAddress } from '../../limits/source.ts'
import { visitOf } from './visit.ts'

/** A connection, as much of it as is looked at. */
export interface NodeSocket {
  readonly remoteAddress?: string | undefined
  readonly encrypted?: boolean
  /** Whether the certificate of the other end was checked and found good. */
  readonly authorized?: boolean
  getPeerCertificate?(): { readonly raw?: Uint8Array }
}

/** A request, as much of it as is looked at. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** The target as received, where a framework has changed `url`. */
  readonly originalUrl?: string | undefined
  readonly rawHeaders: readonly string[]
  readonly socket: NodeSocket
}

/** Reads a request; nothing if it does not name exactly one host. */
export function nodeVisit(
  incoming: NodeRequest,
  trustedProxies: readonly string[],
): Visit | undefined {
  const { method = 'GET', rawHeaders, socket } = incoming
  const headers = new ReceivedHeaders(rawHeaders)
  const { host, path } = readTarget(incoming.originalUrl ?? incoming.url ?? '/')
  const received = {
    method,
    scheme: socket.encrypted === true ? 'https' : 'http',
    // HTTP/2 has a field of its own for the host.
    host: host ?? headers.get(':authority') ?? headers.get('host') ?? '',
    path,
    headers,
    hop: new SocketConnection(socket),
  } as const
  return visitOf(received, trustedProxies)
}

/** The other end of a socket. Only what is asked for is worked out. */
export class SocketConnection implements Connection {
  readonly #socket: NodeSocket

  constructor(socket: NodeSocket) {
    this.#socket = socket
  }

  /** IPv4 within IPv6 is IPv4, so that what a rule compares with does not depend on how we listen. */
  get remoteAddress(): string | undefined {
    const { remoteAddress } = this.#socket
    return clientAddress({ remoteAddress, forwardedFor: undefined, trustedProxies: [] })
  }

  get isEncrypted(): boolean {
    return this.#socket.encrypted === true
  }

  get clientCertificate(): Uint8Array | undefined {
    return this.#socket.authorized === true ? this.#socket.getPeerCertificate?.().raw : undefined
  }
}

/** Headers as received: names and values in turn. */
class ReceivedHeaders {
  readonly #list: readonly string[]

  constructor(list: readonly string[]) {
    this.#list = list
  }

  get(name: string): string | null {
    const list = this.#list
    let found: string | null = null
    for (let i = 0; i < list.length; i += 2) {
      const sent = list[i]
      if (sent?.length !== name.length || sent.toLowerCase() !== name) continue
      found = found === null ? (list[i + 1] ?? '') : `${found}, ${list[i + 1]}`
    }
    return found
  }
}

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is

/** The path, and the host where the target names one, which then counts ({@link https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2 | RFC 9112 §3.2.2}). */
function readTarget(target: string): { readonly host?: string; readonly path: string } {
  if (target.startsWith('/')) return { path: target }
  const [, host, rest = ''] = ABSOLUTE.exec(target) ?? []
  // What is left is the asterisk of OPTIONS, which means the server as a whole.
  if (host === undefined) return { path: '/' }
  return { host, path: rest.startsWith('/') ? rest : `/${rest}` }
}
