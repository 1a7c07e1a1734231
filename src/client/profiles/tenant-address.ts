/**
 * The address of a tenant, from the part of it that is its own.
 *
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { isDomainName } from '../../protocol/uri.ts'
import { checkOutwardUrl } from '../outward-url.ts'

/** @throws {ConfigError} unless the domain is one, without scheme or path. */
export function issuerAt(domain: string, path: string): string {
  if (isDomainName(domain)) return `https://${domain}${path}`
  throw new ConfigError('domain', 'must be a domain name such as example.com.')
}

/** @throws {ClientError} unless the base is an address to ask. */
export function issuerBelow(base: string, path: string): string {
  checkOutwardUrl(base, { what: 'base' })
  return `${base.replace(/\/$/, '')}${path}`
}
