/**
 * Cookies by which balancers send a session to the same server again: kept in memory, for one origin,
 * as long as the process runs.
 *
 * Left out on purpose: all that cookies can say of where else and how long they are good for.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6265#section-5.3 | RFC 6265 §5.3}
 * @module
 */

import type { Http, HttpAnswer } from './http.ts'

/** More than any server needs, and longer. */
const MOST_COOKIES = 20
const MOST_CHARACTERS = 4_096

/** A name and a value ({@link https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1 | §4.1.1}). */
const PAIR =
  /^\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e"]*)\s*(?:;|$)/

/** Has requests, whichever way they go, send back the cookies of the server at `url`. */
export type CookieJar = (http: Http) => Http

/** Makes a jar. Cookies that the caller sends count for more. */
export function cookieJar(url: string): CookieJar {
  const { origin } = new URL(url)
  const kept = new Map<string, string>()

  function keep({ cookies }: HttpAnswer): void {
    for (const cookie of cookies) {
      const [, name, value = ''] = PAIR.exec(cookie.slice(0, MOST_CHARACTERS)) ?? []
      if (name === undefined) continue
      if (/;\s*max-age=\s*(?:0|-)/i.test(cookie)) kept.delete(name)
      else if (kept.has(name) || kept.size < MOST_COOKIES) kept.set(name, value)
    }
  }

  return (http) => ({
    ...http,
    async send(request) {
      if (new URL(request.url).origin !== origin) return http.send(request)
      const isGiven = Object.keys(request.headers).some((name) => name.toLowerCase() === 'cookie')
      const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = isGiven || cookie === '' ? request.headers : { ...request.headers, cookie }
      const answer = await http.send({ ...request, headers })
      keep(answer)
      return answer
    },
  })
}
