/**
 * A server behind the gateway that speaks Streamable HTTP, of either era.
 *
 * What the caller gets is made here: an answer of the known shape in the caller's own id, a session
 * id of our minting, event ids that only work in the session they were given in. The server's own
 * session id, its redirects, its 401 and its challenges stay behind.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http | Streamable HTTP}
 * @module
 */

import {
  isNotification,
  isRequest,
  isResponse,
  type JsonRpcMessage,
  type JsonRpcRequest,
  parseMessage,
  type RequestId,
  RpcError,
} from '../../protocol/json-rpc.ts'
import { headerValue, isModern, nameOf } from '../../protocol/mcp.ts'
import { refusal } from '../refusal.ts'
import { type Session, sessionOver } from '../session.ts'
import { HttpConnections } from './http-connections.ts'
import { httpEvents } from './http-events.ts'
import { callHttp, type HttpAnswer } from './http-request.ts'
import { HttpSessions, type Remote, resumedEventId } from './http-sessions.ts'
import { checkUpstreamStatus } from './http-status.ts'
import { counter, PendingIds } from './pending-ids.ts'
import type {
  Caller,
  Exchange,
  Listening,
  Reply,
  StreamEvent,
  Upstream,
  UpstreamContext,
} from './upstream.ts'

/** How long a server may take to acknowledge the end of a session. */
const FAREWELL_MS = 10_000

/** Opens the way to a server at `url`. */
export function httpUpstream(url: string, context: UpstreamContext): Upstream {
  return new HttpUpstream(url, context)
}

/** A request on its way, and where its answer belongs. */
interface Asked {
  readonly exchange: Exchange
  readonly session: Session<Remote> | undefined
  readonly pending: PendingIds
  readonly request: { readonly message: JsonRpcRequest; readonly outgoingId: RequestId }
}

/** What is sent, beside what every request has. */
interface Outgoing {
  readonly session: Session<Remote> | undefined
  readonly body?: string
  readonly headers: Readonly<Record<string, string>>
}

class HttpUpstream implements Upstream {
  readonly #url: string
  readonly #context: UpstreamContext
  readonly #connections = new HttpConnections()
  readonly #next = counter()
  readonly #closed = new AbortController()
  readonly #sessions: HttpSessions

  constructor(url: string, context: UpstreamContext) {
    this.#url = url
    this.#context = context
    this.#sessions = new HttpSessions(context, (remote) => this.#forget(remote))
  }

