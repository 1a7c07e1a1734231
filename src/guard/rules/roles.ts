/**
 * Any of some roles.
 *
 * @module
 */

import { isPrintable } from '../../protocol/jwt-claims.ts'
import { accessDenied } from '../denials.ts'
import { checkNames, type Rule } from './rule.ts'

/**
 * Lets in whoever has one of these roles. The others get a 403 without a way to step up: a role is
 * given by people.
 *
 * @throws {ConfigError} if there is none, or something that is not the name of a role.
 */
export function roles(...enough: readonly string[]): Rule {
  checkNames('roles', enough, isPrintable)
  const message = `This needs ${enough.length === 1 ? 'the role' : 'one of the roles'}: ${enough.join(', ')}.`
  return ({ roles: held }) =>
    held.some((role) => enough.includes(role)) ||
    accessDenied(message, 'role.needed', `has the roles: ${held.join(', ') || 'none'}`)
}
