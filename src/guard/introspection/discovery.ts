/**
 * Finding out where an issuer is asked about its tokens.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 | RFC 8414 §3}
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { metadataPaths } from '../../protocol/authorization-server-metadata.ts'
import { isLoopbackHost } from '../../protocol/uri.ts'
import type { FetchJson } from './client.ts'

/**
 * Finds the introspection endpoint in the metadata of an issuer.
 *
 * @throws {Error} if there is none, or the metadata is another's.
 */
export async function findEndpoint(issuer: string, fetchJson: FetchJson): Promise<string> {
  const { oauth, openid } = metadataPaths(issuer)
  const [path = '', another = ''] = [oauth[0], openid.at(-1)]
  const metadata = await fetchJson(new URL(path, issuer).href).catch(() =>
    fetchJson(new URL(another, issuer).href),
  )
  // RFC 8414 §3.3: otherwise one issuer could answer for another.
  if (metadata.issuer !== issuer) throw new Error(`the metadata of ${issuer} names another issuer`)
  const { introspection_endpoint } = metadata
  if (isConfidential(introspection_endpoint)) return introspection_endpoint
  throw new Error(`the metadata of ${issuer} has no introspection_endpoint that is https`)
}

/**
 * Checks an endpoint that tokens and secrets are sent to.
 *
 * @throws {ConfigError}
 */
export function checkEndpoint(endpoint: unknown): void {
  if (isConfidential(endpoint)) return
  throw new ConfigError('endpoint', 'must be an https URL.', 'On loopback, http will do.')
}

function isConfidential(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { protocol, hostname } = new URL(value)
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))
}
