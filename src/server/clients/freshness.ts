/**
 * How long a response may be used again, as a cache of one's own (not a shared one) decides it.
 *
 * `must-revalidate` and the like are left out: the draft allows an authorization server bounds of its
 * own, and a client must not end because its host is away for an hour.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9111#section-4.2 | RFC 9111 §4.2}
 * @module
 */

/** Used when the host says nothing, in milliseconds. */
const UNSAID = 300_000

function directivesOf(headers: Headers): readonly string[] {
  const control = headers.get('cache-control') ?? ''
  return control
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim())
}

/** Whether a response may be kept at all ({@link https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.5 | RFC 9111 §5.2.2.5}). */
export function mayKeep(headers: Headers): boolean {
  return !directivesOf(headers).includes('no-store')
}

/** The freshness lifetime a response gives itself, in milliseconds; 0 for not at all. */
export function freshFor(headers: Headers, now: number): number {
  const directives = directivesOf(headers)
  if (directives.includes('no-store') || directives.includes('no-cache')) return 0
  const maxAge = directives.find((directive) => /^max-age=\d{1,9}$/.test(directive))
  if (maxAge !== undefined) return Math.max(0, Number(maxAge.slice(8)) - ageOf(headers)) * 1000
  const expires = headers.get('expires')
  if (expires === null) return UNSAID
  // By the host's own clock; what is no date is over.
  const sent = Date.parse(headers.get('date') ?? '')
  return Math.max(0, Date.parse(expires) - (Number.isNaN(sent) ? now : sent)) || 0
}

/** The seconds that caches on the way have held it. */
function ageOf(headers: Headers): number {
  const age = headers.get('age') ?? '0'
  return /^\d{1,9}$/.test(age) ? Number(age) : 0
}
