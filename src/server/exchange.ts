/**
 * One request on its way through the server, with what was learnt of it.
 *
 * @module
 */

import { type EventMaker, eventMaker } from '../events.ts'
import { sourceKey } from '../limits/index.ts'
import { newCorrelationId } from '../platform.ts'
import type { ServerContext } from './context.ts'

/** What the transport knows of the peer. */
export interface Connection {
  /** The peer's address, already resolved through trusted proxies. */
  readonly remoteAddress?: string
}

/** A request and its circumstances. */
export interface Exchange {
  readonly request: Request
  readonly url: URL
  /** The peer's address, as far as it is known. */
  readonly address: string
  /** The bucket the peer is counted in. */
  readonly source: string
  readonly userAgent: string | undefined
  readonly correlationId: string
  readonly event: EventMaker
  /** The flow that the request turned out to belong to; what an answer of error names. */
  readonly flow: { correlationId: string }
}

/** Opens the exchange for a request. */
export function openExchange(
  request: Request,
  connection: Connection,
  context: ServerContext,
): Exchange {
  const correlationId = newCorrelationId(context.platform)
  return {
    request,
    url: new URL(request.url),
    address: connection.remoteAddress ?? 'unknown',
    source: sourceKey(connection.remoteAddress),
    userAgent: request.headers.get('user-agent')?.slice(0, 200),
    correlationId,
    event: eventMaker(context.platform, correlationId),
    flow: { correlationId },
  }
}

/** The same exchange, continued under the correlation id that its flow began with. */
export function continueFlow(
  exchange: Exchange,
  correlationId: string,
  context: ServerContext,
): Exchange {
  exchange.flow.correlationId = correlationId
  return { ...exchange, correlationId, event: eventMaker(context.platform, correlationId) }
}

/**
 * A cookie's value, unless it is absent or sent twice.
 *
 * Two cookies of one name mean that someone planted one; neither is believed.
 */
export function cookie(request: Request, name: string): string | undefined {
  const found = cookiePairs(request).filter((pair) => pair.startsWith(`${name}=`))
  return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined
}

/**
 * The names of the cookies that have a form, the oldest first.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6265#section-5.4 | RFC 6265 §5.4} on their order
 */
export function cookieNames(request: Request, form: RegExp): readonly string[] {
  const names = cookiePairs(request).map((pair) => pair.split('=', 1)[0] ?? '')
  return names.filter((name) => form.test(name))
}

const cookiePairs = (request: Request): readonly string[] =>
  (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim())

/** A `Set-Cookie` value with the attributes every cookie of ours has. */
export function setCookie(name: string, value: string, maxAgeSeconds: number): string {
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${maxAgeSeconds}`
}
