/**
 * The authorization server as one function from request to response.
 *
 * The one `try` is here: what an endpoint throws becomes a page or JSON, and whatever nobody foresaw
 * stays a visible 500.
 *
 * @module
 */

import { OAuthError, WarderError } from '../errors.ts'
import { eventMaker } from '../events.ts'
import { pageContext } from './authorization/page-context.ts'
import type { ServerContext } from './context.ts'
import type { Answer, Endpoint } from './endpoints/endpoint.ts'
import { makeEndpoints } from './endpoints/index.ts'
import { JsonAnswer } from './endpoints/json-answer.ts'
import { type Connection, type Exchange, openExchange } from './exchange.ts'
import { errorPage } from './pages/index.ts'
import { recordRefusal } from './refusal-record.ts'
import { createTelling, type Telling } from './telling.ts'

/** An authorization server. */
export interface AuthorizationServer {
  /** Answers a request. Never throws. */
  fetch(request: Request, connection?: Connection): Promise<Response>
  /** What its endpoints are called, by path. */
  readonly names: ReadonlyMap<string, string>
}

/** Puts the endpoints behind one function. */
export function serve(context: ServerContext): AuthorizationServer {
  const routes = new Map<string, Endpoint>()
  for (const endpoint of makeEndpoints(context)) {
    for (const path of endpoint.paths) routes.set(path, endpoint)
  }
  const issuer = new URL(context.issuer)
  const surroundings = { context, isTold: createTelling(context.platform) }
  return {
    names: new Map([...routes].map(([path, { name }]) => [path, name])),
    async fetch(request, connection = {}) {
      const exchange = openExchange(request, connection, context)
      const endpoint = routes.get(exchange.url.pathname)
      try {
        checkHost(exchange, issuer)
        return responseOf(await route(endpoint, exchange), endpoint)
      } catch (error) {
        return responseOf(refuse(error, endpoint, { exchange, ...surroundings }), endpoint)
      }
    },
  }
}

/** A name that is not ours is someone's attempt to be answered as us (DNS rebinding, cache poisoning). */
function checkHost({ request, url }: Exchange, { host, protocol, origin }: URL): void {
  const asked = request.headers.get('host') ?? url.host
  if (asked === host) return
  // Read under our own scheme: behind a proxy the request looks like http, with another default port.
  const address = `${protocol}//${asked}`
  if (URL.canParse(address) && new URL(address).href === `${origin}/`) return
  throw new OAuthError(
    'invalid_request',
    `This server answers as ${origin} only. Use that address.`,
    {
      status: 421,
      detail: `asked as ${asked}`,
    },
  )
}

async function route(endpoint: Endpoint | undefined, exchange: Exchange): Promise<Answer> {
  if (endpoint === undefined) {
    throw new OAuthError('invalid_request', 'There is nothing at this address.', { status: 404 })
  }
  const { method } = exchange.request
  if (method === 'OPTIONS' && endpoint.cors) return preflight(endpoint)
  // What is only read answers HEAD. Where there is a POST, a GET too may change what is kept.
  const isRead = endpoint.methods.POST === undefined
  const name = method === 'HEAD' && isRead ? 'GET' : method
  const handler = name === 'GET' || name === 'POST' ? endpoint.methods[name] : undefined
  if (handler !== undefined) return handler(exchange)
  throw new OAuthError('invalid_request', `${method} is not allowed here.`, {
    status: 405,
    headers: { allow: Object.keys(endpoint.methods).join(', ') },
  })
}

/** For endpoints that never look at cookies, so that a page of any origin may call them. */
const anyOrigin: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Retry-After',
}

function responseOf(answer: Answer, endpoint: Endpoint | undefined): Response {
  const more = endpoint?.cors === true ? anyOrigin : {}
  if (answer instanceof JsonAnswer) return answer.toResponse(more)
  for (const [name, value] of Object.entries(more)) answer.headers.set(name, value)
  return answer
}

function preflight(endpoint: Endpoint): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': Object.keys(endpoint.methods).join(', '),
      'access-control-allow-headers': 'Authorization, Content-Type, MCP-Protocol-Version',
      'access-control-max-age': '86400',
    },
  })
}

/** A request that failed, and what it takes to answer it. */
interface Failed {
  readonly exchange: Exchange
  readonly context: ServerContext
  readonly isTold: Telling
}

function refuse(error: unknown, endpoint: Endpoint | undefined, failed: Failed): Response {
  const { exchange, context } = failed
  const answer = answerFor(error, failed)
  const { correlationId } = exchange.flow
  if (endpoint?.readers === 'programs') return answer.toResponse(correlationId)
  const { status, code, message, headers } = answer
  const page = errorPage({ status, code, message, correlationId }, pageContext(context))
  for (const [name, value] of Object.entries(headers)) page.headers.set(name, value)
  return page
}

/** What may be said of an error. An outage is 503, a bug is 500; neither is reworded into a 400. */
function answerFor(error: unknown, { exchange, context, isTold }: Failed): OAuthError {
  if (error instanceof OAuthError) {
    if (isTold(error, exchange.source)) {
      recordRefusal(error, { type: 'request.refused' }, { exchange, context })
    }
    return error
  }
  const unavailable = error instanceof WarderError && error.code === 'temporarily_unavailable'
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const event = eventMaker(context.platform, exchange.flow.correlationId)
  context.onEvent(event('request.failed', { reason: `${exchange.url.pathname}: ${reason}` }))
  return unavailable
    ? new OAuthError('temporarily_unavailable', 'The server is busy. Try again in a moment.', {
        headers: { 'retry-after': '1' },
      })
    : new OAuthError('server_error', 'Something went wrong here. Tell the operator the reference.')
}
