/**
 * Turning requests away while there are more than can be answered, so that the others are answered.
 *
 * Who is turned away is told at once, before anything of the request is read: a refusal must cost
 * next to nothing, or refusing all that comes would take the time of those who were let in. Two things
 * say that it is too much: how many requests are under way, and how late the process is.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4 | RFC 9110 §15.6.4}
 * @module
 */

import type { Kind, Lag } from './lag.ts'
import type { Importance, Route } from './routes.ts'

/** How much is too much. */
export interface LoadBounds {
  /** Requests under way, without calls to MCP servers. */
  readonly requests: number
  /** Calls to MCP servers under way. */
  readonly calls: number
  /** How late the process may be, in milliseconds. */
  readonly delay: number
}

/** Lets requests in, or not. */
export interface Load {
  /** What to call when it is answered; nothing if the request is turned away. */
  enter(importance: Importance): (() => void) | undefined
  /** How many are under way. */
  readonly underWay: { readonly requests: number; readonly calls: number }
}

/** The share of the bounds that each kind of request may use up. */
const shares: Readonly<Record<Exclude<Importance, 'always'>, number>> = {
  tokens: 1,
  calls: 0.8,
  pages: 0.8,
  rest: 0.6,
}

/** Counts what is under way. */
export function createLoad(bounds: LoadBounds, lag: Lag): Load {
  const underWay = { requests: 0, calls: 0 }
  const leaving = (what: Kind) => () => {
    underWay[what] -= 1
  }
  const leave = { requests: leaving('requests'), calls: leaving('calls') }
  return {
    underWay,
    enter(importance) {
      if (importance === 'always') return () => {}
      // Calls wait for servers that are not ours, so they have room of their own.
      const what: Kind = importance === 'calls' ? 'calls' : 'requests'
      const share = shares[importance]
      const room = what === 'calls' ? bounds.calls : bounds.requests * share
      if (underWay[what] >= room || lag.read(what) > bounds.delay * share) return undefined
      underWay[what] += 1
      return leave[what]
    },
  }
}

/** Bodies beyond this are not read to their end for the sake of the connection. */
const SMALL_BODY = 65_536

const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

const json = JSON.stringify({
  error: 'temporarily_unavailable',
  error_description: 'The server has too much to do. Try again in a few seconds.',
  error_uri: 'https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1',
})

const rpc = JSON.stringify({
  jsonrpc: '2.0',
  id: null,
  error: { code: 503, message: 'The server has too much to do. Try again in a few seconds.' },
})

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Too busy</title>
<h1>The server has too much to do</h1>
<p id="error" data-code="temporarily_unavailable">Load this page again in a few seconds.</p>
</html>
`

const bodies: Readonly<Record<Importance, readonly [type: string, body: string]>> = {
  always: ['application/json', json],
  tokens: ['application/json', json],
  rest: ['application/json', json],
  calls: ['application/json', rpc],
  pages: ['text/html; charset=utf-8', page],
}

/** Those who are turned away at once must not all come back at once. */
const RETRY_AFTER = [1, 2, 3] as const
let turnedAway = 0

/** The answer to who is turned away. The body of the request stays unread. */
export function busyAnswer({ importance }: Pick<Route, 'importance'>, request: Request): Response {
  const [type, body] = bodies[importance]
  turnedAway = (turnedAway + 1) % RETRY_AFTER.length
  return new Response(body, {
    status: 503,
    headers: {
      ...headers,
      'content-type': type,
      'retry-after': String(RETRY_AFTER[turnedAway]),
      ...(importance === 'pages'
        ? { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" }
        : {}),
      ...(hasLargeBody(request) ? { connection: 'close' } : {}),
    },
  })
}

function hasLargeBody({ method, headers }: Request): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  const length = headers.get('content-length')
  return length === null || Number(length) > SMALL_BODY
}
