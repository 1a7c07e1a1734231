/**
 * A protected resource as the authorization server and the resource itself both describe it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8707 | RFC 8707}
 * @module
 */

import type { ScopeHierarchy } from './scope.ts'

/** What a scope lets a client do, from harmless to costly. */
export type Risk = 'read' | 'change' | 'delete' | 'spend' | 'offline'

/** One scope of a resource, in words for the person who is asked. */
export interface ScopeDescription {
  readonly scope: string
  /** What it allows, as the end of the sentence “It will be able to …”. */
  readonly description: string
  readonly risk: Risk
  /** Only users with one of these roles can grant it; everyone when absent. */
  readonly roles?: readonly string[]
  /** Scopes that this one includes. */
  readonly includes?: readonly string[]
}

/** Something that access tokens can be issued for. */
export interface ProtectedResource {
  /** The resource identifier, byte for byte what tokens carry as `aud`. */
  readonly resource: string
  /** Its name for people. */
  readonly name: string
  readonly scopes: readonly ScopeDescription[]
  /** What a client is granted that asks for no scope: enough for basic use. */
  readonly baseline: readonly string[]
}

/** Which scopes of a resource include others. */
export function scopeHierarchy({ scopes }: ProtectedResource): ScopeHierarchy {
  return Object.fromEntries(scopes.map(({ scope, includes = [] }) => [scope, includes]))
}
