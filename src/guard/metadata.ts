/**
 * Serving the protected resource metadata of a guarded resource.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728#section-3 | RFC 9728 §3}
 * @module
 */

import {
  METADATA_PATH,
  type ProtectedResourceDescription,
  protectedResourceMetadata,
  resourceMetadataPaths,
} from '../protocol/protected-resource-metadata.ts'
import { type DpopOptions, proofAlgorithms } from './bindings/dpop.ts'
import type { GuardRequest } from './request.ts'

/** Public and without credentials, so any page may read it. */
const HEADERS = {
  'access-control-allow-origin': '*',
  'x-content-type-options': 'nosniff',
}

/** What a guard knows of its resource. */
interface ResourceSettings extends ProtectedResourceDescription {
  /** Nothing if proofs of possession are not offered. */
  readonly dpop: DpopOptions | undefined
}

const METHODS = 'GET, HEAD, OPTIONS'

/**
 * Makes the handler: it answers at the path form and at the root form, and nowhere else. Where no
 * authorization server issues tokens for a resource, there is nothing to tell.
 */
export function metadataHandler({
  dpop,
  ...settings
}: ResourceSettings): (request: GuardRequest) => Response | undefined {
  if (settings.authorizationServers.length === 0) return () => undefined
  const description =
    dpop === undefined ? settings : { ...settings, dpopAlgorithms: proofAlgorithms(dpop) }
  const document = JSON.stringify(protectedResourceMetadata(description))
  const paths = new Set(resourceMetadataPaths(description.resource))

  return ({ url, method }) => {
    // Looked for before the URL is parsed, because that costs more than the rest of a check.
    if (!url.includes(METADATA_PATH) || !paths.has(new URL(url).pathname)) return undefined
    switch (method) {
      case 'GET':
      case 'HEAD':
        return new Response(method === 'HEAD' ? null : document, {
          headers: {
            ...HEADERS,
            'content-type': 'application/json',
            'cache-control': 'public, max-age=300',
          },
        })
      case 'OPTIONS':
        // MCP clients send their protocol version, which makes browsers ask first.
        return new Response(null, {
          status: 204,
          headers: {
            ...HEADERS,
            'access-control-allow-methods': METHODS,
            'access-control-allow-headers': '*',
            'access-control-max-age': '86400',
          },
        })
      default:
        return new Response(null, { status: 405, headers: { ...HEADERS, allow: METHODS } })
    }
  }
}
