/** `oauth4webapi` in front of the server: an implementation that is not ours, without a port. */

import * as oauth from 'oauth4webapi'
import { ISSUER, type Rig } from './authorization-server.ts'

interface Sent {
  readonly method?: string
  readonly headers: Record<string, string>
  readonly body?: BodyInit | null | undefined
}

/** The server as its metadata describe it, and what sends requests to it. */
export async function foreignClient({ server: { fetch } }: Rig) {
  const options = {
    [oauth.customFetch]: (url: string, { method = 'GET', headers, body = null }: Sent) =>
      fetch(new Request(url, { method, headers, body })),
  }
  const issuer = new URL(ISSUER)
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options })
  return { server: await oauth.processDiscoveryResponse(issuer, response), options }
}
