/**
 * Which scopes a caller has, or could step up to.
 *
 * A scope for some roles only is out of reach for everybody else, unless a wider scope that they
 * can be granted includes it. Whoever gains a role reaches more with their next access token.
 *
 * @module
 */

import type { Principal } from '../guard/index.ts'
import type { ScopeDescription } from '../protocol/protected-resource.ts'
import { expandScopes, type ScopeHierarchy } from '../protocol/scope.ts'

/** Tells of one caller whether all of some scopes are in their reach. */
export type Reach = (scopes: readonly string[]) => boolean

/** What counts of a caller. */
type Granter = Pick<Principal, 'scopes' | 'roles'>

/** Makes the {@link Reach} of each caller out of what the scopes are. Any other scope is for everyone. */
export function scopeReach(scopes: readonly ScopeDescription[]): (caller: Granter) => Reach {
  const limited = new Set(
    scopes.filter(({ roles }) => roles !== undefined).map(({ scope }) => scope),
  )
  const hierarchy: ScopeHierarchy = Object.fromEntries(
    scopes.map(({ scope, includes = [] }) => [scope, includes]),
  )
  return (caller) => {
    const granted = scopes
      .filter(
        ({ roles }) => roles === undefined || roles.some((role) => caller.roles.includes(role)),
      )
      .map(({ scope }) => scope)
    const reached = expandScopes([...granted, ...caller.scopes], hierarchy)
    return (needed) => needed.every((scope) => reached.has(scope) || !limited.has(scope))
  }
}
