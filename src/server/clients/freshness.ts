/**
 * How long a response may be used again.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9111#section-4.2 | RFC 9111 §4.2}
 * @module
 */

/** Used when the host says nothing, in milliseconds. */
const UNSAID = 300_000

/** The freshness lifetime a response gives itself, in milliseconds; 0 for not at all. */
export function freshFor(headers: Headers): number {
  const control = headers.get('cache-control')
  if (control === null) return UNSAID
  const directives = control
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim())
  if (directives.some((directive) => directive === 'no-store' || directive === 'no-cache')) return 0
  const maxAge = directives.find((directive) => /^max-age=\d{1,9}$/.test(directive))
  if (maxAge === undefined) return UNSAID
  const age = Number(headers.get('age') ?? 0)
  return Math.max(0, Number(maxAge.slice(8)) - (Number.isFinite(age) ? age : 0)) * 1000
}
