/**
 * A request as its caller sent it, whatever proxies it came through.
 *
 * What `X-Forwarded-For`, `-Proto` and `-Host` say counts only if the connection is that of a trusted
 * proxy. Of several schemes and hosts the last counts: it is what the nearest proxy wrote. The
 * `Forwarded` header of RFC 7239 is left out, as it is in `limits/source.ts`.
 *
 * @module
 */

import type { Connection, GuardRequest, Visit } from '../../guard/index.ts'
import { clientAddress, isTrustedProxy } from '../../limits/source.ts'

/** A request as the last hop sent it. */
export interface Received {
  readonly method: string
  readonly scheme: 'http' | 'https'
  /** With the port, if it is not that of the scheme. */
  readonly host: string
  /** With the query. */
  readonly path: string
  readonly headers: GuardRequest['headers']
  readonly hop: Connection
}

/** What a guard reads of a request; nothing if that does not name exactly one host. */
export function visitOf(received: Received, trustedProxies: readonly string[]): Visit | undefined {
  const { method, headers, path, hop } = received
  const isForwarded = trustedProxies.length > 0 && isTrustedProxy(hop.remoteAddress, trustedProxies)
  if (!isForwarded) {
    if (!isHost(received.host)) return undefined
    const url = `${received.scheme}://${received.host}${path}`
    return { request: { method, url, headers }, connection: hop }
  }
  const proto = lastOf(headers.get('x-forwarded-proto'))?.toLowerCase()
  const scheme = proto === 'http' || proto === 'https' ? proto : received.scheme
  const host = lastOf(headers.get('x-forwarded-host')) ?? received.host
  if (!isHost(host)) return undefined
  const remoteAddress = clientAddress({
    remoteAddress: hop.remoteAddress,
    forwardedFor: headers.get('x-forwarded-for'),
    trustedProxies,
  })
  return {
    request: { method, url: `${scheme}://${host}${path}`, headers },
    // A certificate that came by this connection is the proxy's own.
    connection: { remoteAddress, isEncrypted: scheme === 'https' },
  }
}

const lastOf = (list: string | null): string | undefined => list?.split(',').pop()?.trim()

/** A name or an IP literal, and a port. */
const HOST = /^[a-z0-9.\-_[\]:]+$/i

/** Nearly all requests name the same host as the one before, and to read a URL takes long. */
let lastGood: string | undefined

/**
 * Whether a text is one host, with or without a port. Two hosts are joined by a comma, which is in
 * none ({@link https://www.rfc-editor.org/rfc/rfc9112#section-3.2 | RFC 9112 §3.2}).
 */
export function isHost(host: string): boolean {
  if (host === lastGood) return true
  if (!HOST.test(host) || !URL.canParse(`https://${host}/`)) return false
  lastGood = host
  return true
}
