/**
 * Where a guard gets its issuer's keys.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 | RFC 7517 §5}
 * @module
 */

import { readBounded } from '../protocol/bounded-body.ts'

/** More than the keys of any issuer. */
const MOST_BYTES = 262_144

/**
 * Gets a key set over HTTP, bounded in time and size. The address is the operator's own, so this is
 * not the outward fetch; a redirect would still hand the issuer's word to another host.
 */
export function jwksFrom(uri: string, fetch: typeof globalThis.fetch): () => Promise<unknown> {
  return async () => {
    const response = await fetch(uri, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(2_500),
    })
    if (response.status !== 200) throw new Error(`${uri} answered ${response.status}`)
    const body = await readBounded(response.body, MOST_BYTES)
    if (body === undefined) throw new Error(`${uri} answered more than ${MOST_BYTES} bytes`)
    return JSON.parse(new TextDecoder().decode(body))
  }
}
