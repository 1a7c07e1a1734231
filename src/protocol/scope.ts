/**
 * Scopes: what a token lets its bearer do, as sets of exact names.
 *
 * Names are compared whole and case-sensitively; there are no prefixes and no wildcards.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 | RFC 6749 §3.3}
 * @module
 */

import { OAuthError } from '../errors.ts'

/** One or more NQCHAR ({@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.4 | Appendix A.4}). */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** A scope and the scopes it includes, themselves with all that they include. */
export type ScopeHierarchy = Readonly<Record<string, readonly string[]>>

/** Whether something is the name of a scope. */
export const isScope = (value: unknown): value is string =>
  typeof value === 'string' && SCOPE_TOKEN.test(value)

/**
 * Reads a `scope` parameter. A scope named twice counts once; no parameter is no scope.
 *
 * @throws {OAuthError} `invalid_scope` if it is not a list of scope tokens with one space between.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 | RFC 6749 §3.3}
 */
export function parseScope(value: string | undefined): readonly string[] {
  if (value === undefined || value === '') return []
  const tokens = value.split(' ')
  if (!tokens.every(isScope)) {
    throw new OAuthError(
      'invalid_scope',
      'scope must be a list of scope names with exactly one space between them.',
    )
  }
  return [...new Set(tokens)]
}

/** Writes scopes as a `scope` parameter or member. */
export function formatScope(scopes: Iterable<string>): string {
  return [...scopes].join(' ')
}

/** The scopes and all that they include, however deep. A hierarchy that runs in a circle is legal. */
export function expandScopes(
  scopes: Iterable<string>,
  hierarchy: ScopeHierarchy = {},
): ReadonlySet<string> {
  const expanded = new Set(scopes)
  // A set yields what is added while it is walked, and each name only once, so circles end.
  for (const scope of expanded) {
    if (!Object.hasOwn(hierarchy, scope)) continue
    for (const included of hierarchy[scope] ?? []) expanded.add(included)
  }
  return expanded
}

/** The needed scopes that nothing granted covers, in the order in which they are needed. */
export function missingScopes(
  needed: readonly string[],
  granted: Iterable<string>,
  hierarchy: ScopeHierarchy = {},
): readonly string[] {
  const covered = expandScopes(granted, hierarchy)
  return needed.filter((scope) => !covered.has(scope))
}
