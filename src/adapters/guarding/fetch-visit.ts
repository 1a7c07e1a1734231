/**
 * What a guard reads of a `Request`, and of whatever else the platform knows about its caller.
 *
 * @module
 */

import type { Connection, Visit } from '../../guard/index.ts'
import { visitOf } from './visit.ts'

/** Reads a request; nothing if it does not name exactly one host. */
export function fetchVisit(
  request: Request,
  trustedProxies: readonly string[],
  connection: Connection = {},
): Visit | undefined {
  // The platform has made an address of the first of them.
  if (request.headers.get('host')?.includes(',')) return undefined
  if (trustedProxies.length === 0) return { request, connection }
  const { protocol, host, pathname, search } = new URL(request.url)
  const received = {
    method: request.method,
    scheme: protocol === 'https:' ? 'https' : 'http',
    host,
    path: pathname + search,
    headers: request.headers,
    hop: connection,
  } as const
  return visitOf(received, trustedProxies)
}
