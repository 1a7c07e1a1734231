/**
 * Finding out what an authorization server says of itself, from its issuer identifier alone.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 | RFC 8414 §3}
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/authorization-server-discovery | MCP authorization server discovery} for the order
 * @module
 */

import { metadataPaths } from '../../protocol/authorization-server-metadata.ts'
import { ClientError } from '../errors.ts'
import { checkOutwardUrl, shown } from '../outward-url.ts'
import { parseServerMetadata, type TrustedServer } from '../server.ts'
import type { Transport } from '../transport.ts'
import { readDocument } from './document.ts'

/**
 * Discovers a server. The first document that is there counts: if it is wrong, no other is looked for.
 *
 * @throws {ClientError} `metadata_refused` if there is none or it cannot be trusted; `unreachable`,
 * `try_later` or `answer_malformed` if it cannot be had.
 */
export async function discoverServer(issuer: string, transport: Transport): Promise<TrustedServer> {
  const { origin, search } = checkOutwardUrl(issuer, { what: 'issuer' })
  // RFC 8414 §2: the place of its document would say nothing of its query.
  if (search !== '' || issuer.endsWith('?')) {
    throw new ClientError('metadata_refused', 'Its issuer has a query.', { detail: shown(issuer) })
  }
  for (const path of documentPaths(issuer)) {
    const document = await readDocument(`${origin}${path}`, transport)
    if (document !== undefined) return parseServerMetadata(document, issuer)
  }
  throw new ClientError('metadata_refused', 'It publishes no metadata (RFC 8414).', {
    detail: `no document of ${issuer} at ${documentPaths(issuer).join(', ')}`,
  })
}

/** The pathnames in the order that MCP demands. */
function documentPaths(issuer: string): readonly string[] {
  const { oauth, openid } = metadataPaths(issuer)
  const [inserted = ''] = oauth
  return [inserted, ...openid]
}
