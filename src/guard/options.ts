/**
 * What a guard is told when it is made.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'
import type { EventSink } from '../events.ts'
import { type Platform, systemPlatform } from '../platform.ts'
import { parseResource } from '../protocol/resource.ts'
import { parseScope, type ScopeHierarchy } from '../protocol/scope.ts'
import type { DpopOptions } from './bindings/dpop.ts'
import type { CredentialKind } from './credentials/credential.ts'
import { type JwtOptions, jwt } from './credentials/jwt.ts'
import type { PermissionTable } from './permissions.ts'
import type { GuardLimits } from './rate-limits.ts'

/** What every guard is told. */
interface CommonOptions {
  /** The resource identifier, byte for byte what tokens carry as `aud`. */
  readonly resource: string
  readonly scopes?: {
    /** Scopes that include others. */
    readonly hierarchy?: ScopeHierarchy
    /** What a client should ask for to begin with: `scope` of the 401. */
    readonly baseline?: readonly string[]
    /** `scopes_supported` of the metadata; the baseline unless told. */
    readonly supported?: readonly string[]
  }
  /** `authorization_servers` of the metadata; the issuers of what is accepted unless told. */
  readonly authorizationServers?: readonly string[]
  /** `resource_name` of the metadata. */
  readonly resourceName?: string
  /** What roles let their holders do, for the rule `permission(…)`; `*` at an end leaves it open. */
  readonly permissions?: PermissionTable
  /** How often callers may ask; as often as they like unless told. */
  readonly limits?: GuardLimits
  /**
   * How proofs of possession are checked. Tokens that are bound to a key need one in any case; with
   * this, the challenges offer it.
   */
  readonly dpop?: DpopOptions
  readonly platform?: Platform
  readonly onEvent?: EventSink
}

/** A guard that accepts the kinds of credentials of a list, asked in its order. */
interface SeveralKinds extends CommonOptions {
  readonly accept: readonly CredentialKind[]
}

/** A guard that accepts the signed access tokens of one issuer: `accept: [jwt(…)]`. */
interface OneIssuer extends CommonOptions, JwtOptions {
  readonly accept?: never
}

/** Whom a guard trusts, and what it guards. */
export type GuardOptions = SeveralKinds | OneIssuer

/** The options with every default filled in. */
export interface GuardSettings {
  readonly resource: string
  readonly accept: readonly CredentialKind[]
  readonly hierarchy: ScopeHierarchy
  readonly baseline: readonly string[]
  readonly scopesSupported: readonly string[]
  /** As told; otherwise the kinds say. */
  readonly authorizationServers?: readonly string[]
  readonly resourceName?: string
  readonly permissions: PermissionTable
  readonly limits: GuardLimits
  readonly dpop: DpopOptions | undefined
  readonly platform: Platform
  readonly onEvent: EventSink
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {ConfigError} naming the option that is wrong.
 */
export function guardSettings(options: GuardOptions): GuardSettings {
  const { resource, scopes = {}, authorizationServers } = options
  checkResource(resource)
  const accept = options.accept ?? [jwt(options)]
  if (accept.length === 0) throw new ConfigError('accept', 'must have a kind of credential.')
  // RFC 9728 leaves it open, MCP does not: clients must be told whom to ask.
  if (authorizationServers?.length === 0) {
    throw new ConfigError('authorizationServers', 'must name at least one issuer.')
  }
  checkScopes('scopes.baseline', scopes.baseline)
  checkScopes('scopes.supported', scopes.supported)
  // OpenID Connect Core §11: a word between client and authorization server, not for the resource.
  const baseline = (scopes.baseline ?? []).filter((scope) => scope !== 'offline_access')
  return {
    resource,
    accept,
    hierarchy: scopes.hierarchy ?? {},
    baseline,
    scopesSupported: scopes.supported ?? baseline,
    ...(authorizationServers === undefined ? {} : { authorizationServers }),
    ...(options.resourceName === undefined ? {} : { resourceName: options.resourceName }),
    permissions: options.permissions ?? {},
    limits: options.limits ?? {},
    dpop: options.dpop,
    platform: options.platform ?? systemPlatform,
    onEvent: options.onEvent ?? (() => {}),
  }
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
