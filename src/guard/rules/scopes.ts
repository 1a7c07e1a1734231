/**
 * All of some scopes.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3.1 | RFC 6750 §3.1}
 * @module
 */

import { InsufficientScope } from '../denials.ts'
import { checkNames, type Rule } from './rule.ts'

/**
 * Lets in whoever has all of these scopes; the others get a 403 that names them all.
 *
 * @throws {ConfigError} if there is none, or something that is not the name of a scope.
 */
export function scopes(...needed: readonly string[]): Rule {
  checkNames('scopes', needed)
  const rule: Rule = (principal) => {
    const missing = needed.filter((scope) => !principal.scopes.has(scope))
    return missing.length === 0 || new InsufficientScope(needed, missing)
  }
  return Object.assign(rule, { needs: () => needed })
}
