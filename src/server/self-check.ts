/**
 * A server looking at itself as a client would.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import { metadataPaths } from '../protocol/authorization-server-metadata.ts'

/** What looking needs. */
export interface SelfCheckOptions {
  readonly issuer: string
  readonly fetch: typeof globalThis.fetch
  /** Told when nothing could be seen. */
  onWarning(warning: string): void
}

/** How long the answer may take, in milliseconds. */
const PATIENCE = 5_000

/**
 * Fetches the server's own metadata at its issuer.
 *
 * @throws {ConfigError} if what stands there says it is another.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.3 | RFC 8414 §3.3}
 */
export async function checkSelf({ issuer, fetch, onWarning }: SelfCheckOptions): Promise<void> {
  const url = `${new URL(issuer).origin}${metadataPaths(issuer).oauth[0]}`
  let found: unknown
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
    })
    found = ((await response.json()) as { issuer?: unknown }).issuer
  } catch (cause) {
    // A proxy in front may come up later; clients would wait for it too.
    return onWarning(
      `${url} could not be fetched from here, so it was not checked: ${String(cause)}`,
    )
  }
  if (found === issuer) return
  throw new ConfigError(
    'issuer',
    `is ${issuer}, but ${url} answers for ${String(found)}.`,
    'Set issuer to the address that clients use, byte for byte.',
  )
}
