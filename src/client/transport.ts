/**
 * How a client talks to authorization servers: bounded in time and size, without redirects, JSON read
 * strictly. Whoever answers may be anybody.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.11.2 | RFC 9700 §4.11.2} on redirects of requests that carry secrets
 * @module
 */

import { readBounded } from '../protocol/bounded-body.ts'
import { parseJson } from '../protocol/json.ts'
import type { Timers } from '../timers.ts'
import { withoutEcho } from './echo.ts'
import { ClientError } from './errors.ts'
import { checkOutwardUrl } from './outward-url.ts'
import { type Tell, type TraceChannel, withoutQuery } from './trace.ts'

/** The part of the platform's `fetch` that clients use. */
export type Fetch = typeof globalThis.fetch

/** What a transport needs. */
export interface TransportOptions {
  readonly fetch: Fetch
  readonly timers: Timers
  readonly tell: Tell
  /** For a whole exchange, in milliseconds. */
  readonly timeoutMs?: number
  /** Of an answer's body, after decompression. */
  readonly maxBytes?: number
}

/** An answer whose body has arrived. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed if it says it is JSON, and is; nothing if it is something else. */
  readonly json: unknown
  readonly text: string
}

/** Sends one request and reads the whole answer, whatever its status. */
export interface Transport {
  /**
   * @throws {ClientError} `unreachable` if no whole answer came; `answer_malformed` if it is too large,
   * or JSON that parsers read differently.
   */
  send(channel: TraceChannel, url: string, init: RequestInit): Promise<Answer>
  /**
   * The same without the body, which may be a stream that never ends.
   *
   * @throws {ClientError} `unreachable`
   */
  look(
    channel: TraceChannel,
    url: string,
    init: RequestInit,
  ): Promise<Omit<Answer, 'json' | 'text'>>
}

const TIMEOUT_MS = 15_000

/** Far more than the metadata, the keys or the tokens of any server. */
const MOST_BYTES = 262_144

/** Documents nest a few levels. */
const MOST_DEPTH = 32

/** Makes the transport of one client. */
export function createTransport(options: TransportOptions): Transport {
  const { maxBytes = MOST_BYTES } = options
  return {
    send: (...request) =>
      exchange(options, request, async (response, url) => {
        const bytes = await readBounded(response.body, maxBytes)
        if (bytes === undefined) throw malformed(url, `more than ${maxBytes} bytes`)
        return withoutEcho(read(url, response, bytes), request[2])
      }),
    look: (...request) =>
      exchange(options, request, async ({ body, status, headers }) => {
        await body?.cancel()
        return { status, headers }
      }),
  }
}

/** One exchange, in the time it may take. */
async function exchange<T>(
  { fetch, timers, tell, timeoutMs = TIMEOUT_MS }: TransportOptions,
  [channel, url, init]: Parameters<Transport['send']>,
  take: (response: Response, url: string) => Promise<T>,
): Promise<T> {
  checkOutwardUrl(withoutQuery(url), { what: 'address', code: 'url_refused' })
  const name = `${init.method ?? 'GET'} ${withoutQuery(url)}`
  const late = new AbortController()
  const callOff = timers.after(timeoutMs, () => late.abort())
  try {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: late.signal })
    const taken = await take(response, url)
    tell(channel, () => `${response.status} ${name}`)
    return taken
  } catch (cause) {
    if (cause instanceof ClientError) throw cause
    const why = late.signal.aborted ? `no answer in ${timeoutMs / 1000} s` : reasonOf(cause)
    tell(channel, () => `${name}: ${why}`)
    throw new ClientError('unreachable', `No answer came from ${new URL(url).host}.`, {
      detail: `${name}: ${why}`,
      cause,
    })
  } finally {
    callOff()
  }
}

function read(url: string, { status, headers }: Response, bytes: Uint8Array): Answer {
  const text = new TextDecoder().decode(bytes)
  const isJson = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(
    headers.get('content-type') ?? '',
  )
  try {
    const json = isJson && text !== '' ? parseJson(text, { depth: MOST_DEPTH }) : undefined
    return { status, headers, json, text }
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw malformed(url, cause.message)
  }
}

/** An answer that nobody can use; what it says is not repeated. */
export const malformed = (url: string, detail: string): ClientError =>
  new ClientError('answer_malformed', 'Ask whoever runs it.', {
    detail: `${withoutQuery(url)}: ${detail}`,
  })

/** The innermost cause, where clients of the network hide the reason. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : reasonOf(error.cause)
}
