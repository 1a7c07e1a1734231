/**
 * What a guard reads of a `Request`, and of whatever else the platform knows about its caller.
 *
 * @module
 */

import type { Connection, Visit } from '../../guard/index.ts'
import { isHost, visitOf } from './visit.ts'

/** Reads a request; nothing if it does not name exactly one host. */
export function fetchVisit(
  request: Request,
  trustedProxies: readonly string[],
  connection: Connection = {},
): Visit | undefined {
  const received = request.headers.get('host')
  // The platform may have made an address of the first of several, or of one that is none.
  if (received !== null && !isHost(received)) return undefined
  if (trustedProxies.length === 0) return { request, connection }
  const { protocol, host, pathname, search } = new URL(request.url)
  const sent = {
    method: request.method,
    scheme: protocol === 'https:' ? 'https' : 'http',
    host,
    path: pathname + search,
    headers: request.headers,
    hop: connection,
  } as const
  return visitOf(sent, trustedProxies)
}
