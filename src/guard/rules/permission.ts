/**
 * One permission.
 *
 * @module
 */

import { ConfigError } from '../../errors.ts'
import { accessDenied } from '../denials.ts'
import { checkNames, type Rule } from './rule.ts'

/**
 * Lets in whoever has a role that gives this permission, by the guard's `permissions`. The others get
 * a 403 without a way to step up: a role is given by people.
 *
 * @throws {ConfigError} if it is not the name of one permission.
 */
export function permission(name: string): Rule {
  checkNames('permission', [name])
  if (name.includes('*')) {
    throw new ConfigError('permission', 'must be one permission.', 'Roles are given `*`.')
  }
  const message = `This needs the permission: ${name}.`
  return ({ permissions, roles }) =>
    permissions.has(name) ||
    accessDenied(message, 'permission.needed', `has the roles: ${roles.join(', ') || 'none'}`)
}
