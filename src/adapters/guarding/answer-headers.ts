/**
 * What an answer to a guarded request says beside what its handler says.
 *
 * The answer is for one caller: no cache keeps it, unless the handler sets a `Cache-Control` of its
 * own. Pages of the origins that may call can read it, and the challenge of a refusal.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9111#section-3.5 | RFC 9111 §3.5}
 * @see {@link https://fetch.spec.whatwg.org/#http-cors-protocol | Fetch, CORS protocol}
 * @module
 */

import type { GuardRequest } from '../../guard/index.ts'

/** Names in lower case, and values. */
export type Fields = readonly (readonly [name: string, value: string])[]

const forOneCaller: Fields = [
  ['cache-control', 'no-store'],
  ['vary', 'Authorization'],
]

const EXPOSED = 'WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy, DPoP-Nonce'

/** Makes the function that says which headers the answer to a request gets. */
export function answerHeaders(origins: readonly string[]): (request: GuardRequest) => Fields {
  if (origins.length === 0) return () => forOneCaller
  return ({ headers }) => {
    const origin = headers.get('origin') ?? ''
    const varying: Fields = [
      ['cache-control', 'no-store'],
      ['vary', 'Authorization, Origin'],
    ]
    if (!origins.includes(origin)) return varying
    return [
      ...varying,
      ['access-control-allow-origin', origin],
      ['access-control-expose-headers', EXPOSED],
    ]
  }
}

/**
 * The answer to a browser that asks whether a page may send a request, if the page's origin may.
 *
 * @see {@link https://fetch.spec.whatwg.org/#cors-preflight-fetch | Fetch, CORS-preflight fetch}
 */
export function preflightAnswer(
  { method, headers }: GuardRequest,
  origins: readonly string[],
): Response | undefined {
  if (origins.length === 0 || method !== 'OPTIONS') return undefined
  const origin = headers.get('origin') ?? ''
  if (!origins.includes(origin) || headers.get('access-control-request-method') === null) {
    return undefined
  }
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': '*',
      // The asterisk means every header but this one.
      'access-control-allow-headers': 'Authorization, *',
      'access-control-max-age': '86400',
      vary: 'Origin',
    },
  })
}

/** The value of a header that an answer may have already: its own stays, and a list grows. */
export function merged(name: string, value: string, own: unknown): string {
  if (own === undefined || own === null) return value
  return name === 'vary' ? `${own}, ${value}` : String(own)
}

/** The same answer with further headers. */
export function withHeaders(answer: Response, fields: Fields): Response {
  try {
    addTo(answer.headers, fields)
    return answer
  } catch {
    // Those that were fetched, and redirections, cannot be changed.
    const copy = new Response(answer.body, answer)
    addTo(copy.headers, fields)
    return copy
  }
}

function addTo(headers: Headers, fields: Fields): void {
  for (const [name, value] of fields) headers.set(name, merged(name, value, headers.get(name)))
}
