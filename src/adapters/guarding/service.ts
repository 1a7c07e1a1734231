/**
 * A guard, and what an adapter must know of the place that it stands in.
 *
 * @module
 */

import { ConfigError } from '../../errors.ts'
import type { Guard } from '../../guard/index.ts'
import { isTrustedProxy } from '../../limits/source.ts'

/** A guard together with how its callers reach it. */
export interface GuardedService {
  readonly guard: Guard
  /**
   * Addresses and CIDR ranges of the proxies in front. `X-Forwarded-For`, `-Proto` and `-Host` are
   * read only if the connection comes from one of them; from anybody else they are ignored.
   */
  readonly trustedProxies?: readonly string[]
  /**
   * The origins of the pages that may call, such as `https://app.example.com`. Their preflights are
   * answered here, before anything is checked, and never reach a handler.
   */
  readonly origins?: readonly string[]
}

/** What an adapter guards with: a guard, or one that stands behind proxies or is called by pages. */
export type Guarding = Guard | GuardedService

/** A service with nothing left open. */
export type Service = Required<GuardedService>

/**
 * Reads what an adapter was given.
 *
 * @throws {ConfigError} if a proxy or an origin is none.
 */
export function serviceOf(guarding: Guarding): Service {
  const {
    guard,
    trustedProxies = [],
    origins = [],
  } = 'guard' in guarding ? guarding : { guard: guarding }
  for (const [i, range] of trustedProxies.entries()) {
    try {
      isTrustedProxy('127.0.0.1', [range])
    } catch (cause) {
      const problem = 'must be an address or a CIDR range, such as "10.0.0.0/8".'
      throw new ConfigError(`trustedProxies.${i}`, problem, undefined, { cause })
    }
  }
  for (const [i, origin] of origins.entries()) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue
    throw new ConfigError(`origins.${i}`, 'must be an origin, such as "https://app.example.com".')
  }
  return { guard, trustedProxies, origins }
}
