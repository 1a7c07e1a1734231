/**
 * Finding what an issuer says of itself.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 | RFC 8414 §3}
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#authorization-server-metadata-discovery | MCP authorization} on the order
 * @module
 */

import { metadataPaths } from '../protocol/authorization-server-metadata.ts'

/**
 * Finds the metadata of an issuer: as OAuth has it, as OpenID Connect has it, and for an issuer with a
 * path appended to that as well, in the order in which MCP clients look.
 *
 * @throws {Error} if there is none, or it is another's.
 */
export async function findMetadata(
  issuer: string,
  getJson: (url: string) => Promise<unknown>,
): Promise<Readonly<Record<string, unknown>>> {
  const { oauth, openid } = metadataPaths(issuer)
  const failures: string[] = []
  for (const path of [...oauth.slice(0, 1), ...openid]) {
    try {
      return checkMetadata(await getJson(new URL(path, issuer).href), issuer)
    } catch (cause) {
      failures.push(cause instanceof Error ? cause.message : String(cause))
    }
  }
  throw new Error(`no metadata of ${issuer}: ${failures.join('; ')}`)
}

/** RFC 8414 §3.3: otherwise one issuer could answer for another. */
function checkMetadata(document: unknown, issuer: string): Readonly<Record<string, unknown>> {
  if (typeof document !== 'object' || document === null || !('issuer' in document)) {
    throw new Error('the answer is no metadata')
  }
  if (document.issuer !== issuer) throw new Error('the answer is the metadata of another issuer')
  return { ...document }
}
