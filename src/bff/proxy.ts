/**
 * Calling an API for the page: to the addresses that were named and nowhere else, with the token of the
 * session, which the page never sees.
 *
 * What goes on and what comes back are lists of headers. Cookies, credentials and what only means
 * something between two neighbours are in neither.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc10017 | RFC 10017} §6.1 on which requests are forwarded
 * @module
 */

import { readBounded } from '../protocol/bounded-body.ts'
import { answerTo, refusal, withCommon } from './answers.ts'
import type { BffContext } from './options.ts'
import { type BffSession, noSession } from './session.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

const SENT_ON = [
  ...['accept', 'accept-language', 'content-type', 'content-language', 'range'],
  ...['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'],
  ...['idempotency-key', 'prefer', 'last-event-id', 'mcp-protocol-version', 'mcp-session-id'],
]

const SENT_BACK = [
  ...['content-type', 'content-language', 'content-disposition', 'content-range', 'accept-ranges'],
  ...['etag', 'last-modified', 'retry-after', 'ratelimit', 'ratelimit-policy'],
  ...['mcp-session-id', 'preference-applied'],
]

/** What one parser takes for a step up or the end of a name, and another for a part of it. */
const AMBIGUOUS = /^\.{1,2}$|[\\;]|%(?:2e|2f|5c|25|00)/i

/** The address that a path of ours stands for; nothing if it stands for none. */
export function targetOf(path: string, search: string, apis: BffContext['apis']): URL | undefined {
  const [name = '', ...rest] = path.split('/')
  const api = apis.get(name)
  if (api === undefined || rest.some((part) => AMBIGUOUS.test(part))) return undefined
  const base = api.href.replace(/\/$/, '')
  const target = new URL(rest.length === 0 ? api.href : `${base}/${rest.join('/')}`)
  target.search = search
  return target.href.startsWith(base) && target.origin === api.origin ? target : undefined
}

/** Sends a request on, and the answer back. */
export async function forward(
  request: Request,
  target: URL,
  { session, context }: { readonly session: BffSession; readonly context: BffContext },
): Promise<Response> {
  const { method, signal } = request
  if (!METHODS.includes(method)) {
    const headers = { allow: METHODS.join(', ') }
    return refusal(
      405,
      'invalid_request',
      `${method} is not sent on. Use one of ${METHODS.join(', ')}.`,
      headers,
    )
  }
  const body = await readBounded(request.body, context.maxRequestBytes)
  if (body === undefined)
    return refusal(413, 'too_large', `Send at most ${context.maxRequestBytes} bytes at once.`)
  const init = {
    ...{ method, signal, headers: picked(request.headers, SENT_ON) },
    ...(body.length === 0 ? {} : { body: Uint8Array.from(body) }),
  }
  try {
    const answer = await context.client.fetch(target, init, { account: session.account })
    return await back(answer)
  } catch (error) {
    // That is what `fetch` throws where no answer came.
    if (error instanceof TypeError)
      return refusal(502, 'unreachable', 'The API cannot be reached. Try again in a while.')
    return answerTo(error)
  }
}

async function back(answer: Response): Promise<Response> {
  const { status, headers } = answer
  if (status >= 300 && status < 400 && status !== 304) {
    await answer.body?.cancel()
    return refusal(
      502,
      'redirected',
      'The API redirects. Name the address that it redirects to in apis.',
    )
  }
  const sent = withCommon(picked(headers, SENT_BACK))
  if (status === 401) {
    await answer.body?.cancel()
    sent.set('set-cookie', noSession())
    return refusal(401, 'sign_in_needed', 'Sign in again.', sent)
  }
  return new Response(answer.body, { status, headers: sent })
}

const picked = (headers: Headers, names: readonly string[]): Headers =>
  new Headers(
    names.flatMap((name): [string, string][] => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value]]
    }),
  )
