/**
 * The transports to servers behind the gateway. One more is one more file, and one more line here.
 *
 * @module
 */

import { httpUpstream } from './http.ts'
import { type StdioOptions, stdioUpstream } from './stdio.ts'
import type { Upstream, UpstreamContext } from './upstream.ts'

/** Where a server behind the gateway is: the member that is there names the transport. */
export type UpstreamOptions = { readonly url: string } | StdioOptions

/** Opens the way to a server. */
export function createUpstream(options: UpstreamOptions, context: UpstreamContext): Upstream {
  if ('url' in options) return httpUpstream(options.url, context)
  return stdioUpstream(options, context)
}
