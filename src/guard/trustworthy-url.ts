/**
 * Addresses whose answers are the word of whoever they name.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-6.1 | RFC 8414 §6.1}
 * @module
 */

import { ConfigError } from '../errors.ts'
import { isLoopbackHost } from '../protocol/uri.ts'

/** Whether an address is https; on loopback http will do, unless that is not to be reached. */
export function isTrustworthyUrl(value: unknown, { loopback = true } = {}): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { protocol, hostname } = new URL(value)
  return protocol === 'https:' || (protocol === 'http:' && loopback && isLoopbackHost(hostname))
}

/**
 * Refuses an address over an open network, where what comes is anybody's.
 *
 * @throws {ConfigError}
 */
export function checkTrustworthyUrl(path: string, value: unknown): void {
  if (isTrustworthyUrl(value)) return
  throw new ConfigError(path, 'must be an https URL.', 'On loopback, http will do.')
}
