/**
 * Permissions: what the roles of a caller let them do, by a table of the application's own.
 *
 * @module
 */

import { ConfigError } from '../errors.ts'

/** What each role gives. A permission that ends in `*` gives all that begin like it. */
export type PermissionTable = Readonly<Record<string, readonly string[]>>

/** What a caller may do. */
export interface Permissions {
  /** Whether one of the caller's roles gives a permission. */
  has(permission: string): boolean
}

/** What one role gives. */
interface Grant {
  readonly names: ReadonlySet<string>
  readonly prefixes: readonly string[]
}

class Granted implements Permissions {
  readonly #grants: readonly Grant[]

  constructor(grants: readonly Grant[]) {
    this.#grants = grants
  }

  has(permission: string): boolean {
    return this.#grants.some(
      ({ names, prefixes }) =>
        names.has(permission) || prefixes.some((prefix) => permission.startsWith(prefix)),
    )
  }
}

const none = new Granted([])

/** Printable ASCII without spaces, with nothing but the end left open. */
const PERMISSION = /^(?:[\x21-\x29\x2b-\x7e]+\*?|\*)$/

/**
 * Reads the table, and makes the function that says what some roles give together. A role that the
 * table does not have gives nothing.
 *
 * @throws {ConfigError} naming the role that is given something else than permissions.
 */
export function permissionsOf(table: PermissionTable): (roles: readonly string[]) => Permissions {
  const grants = new Map(Object.entries(table).map(([role, given]) => [role, grantOf(role, given)]))
  if (grants.size === 0) return () => none

  return (roles) => {
    const held = roles.flatMap((role) => grants.get(role) ?? [])
    return held.length === 0 ? none : new Granted(held)
  }
}

const isPermission = (value: unknown) => typeof value === 'string' && PERMISSION.test(value)

function grantOf(role: string, given: readonly string[]): Grant {
  if (!Array.isArray(given) || !given.every(isPermission)) {
    throw new ConfigError(
      `permissions.${role}`,
      'must be a list of permissions.',
      'Only the end may be left open: "tool:*".',
    )
  }
  const isOpen = (name: string) => name.endsWith('*')
  return {
    names: new Set(given.filter((name) => !isOpen(name))),
    prefixes: given.filter(isOpen).map((name) => name.slice(0, -1)),
  }
}
