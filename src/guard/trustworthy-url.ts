/**
 * Addresses whose answers are the word of whoever they name.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-6.1 | RFC 8414 §6.1}
 * @module
 */

import { ConfigError } from '../errors.ts'
import { isDomainName, isLoopbackHost } from '../protocol/uri.ts'

/** Whether an address is https; on loopback http will do. */
export function isTrustworthyUrl(value: unknown): value is string {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { protocol, hostname } = new URL(value)
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))
}

/**
 * The same for an address that an issuer names. It must not lead to what only this machine and its
 * neighbours can reach, unless the issuer is there itself.
 */
export function isTrustworthyLink(value: unknown, issuer: string): value is string {
  if (!isTrustworthyUrl(value)) return false
  const [from, to] = [new URL(issuer).hostname, new URL(value).hostname]
  return to === from || isDomainName(to) || (isLoopbackHost(from) && isLoopbackHost(to))
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
