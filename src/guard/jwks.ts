/**
 * Where a guard gets its issuer's keys.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 | RFC 7517 §5}
 * @module
 */

import { fetchText } from './fetch-text.ts'
import { findMetadata } from './issuer-metadata.ts'
import { isTrustworthyLink } from './trustworthy-url.ts'

/** More than the keys of any issuer. */
const MOST_BYTES = 262_144

/** Enough for three looks at an issuer that is slow, in milliseconds. */
const MOST_TIME = 5_000

type Fetch = typeof globalThis.fetch

/** Gets a key set, bounded in time and size. */
export const jwksFrom = (uri: string, fetch: Fetch) => (): Promise<unknown> =>
  getJson(uri, { fetch, signal: AbortSignal.timeout(MOST_TIME) })

/**
 * Gets the key set that the metadata of an issuer names, likewise. What the metadata says is kept until
 * the set cannot be had there any more.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 | RFC 8414 §3}
 */
export function jwksOf(issuer: string, fetch: Fetch): () => Promise<unknown> {
  let found: string | undefined

  return async () => {
    const bounds = { fetch, signal: AbortSignal.timeout(MOST_TIME) }
    const uri = found ?? (await findJwksUri(issuer, bounds))
    found = undefined
    const jwks = await getJson(uri, bounds)
    found = uri
    return jwks
  }
}

interface Bounds {
  readonly fetch: Fetch
  readonly signal: AbortSignal
}

async function findJwksUri(issuer: string, bounds: Bounds): Promise<string> {
  const { jwks_uri } = await findMetadata(issuer, (url) => getJson(url, bounds))
  if (isTrustworthyLink(jwks_uri, issuer)) return jwks_uri
  throw new Error(`the metadata of ${issuer} has no jwks_uri that is https and not of this network`)
}

async function getJson(url: string, { fetch, signal }: Bounds): Promise<unknown> {
  const headers = { accept: 'application/jwk-set+json, application/json' }
  return JSON.parse(
    await fetchText(url, { fetch, init: { headers, signal }, mostBytes: MOST_BYTES }),
  )
}
