/**
 * Finding out where an issuer is asked about its tokens.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 | RFC 8414 §2}
 * @module
 */

import { findMetadata } from '../issuer-metadata.ts'
import { isTrustworthyLink } from '../trustworthy-url.ts'

/**
 * Finds the introspection endpoint in the metadata of an issuer.
 *
 * @throws {Error} if there is none, or the metadata is another's.
 */
export async function findEndpoint(
  issuer: string,
  getJson: (url: string) => Promise<unknown>,
): Promise<string> {
  const { introspection_endpoint } = await findMetadata(issuer, getJson)
  if (isTrustworthyLink(introspection_endpoint, issuer)) return introspection_endpoint
  const wanted = 'introspection_endpoint that is https and not of this network'
  throw new Error(`the metadata of ${issuer} has no ${wanted}`)
}
