/**
 * How a page talks to the authorization server: bounded in time and size, without cookies and without
 * redirects, JSON read strictly.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.11.2 | RFC 9700 §4.11.2} on redirects of requests that carry secrets
 * @module
 */

import { readBounded } from '../protocol/bounded-body.ts'
import { parseJson } from '../protocol/json.ts'
import { isObject } from '../protocol/json-object.ts'
import { BrowserError } from './errors.ts'
import type { BrowserSurroundings } from './surroundings.ts'

/** An answer whose body has arrived. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Nothing if it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined
}

const TIMEOUT_MS = 15_000

/** Far more than metadata or tokens take. */
const MOST_BYTES = 262_144

/**
 * Sends one request and reads the whole answer, whatever its status.
 *
 * @throws {BrowserError} `unreachable`, or `answer_malformed` if it is too large or read differently by
 * different parsers.
 */
export async function exchange(
  url: string,
  init: RequestInit,
  { fetch, timers }: Pick<BrowserSurroundings, 'fetch' | 'timers'>,
): Promise<Answer> {
  const late = new AbortController()
  const callOff = timers.after(TIMEOUT_MS, () => late.abort())
  try {
    const { status, headers, body } = await fetch(url, {
      ...init,
      ...{ redirect: 'error', credentials: 'omit', cache: 'no-store' },
      referrerPolicy: 'no-referrer',
      signal: late.signal,
    })
    return { status, headers, body: parse(await readBounded(body, MOST_BYTES)) }
  } catch (cause) {
    if (cause instanceof BrowserError) throw cause
    // A browser gives a page no reason, so that pages cannot look around.
    throw new BrowserError(
      'unreachable',
      'Look whether you are online, and whether it lets pages of this origin ask (CORS).',
      { detail: url, cause },
    )
  } finally {
    callOff()
  }
}

function parse(bytes: Uint8Array | undefined): Answer['body'] {
  if (bytes === undefined) throw malformed(`more than ${MOST_BYTES} bytes`)
  let json: unknown
  try {
    json = parseJson(new TextDecoder().decode(bytes), { depth: 32 })
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    return undefined
  }
  return isObject(json) ? json : undefined
}

/** An answer that nobody can use. */
export const malformed = (detail: string): BrowserError =>
  new BrowserError('answer_malformed', 'Ask whoever runs it.', { detail })
