/**
 * JSON documents that change rarely: serialised once, answered with an ETag.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 | RFC 9110 §8.8.3}
 * @module
 */

import { base64url } from 'jose'
import type { Handler } from './endpoint.ts'

/** How long others may keep a copy, in seconds. */
const DOCUMENT_MAX_AGE = 300

interface Serialised {
  readonly source: object
  readonly body: string
  readonly etag: string
}

/**
 * Answers with what `read` gives, serialising again only when it gives another object.
 *
 * @param maxAge - How long others may keep a copy, in seconds.
 */
export function jsonDocument(read: () => object, maxAge = DOCUMENT_MAX_AGE): Handler {
  let current: Serialised | undefined
  return async ({ request }) => {
    const source = read()
    if (current?.source !== source) current = await serialise(source)
    const headers = {
      'cache-control': `public, max-age=${maxAge}`,
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      etag: current.etag,
    }
    if (isKnown(request.headers.get('if-none-match'), current.etag)) {
      return new Response(null, { status: 304, headers })
    }
    return new Response(request.method === 'HEAD' ? null : current.body, { headers })
  }
}

/** Caches on the way make strong tags weak, so they are compared weakly (RFC 9110 §13.1.2). */
function isKnown(ifNoneMatch: string | null, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || ifNoneMatch?.trim() === '*'
}

async function serialise(source: object): Promise<Serialised> {
  const body = JSON.stringify(source)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body))
  return { source, body, etag: `"${base64url.encode(new Uint8Array(digest).subarray(0, 16))}"` }
}
