/**
 * Any of some scopes.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3.1 | RFC 6750 §3.1}
 * @module
 */

import { InsufficientScope } from '../denials.ts'
import type { Principal } from '../principal.ts'
import { checkNames, type Rule } from './rule.ts'

/**
 * Lets in whoever has one of these scopes. The others are told to ask for the first one alone, so
 * put the one that allows least there.
 *
 * @throws {ConfigError} if there is none, or something that is not the name of a scope.
 */
export function anyScope(first: string, ...others: readonly string[]): Rule {
  const enough = [first, ...others]
  checkNames('anyScope', enough)
  const held = ({ scopes }: Principal) => enough.find((scope) => scopes.has(scope))
  const rule: Rule = (principal) =>
    held(principal) !== undefined || new InsufficientScope([first], [first])
  return Object.assign(rule, { needs: (principal: Principal) => [held(principal) ?? first] })
}
