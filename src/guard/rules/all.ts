/**
 * Several rules at once.
 *
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { InsufficientScope } from '../denials.ts'
import type { Principal } from '../principal.ts'
import type { Rule } from './rule.ts'

/**
 * Lets in whoever all of these rules let in. They are asked in their order, until one says no. If that
 * is for want of a scope, the scopes of all are named, so that the client does not lose by one step up
 * what it needs for the next.
 *
 * @throws {ConfigError} if there is no rule, or something that is none.
 */
export function all(...rules: readonly Rule[]): Rule {
  if (rules.length === 0) throw new ConfigError('all', 'must be told at least one rule.')
  if (!rules.every((rule) => typeof rule === 'function')) {
    throw new ConfigError('all', 'takes rules only.', 'Write scopes("a") instead of "a".')
  }
  const needs = (principal: Principal) => [
    ...new Set(rules.flatMap((rule) => rule.needs?.(principal) ?? [])),
  ]
  const judge: Rule = async (principal, ...rest) => {
    for (const rule of rules) {
      const judgement = await rule(principal, ...rest)
      if (judgement === true) continue
      return judgement instanceof InsufficientScope
        ? new InsufficientScope(needs(principal), judgement.missing)
        : judgement
    }
    return true
  }
  return Object.assign(judge, { needs })
}
