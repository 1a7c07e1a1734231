/**
 * What a guard is told when it is made.
 *
 * @module
 */

import type { JSONWebKeySet } from 'jose'
import { ConfigError } from '../errors.ts'
import type { EventSink } from '../events.ts'
import { type Platform, systemPlatform } from '../platform.ts'
import type { KeySet } from '../protocol/key-set.ts'
import { parseResource } from '../protocol/resource.ts'
import { parseScope, type ScopeHierarchy } from '../protocol/scope.ts'
import { jwksFrom } from './jwks.ts'
import type { AccessTokenClaims } from './principal.ts'

/** Whom a guard trusts, and what it guards. */
export interface GuardOptions {
  /** The issuer of the access tokens, byte for byte what they carry as `iss`. */
  readonly issuer: string
  /** The resource identifier, byte for byte what tokens carry as `aud`. */
  readonly resource: string
  /**
   * Where the issuer's keys are; `/.well-known/jwks.json` of the issuer unless told. A set is kept for
   * five minutes; `find` is asked for every token, and so keeps what it knows by itself.
   */
  readonly keys?:
    | { readonly jwksUri: string }
    | { readonly jwks: () => Promise<JSONWebKeySet> }
    | { readonly find: KeySet }
  /** The signature algorithms to accept; `['ES256']` unless told. */
  readonly algorithms?: readonly string[]
  readonly scopes?: {
    /** Scopes that include others. */
    readonly hierarchy?: ScopeHierarchy
    /** What a client should ask for to begin with: `scope` of the 401. */
    readonly baseline?: readonly string[]
    /** `scopes_supported` of the metadata; the baseline unless told. */
    readonly supported?: readonly string[]
  }
  /** `authorization_servers` of the metadata; the issuer unless told. */
  readonly authorizationServers?: readonly string[]
  /** `resource_name` of the metadata. */
  readonly resourceName?: string
  /** How far clocks may disagree, in seconds; 30 unless told. */
  readonly clockTolerance?: number
  /** Whether a token that is otherwise good was revoked. If it fails, the request is refused. */
  readonly isRevoked?: (claims: AccessTokenClaims) => Promise<boolean>
  readonly platform?: Platform
  /** Gets the keys; the platform's own unless told. */
  readonly fetch?: typeof fetch
  readonly onEvent?: EventSink
}

/** Keys that are found one by one, or a set of them to be kept. */
export type KeySource = { readonly find: KeySet } | { readonly load: () => Promise<unknown> }

/** The options with every default filled in. */
export interface GuardSettings {
  readonly issuer: string
  readonly resource: string
  readonly keys: KeySource
  readonly algorithms: readonly string[]
  readonly hierarchy: ScopeHierarchy
  readonly baseline: readonly string[]
  readonly scopesSupported: readonly string[]
  readonly authorizationServers: readonly string[]
  readonly resourceName?: string
  readonly clockTolerance: number
  readonly isRevoked: (claims: AccessTokenClaims) => Promise<boolean>
  readonly platform: Platform
  readonly onEvent: EventSink
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {ConfigError} naming the option that is wrong.
 */
export function guardSettings(options: GuardOptions): GuardSettings {
  const { issuer, resource, scopes = {}, authorizationServers = [issuer] } = options
  const { algorithms = ['ES256'], clockTolerance = 30 } = options
  checkUrl('issuer', issuer)
  checkResource(resource)
  // RFC 9728 leaves it open, MCP does not: clients must be told whom to ask.
  if (authorizationServers.length === 0) {
    throw new ConfigError('authorizationServers', 'must name at least one issuer.')
  }
  checkScopes('scopes.baseline', scopes.baseline)
  checkScopes('scopes.supported', scopes.supported)
  // OpenID Connect Core §11: a word between client and authorization server, not for the resource.
  const baseline = (scopes.baseline ?? []).filter((scope) => scope !== 'offline_access')
  return {
    issuer,
    resource,
    keys: keySource(options),
    algorithms,
    hierarchy: scopes.hierarchy ?? {},
    baseline,
    scopesSupported: scopes.supported ?? baseline,
    authorizationServers,
    ...(options.resourceName === undefined ? {} : { resourceName: options.resourceName }),
    clockTolerance,
    isRevoked: options.isRevoked ?? (async () => false),
    platform: options.platform ?? systemPlatform,
    onEvent: options.onEvent ?? (() => {}),
  }
}

function keySource({ issuer, keys, fetch }: GuardOptions): KeySource {
  const source = keys ?? { jwksUri: `${issuer.replace(/\/$/, '')}/.well-known/jwks.json` }
  if ('find' in source) {
    if (typeof source.find === 'function') return source
    throw new ConfigError('keys.find', 'must be a function that finds a key.')
  }
  if ('jwks' in source) {
    if (typeof source.jwks === 'function') return { load: source.jwks }
    throw new ConfigError('keys.jwks', 'must be a function that gets the key set.')
  }
  checkUrl('keys.jwksUri', source.jwksUri)
  return { load: jwksFrom(source.jwksUri, fetch ?? globalThis.fetch) }
}

/** Keys that come over an open network are anybody's. */
function checkUrl(path: string, value: unknown): void {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url?.hostname ?? '')
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback)) return
  throw new ConfigError(path, 'must be an https URL.', 'On loopback, http will do.')
}

function checkResource(value: string): void {
  try {
    parseResource(value)
  } catch (cause) {
    throw new ConfigError('resource', 'must be an https URL without a fragment.', undefined, {
      cause,
    })
  }
}

function checkScopes(path: string, scopes: readonly string[] = []): void {
  const mistake = (cause?: unknown) =>
    new ConfigError(path, 'must be a list of scope names.', undefined, { cause })
  let areNames: boolean
  try {
    areNames = scopes.every((scope) => parseScope(scope)[0] === scope)
  } catch (cause) {
    throw mistake(cause)
  }
  if (!areNames) throw mistake()
}