  async exchange(exchange: Exchange): Promise<Reply> {
    const { message, caller, revision } = exchange
    const isAlone = isModern(revision) || isInitialize(message)
    const session = isAlone ? undefined : this.#sessions.of(caller, exchange.session)
    const pending = session?.value.pending ?? new PendingIds(this.#next)
    const done = this.#sessions.use(session)
    try {
      if (isRequest(message)) {
        const request = { message, outgoingId: pending.begin(message.id) }
        return await this.#ask({ exchange, session, pending, request })
      }
      return await this.#tell(outgoingMessage(message, pending), exchange, session)
    } finally {
      done()
    }
  }

  async listen(listening: Listening): Promise<AsyncIterable<StreamEvent>> {
    const session = this.#sessions.of(listening.caller, listening.session)
    const resumed = resumedEventId(listening.lastEventId, session)
    const release = this.#sessions.listen(session, resumed !== undefined)
    try {
      const headers = {
        ...revisionHeader(listening),
        ...(resumed === undefined ? {} : { 'last-event-id': resumed }),
      }
      const answer = await this.#call('GET', listening, { session, headers })
      if (answer.status >= 400 || answer.mediaType !== 'text/event-stream') {
        answer.close()
        throw refusal(405, 'This server offers no stream. Send messages by POST.', {
          headers: { allow: 'POST, DELETE' },
        })
      }
      const pending = session?.value.pending ?? new PendingIds(this.#next)
      return httpEvents(answer, { ...this.#streamBounds(session), pending, onEnd: release })
    } catch (error) {
      release()
      throw error
    }
  }

  async end(caller: Caller, id: string | undefined): Promise<void> {
    const session = this.#sessions.of(caller, id)
    if (session === undefined) {
      throw refusal(400, 'Mcp-Session-Id is missing: say which session to end.')
    }
    this.#sessions.end(session)
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#sessions.close()
    await this.#connections.close()
  }

  async #tell(
    message: JsonRpcMessage | undefined,
    exchange: Exchange,
    session: Session<Remote> | undefined,
  ): Promise<Reply> {
    if (message === undefined) return { kind: 'accepted' }
    const answer = await this.#post(message, exchange, session)
    answer.close()
    if (answer.status < 400) return { kind: 'accepted' }
    throw refusal(answer.status, 'The server behind the gateway refused the message.')
  }

  async #ask(asked: Asked): Promise<Reply> {
    const { exchange, pending, request } = asked
    try {
      const outgoing = { ...request.message, id: request.outgoingId }
      return await this.#reply(await this.#post(outgoing, exchange, asked.session), asked)
    } catch (error) {
      pending.forget(request.outgoingId)
      throw error
    }
  }

  async #reply(answer: HttpAnswer, asked: Asked): Promise<Reply> {
    const { pending, request } = asked
    const minted = this.#mint(answer, asked)
    const given = minted === undefined ? {} : { session: minted.id }
    const session = minted ?? asked.session
    if (answer.status < 300 && answer.mediaType === 'text/event-stream') {
      const onEnd = this.#sessions.use(session)
      const events = httpEvents(answer, { ...this.#streamBounds(session), pending, request, onEnd })
      return { kind: 'stream', events, ...given }
    }
    const message = findMessage(await answer.json())
    pending.forget(request.outgoingId)
    if (message === undefined || !isResponse(message)) {
      if (answer.status < 400) throw badAnswer('it is no JSON-RPC response')
      throw refusal(answer.status, 'The server behind the gateway refused the message.')
    }
    // Where the request could not be read the answer has no id, and belongs to it all the same.
    const isOurs = message.id === request.outgoingId || message.id === undefined
    if (!isOurs) throw badAnswer('it answers another request')
    const { id } = request.message
    return { kind: 'message', status: answer.status, message: { ...message, id }, ...given }
  }

  /** Opens a session of ours if the server gave one. */
  #mint(answer: HttpAnswer, { exchange, pending }: Asked): Session<Remote> | undefined {
    const { sessionId, status } = answer
    const { caller, message, revision } = exchange
    if (sessionId === undefined || status >= 300) return undefined
    if (isModern(revision) || !isInitialize(message)) return undefined
    try {
      return this.#sessions.open(caller, sessionId, pending)
    } catch (error) {
      answer.close()
      throw error
    }
  }

  #post(
    message: JsonRpcMessage,
    exchange: Exchange,
    session: Session<Remote> | undefined,
  ): Promise<HttpAnswer> {
    // The opening of the legacy era names its revision in the body.
    const isOpening = isInitialize(message) && !isModern(exchange.revision)
    const named = isOpening ? {} : revisionHeader(exchange)
    return this.#call('POST', exchange, {
      session,
      body: JSON.stringify(message),
      headers: { ...messageHeaders(exchange), ...named, 'content-type': 'application/json' },
    })
  }

  /** @throws {RpcError} for every answer that is none to the caller. */
  async #call(
    method: 'POST' | 'GET',
    { caller, signal }: Exchange | Listening,
    { session, body, headers }: Outgoing,
  ): Promise<HttpAnswer> {
    const signals = [signal, this.#closed.signal]
    if (session !== undefined) signals.push(session.value.ended.signal)
    const { name, trace } = this.#context
    const send = (traceHeaders: Readonly<Record<string, string>>) =>
      callHttp({
        ...this.#common(),
        method,
        headers: {
          ...traceHeaders,
          ...caller.identity,
          ...headers,
          accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
          'user-agent': 'warder',
          ...(session === undefined ? {} : { 'mcp-session-id': session.value.upstreamId }),
        },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.any(signals),
      })
    const answer = await trace(name, send)
    try {
      if (answer.status === 404 && session !== undefined) {
        this.#sessions.end(session)
        throw sessionOver()
      }
      checkUpstreamStatus(answer.status)
      return answer
    } catch (error) {
      answer.close()
      throw error
    }
  }

  #common() {
    const { timers, limits } = this.#context
    const { silenceMs, maxAnswerBytes } = limits
    const connections = this.#connections
    return { connections, url: this.#url, timers, silenceMs, maxAnswerBytes }
  }

  #streamBounds(session: Session<Remote> | undefined) {
    const { maxAnswerBytes } = this.#context.limits
    const tag = session === undefined ? {} : { tag: session.value.tag }
    return { maxEventChars: maxAnswerBytes, ...tag }
  }

  /** Tells the server that a session is over; whether it listens is its own affair. */
  #forget({ ended, upstreamId }: Remote): void {
    ended.abort(sessionOver())
    if (this.#closed.signal.aborted) return
    callHttp({
      ...this.#common(),
      method: 'DELETE',
      headers: { 'mcp-session-id': upstreamId, 'user-agent': 'warder' },
      signal: this.#closed.signal,
      silenceMs: FAREWELL_MS,
    }).then(
      (answer) => answer.close(),
      (error: unknown) => {
        const reason = error instanceof RpcError ? (error.detail ?? error.message) : String(error)
        this.#context.report('upstream.failed', { reason: `ending a session: ${reason}` })
      },
    )
  }
}

const isInitialize = (message: JsonRpcMessage) =>
  isRequest(message) && message.method === 'initialize'

const badAnswer = (detail: string) =>
  refusal(502, 'The server behind the gateway answered with something that is no answer.', {
    detail,
  })

/** A message from the server, or nothing if it is none. */
function findMessage(value: unknown): JsonRpcMessage | undefined {
  try {
    return parseMessage(value)
  } catch (error) {
    if (error instanceof RpcError) return undefined
    throw error
  }
}

/** What is told under ids of ours; nothing if it cancels what is not pending. */
function outgoingMessage(
  message: Exclude<JsonRpcMessage, JsonRpcRequest>,
  pending: PendingIds,
): JsonRpcMessage | undefined {
  if (!isNotification(message) || message.method !== 'notifications/cancelled') return message
  const requestId = message.params?.requestId
  if (typeof requestId !== 'string' && typeof requestId !== 'number') return undefined
  const outgoing = pending.findOutgoing(requestId)
  if (outgoing === undefined) return undefined
  return { ...message, params: { ...message.params, requestId: outgoing } }
}

/** The revision as the caller named it. */
const revisionHeader = ({ namedRevision }: Pick<Exchange, 'namedRevision'>) =>
  namedRevision === undefined ? {} : { 'mcp-protocol-version': namedRevision }

/** The headers that mirror a modern message, made anew from its body. */
function messageHeaders(exchange: Exchange): Readonly<Record<string, string>> {
  const { message, revision, paramHeaders } = exchange
  if (!isModern(revision) || isResponse(message)) return {}
  const name = nameOf(message)
  return {
    ...paramHeaders,
    'mcp-method': message.method,
    ...(name === undefined ? {} : { 'mcp-name': headerValue(name) }),
  }
}
