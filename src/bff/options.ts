/**
 * What a backend for the frontend is told, and what follows from it.
 *
 * @module
 */

import type { Client, GrantStore } from '../client/index.ts'
import { ConfigError } from '../errors.ts'
import { type Platform, systemPlatform } from '../platform.ts'
import { isLoopbackHost, unambiguousUrl } from '../protocol/uri.ts'
import { createVault, type Secret, type Vault } from '../vault/index.ts'

/** What to stand behind, and in front of. */
export interface BffOptions {
  /** Gets the tokens. Its `redirectUri` is {@link BffOptions.origin} with `/bff/callback`. */
  readonly client: Client
  /** The origin that people see the page at. */
  readonly origin: string
  /** 32 bytes that seal the cookies, the same in every process. */
  readonly secret: Secret<Uint8Array>
  /** The APIs by the names that the page calls them by: `/bff/api/NAME` is what is at the address, and below. */
  readonly apis: Readonly<Record<string, string>>
  /** Where all of this is; `/bff` unless told. */
  readonly path?: string
  /** How long somebody stays signed in; eight hours unless told. */
  readonly sessionSeconds?: number
  /** The largest body that the page may send; a megabyte unless told. */
  readonly maxRequestBytes?: number
  /** The store of the client, for {@link Bff.sweep}. */
  readonly store?: GrantStore
  readonly platform?: Platform
}

/** The options with everything that follows from them. */
export interface BffContext {
  readonly client: Client
  readonly origin: string
  readonly path: string
  readonly apis: ReadonlyMap<string, URL>
  readonly sessionMs: number
  readonly maxRequestBytes: number
  readonly store: GrantStore | undefined
  readonly platform: Platform
  readonly vault: Vault
}

/** Names that are whole in a path. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/

/**
 * Completes the options.
 *
 * @throws {ConfigError} naming the one that is wrong.
 */
export function settle(options: BffOptions): BffContext {
  const {
    client,
    origin,
    path = '/bff',
    sessionSeconds = 28_800,
    platform = systemPlatform,
  } = options
  if (urlOf(origin)?.origin !== origin) {
    throw new ConfigError('origin', 'must be an https origin; http on loopback only.')
  }
  if (!/^(?:\/[A-Za-z0-9_-]+)+$/.test(path)) {
    throw new ConfigError('path', 'must be a path like /bff, without a slash at its end.')
  }
  if (options.secret.reveal('measuring it').length !== 32) {
    throw new ConfigError('secret', 'must have 32 bytes.')
  }
  return {
    ...{ client, origin, path, platform, store: options.store },
    apis: new Map(Object.entries(options.apis).map(([name, url]) => [name, apiUrl(name, url)])),
    sessionMs: sessionSeconds * 1000,
    maxRequestBytes: options.maxRequestBytes ?? 1_048_576,
    vault: createVault(options.secret, platform),
  }
}

function apiUrl(name: string, address: string): URL {
  const url = urlOf(address)
  if (!NAME.test(name))
    throw new ConfigError(`apis.${name}`, 'must be a name of letters and digits.')
  if (url === undefined || url.search !== '') {
    throw new ConfigError(
      `apis.${name}`,
      'must be an https URL without a query; http on loopback only.',
    )
  }
  return url
}

function urlOf(address: string): URL | undefined {
  const url = unambiguousUrl(address)
  const isLocal = url?.protocol === 'http:' && isLoopbackHost(url.hostname)
  return url?.protocol === 'https:' || isLocal ? url : undefined
}
