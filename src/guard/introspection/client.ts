/**
 * Asking an authorization server whether a token is good: bounded in time, size and number, and not
 * at all while it does not answer.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2.1 | RFC 7662 §2.1}
 * @module
 */

import { parseJson } from '../../protocol/json.ts'
import { isObject, type JsonObject } from '../../protocol/json-object.ts'
import { cannotCheckTokens } from '../../protocol/jwt-claims.ts'
import type { Timers } from '../../timers.ts'
import { fetchText, UnusableAnswer } from '../fetch-text.ts'
import { createBreaker } from './breaker.ts'

/** Puts the proof of who asks into a request. */
export type Authenticate = (request: {
  readonly headers: Headers
  readonly body: URLSearchParams
}) => void | Promise<void>

/** What asking takes. */
export interface IntrospectionClientOptions {
  /** Finds where to ask; asked again after a failure. */
  readonly endpoint: (fetchJson: FetchJson) => Promise<string>
  readonly authenticate: Authenticate
  readonly fetch: typeof globalThis.fetch
  readonly timers: Timers
  /** How long an answer may take, in milliseconds. */
  readonly timeout: number
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number
}

/** What a server answers about a token. */
export interface Introspection extends JsonObject {
  readonly active: boolean
}

/** Gets an object over HTTP, within the bounds of the whole. */
export type FetchJson = (url: string, init?: RequestInit) => Promise<JsonObject>

/** Far more than any server says of a token. */
const MOST_BYTES = 32_768

/** Who sends random tokens must not take all connections there are. */
const MOST_AT_ONCE = 100

const FAILURES = 5
const PAUSE = 10_000

const JSON_TYPE = /^application\/json *(?:;|$)/i

/** How servers say that they make nothing of a request: Bad Request, Content Too Large. */
const REFUSING = [400, 413]

/**
 * Makes the function that asks about a token.
 *
 * @returns A function that throws {@link OAuthError} `temporarily_unavailable` if there is no answer.
 */
export function introspectionClient(
  options: IntrospectionClientOptions,
): (token: string) => Promise<Introspection> {
  const { authenticate, fetch, timers, timeout, now } = options
  const breaker = createBreaker({ now, failures: FAILURES, pause: PAUSE })
  let endpoint: Promise<string> | undefined
  let asking = 0

  const ask = async (
    token: string,
    signal: AbortSignal,
  ): Promise<Introspection | UnusableAnswer> => {
    const fetchJson: FetchJson = (url, init = {}) => getJson(url, { ...init, signal }, fetch)
    try {
      endpoint ??= options.endpoint(fetchJson)
      const url = await endpoint
      const body = new URLSearchParams({ token, token_type_hint: 'access_token' })
      const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' })
      await authenticate({ headers, body })
      return checkActive(await fetchJson(url, { method: 'POST', headers, body: body.toString() }))
    } catch (cause) {
      // No failure of the server: whoever sends such a token must not shut out the others.
      if (cause instanceof UnusableAnswer && REFUSING.includes(cause.status)) return cause
      endpoint = undefined
      throw cause
    }
  }

  return async (token) => {
    if (asking >= MOST_AT_ONCE) throw unavailable(new Error(`${asking} tokens are asked about`))
    asking += 1
    const timedOut = new AbortController()
    const callOff = timers.after(timeout, () => timedOut.abort(new Error('no answer in time')))
    try {
      const answer = await breaker.run(() => ask(token, timedOut.signal))
      if (answer instanceof UnusableAnswer) throw answer
      return answer
    } catch (cause) {
      throw unavailable(cause)
    } finally {
      callOff()
      asking -= 1
    }
  }
}

async function getJson(
  url: string,
  init: RequestInit,
  fetch: typeof globalThis.fetch,
): Promise<JsonObject> {
  const headers = new Headers(init.headers)
  headers.set('accept', 'application/json')
  const asked = { ...init, headers }
  const answer = parseJson(
    await fetchText(url, { fetch, init: asked, mostBytes: MOST_BYTES, type: JSON_TYPE }),
  )
  if (isObject(answer)) return answer
  throw new Error(`${url} did not answer with an object`)
}

/** Something that is nearly true is no answer. */
function checkActive({ active, ...answer }: JsonObject): Introspection {
  if (typeof active === 'boolean') return { ...answer, active }
  throw new Error('the answer does not say whether the token is active')
}

const unavailable = (cause: unknown) =>
  cannotCheckTokens(
    `introspection: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  )
