/**
 * Making an answer what RFC 6749 says it is, where several providers have it otherwise.
 *
 * @module
 */

type Body = Readonly<Record<string, unknown>>

/** Scopes with spaces between, whatever there was. */
export function spacedScopes(body: Body): Body {
  const { scope } = body
  if (typeof scope === 'string') return { ...body, scope: scope.split(/[ ,]+/).join(' ').trim() }
  return Array.isArray(scope) ? { ...body, scope: scope.join(' ') } : body
}

/** The name that RFC 6749 has for an error. */
export function renamedError(body: Body, names: Readonly<Record<string, string>>): Body {
  const { error } = body
  if (typeof error !== 'string' || !Object.hasOwn(names, error)) return body
  return { error_description: error, ...body, error: names[error] }
}
