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

import { Agent } from 'undici'
import { randomToken } from '../../platform.ts'
import {
  isNotification,
  isRequest,
  isResponse,
  type JsonRpcMessage,
  type JsonRpcRequest,
  parseMessage,
  RpcError,
} from '../../protocol/json-rpc.ts'
import { headerValue, isModern, nameOf } from '../../protocol/mcp.ts'
import { refusal } from '../refusal.ts'
import { type Session, SessionTable } from '../session.ts'
import { type EventContext, httpEvents } from './http-events.ts'
import { callHttp, type HttpAnswer } from './http-request.ts'
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

/** How many broken streams of one session may be resumed at the same time. */
const MAX_RESUMED_STREAMS = 8

/** What a session of ours stands for. */
interface Remote {
  /** The server's own id; it never leaves the gateway. */
  readonly upstreamId: string
  /** Begins every event id of the session, so that none works in another. */
  readonly tag: string
  readonly pending: PendingIds
  readonly ended: AbortController
  isListening: boolean
  resumedStreams: number
}

/** Opens the way to a server at `url`. */
export function httpUpstream(url: string, context: UpstreamContext): Upstream {
  return new HttpUpstream(url, context)
}

class HttpUpstream implements Upstream {
  readonly #url: string
  readonly #context: UpstreamContext
  // The bounds are our own (silence, caps): undici's idle limits would end quiet streams.
  readonly #agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 })
  readonly #next = counter()
  readonly #closed = new AbortController()
  readonly #sessions: SessionTable<Remote>
  /** Whether the server has given out sessions: then it is one that wants them. */
  #isSessionful = false

  constructor(url: string, context: UpstreamContext) {
    this.#url = url
    this.#context = context
    const { platform, timers } = context
    this.#sessions = new SessionTable<Remote>({
      platform,
      timers,
      limits: context.limits.sessions,
      onEnd: (remote) => this.#forget(remote),
    })
  }

  async exchange(exchange: Exchange): Promise<Reply> {
    const { message } = exchange
    const session = this.#sessionOf(exchange)
    const pending = session?.value.pending ?? new PendingIds(this.#next)
    const outgoing = outgoingMessage(message, pending)
    if (outgoing === undefined) return { kind: 'accepted' }
    const done = session === undefined ? () => {} : this.#sessions.use(session.id)
    try {
      const answer = await this.#call('POST', exchange, {
        session,
        body: JSON.stringify(outgoing),
        headers: messageHeaders(exchange),
      })
      this.#checkStatus(answer, session)
      if (!isRequest(message) || !isRequest(outgoing)) {
        answer.close()
        return checkAccepted(answer)
      }
      const request = { message, outgoingId: outgoing.id }
      return await this.#reply(answer, { exchange, session, pending, request })
    } finally {
      done()
    }
  }

  async listen(listening: Listening): Promise<AsyncIterable<StreamEvent>> {
    const session = this.#sessionOf({ ...listening, message: undefined })
    const resumed = lastEventId(listening, session)
    const release = this.#beginListening(session, resumed !== undefined)
    try {
      const answer = await this.#call('GET', listening, {
        session,
        headers: resumed === undefined ? {} : { 'last-event-id': resumed },
      })
      this.#checkStatus(answer, session)
      if (answer.status >= 400 || answer.mediaType !== 'text/event-stream') {
        answer.close()
        throw refusal(405, 'This server offers no stream. Send messages by POST.', {
          headers: { allow: 'POST, DELETE' },
        })
      }
      const pending = session?.value.pending ?? new PendingIds(this.#next)
      return httpEvents(answer, this.#eventContext({ session, pending, onEnd: release }))
    } catch (error) {
      release()
      throw error
    }
  }

  async end(caller: Caller, id: string | undefined): Promise<void> {
    const session = this.#sessionOf({ caller, session: id, message: undefined })
    if (session === undefined) {
      throw refusal(400, 'Mcp-Session-Id is missing: say which session to end.')
    }
    this.#sessions.end(session.id)
  }

  async close(): Promise<void> {
    this.#sessions.close()
    this.#closed.abort()
    await this.#agent.close()
  }

  /** The caller's session; nothing where there is none to name. */
  #sessionOf(exchange: {
    readonly caller: Caller
    readonly session: string | undefined
    readonly revision?: Exchange['revision']
    readonly message: JsonRpcMessage | undefined
  }): Session<Remote> | undefined {
    const { caller, session, message, revision } = exchange
    if (revision !== undefined && isModern(revision)) return undefined
    if (isInitialize(message)) return undefined
    if (session !== undefined) return this.#sessions.require(session, caller)
    // Never "the only session there is": whose it is must be said.
    if (this.#isSessionful) {
      throw refusal(400, 'Mcp-Session-Id is missing. Send initialize to start a session.')
    }
    return undefined
  }

  #beginListening(session: Session<Remote> | undefined, isResumed: boolean): () => void {
    if (session === undefined) return () => {}
    const { value: remote } = session
    const taken = isResumed ? remote.resumedStreams >= MAX_RESUMED_STREAMS : remote.isListening
    if (taken) throw refusal(409, 'This session has such a stream already. Close it first.')
    const done = this.#sessions.use(session.id)
    if (isResumed) remote.resumedStreams++
    else remote.isListening = true
    return () => {
      if (isResumed) remote.resumedStreams--
      else remote.isListening = false
      done()
    }
  }

  #call(
    method: 'POST' | 'GET' | 'DELETE',
    { caller, revision, signal, message }: (Exchange | Listening) & { message?: JsonRpcMessage },
    to: {
      readonly session: Session<Remote> | undefined
      readonly body?: string
      readonly headers: Readonly<Record<string, string>>
    },
  ): Promise<HttpAnswer> {
    const { session, body, headers } = to
    const { timers, limits } = this.#context
    const signals = [signal, this.#closed.signal]
    if (session !== undefined) signals.push(session.value.ended.signal)
    return callHttp({
      agent: this.#agent,
      url: this.#url,
      method,
      headers: {
        ...caller.identity,
        ...headers,
        accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
        'user-agent': 'warder',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(isInitialize(message) ? {} : { 'mcp-protocol-version': revision }),
        ...(session === undefined ? {} : { 'mcp-session-id': session.value.upstreamId }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.any(signals),
      timers,
      silenceMs: limits.silenceMs,
      maxAnswerBytes: limits.maxAnswerBytes,
    })
  }

  /** @throws {RpcError} for every status that is not an answer to the caller. */
  #checkStatus(answer: HttpAnswer, session: Session<Remote> | undefined): void {
    const { status } = answer
    if (status < 300) return
    if (status === 404 && session !== undefined) {
      answer.close()
      this.#sessions.end(session.id)
      throw refusal(404, 'The session is over. Send initialize to start a new one.')
    }
    const ours = [400, 404, 405, 406, 409, 429]
    if (ours.includes(status)) return
    answer.close()
    if (status < 400) {
      throw refusal(502, 'The server behind the gateway answered with a redirect.', {
        detail: `status ${status}: set url to where the server is`,
      })
    }
    throw refusal(502, 'The server behind the gateway refused or failed.', {
      detail: `status ${status}${status === 401 || status === 403 ? ': the server wants credentials of its own' : ''}`,
    })
  }

  async #reply(
    answer: HttpAnswer,
    context: {
      readonly exchange: Exchange
      readonly session: Session<Remote> | undefined
      readonly pending: PendingIds
      readonly request: { readonly message: JsonRpcRequest; readonly outgoingId: string | number }
    },
  ): Promise<Reply> {
    const { exchange, pending, request } = context
    const session = this.#mint(answer, exchange, pending) ?? context.session
    const minted = session === context.session ? undefined : session?.id
    const given = minted === undefined ? {} : { session: minted }
    if (answer.status < 300 && answer.mediaType === 'text/event-stream') {
      const done = session === undefined ? () => {} : this.#sessions.use(session.id)
      const events = this.#eventContext({ session, pending, onEnd: done })
      return { kind: 'stream', events: httpEvents(answer, { ...events, request }), ...given }
    }
    const message = findMessage(await answer.json())
    answer.close()
    pending.forget(request.outgoingId)
    const id = request.message.id
    if (message === undefined || !isResponse(message)) {
      if (answer.status >= 400) {
        throw refusal(answer.status, 'The server behind the gateway refused the message.')
      }
      throw badAnswer('it is no JSON-RPC response')
    }
    if (message.id !== request.outgoingId && !('error' in message && message.id === undefined)) {
      throw badAnswer('it answers another request')
    }
    return { kind: 'message', status: answer.status, message: { ...message, id }, ...given }
  }

  /** Opens a session of ours for the one that the server gave. */
  #mint(
    answer: HttpAnswer,
    { caller, message, revision }: Exchange,
    pending: PendingIds,
  ): Session<Remote> | undefined {
    const { sessionId: upstreamId, status } = answer
    if (upstreamId === undefined || status >= 300) return undefined
    if (isModern(revision) || !isInitialize(message)) return undefined
    this.#isSessionful = true
    const { platform } = this.#context
    try {
      return this.#sessions.open(caller, () => ({
        upstreamId,
        tag: randomToken(platform, 6),
        pending,
        ended: new AbortController(),
        isListening: false,
        resumedStreams: 0,
      }))
    } catch (error) {
      answer.close()
      throw error
    }
  }

  #eventContext(of: {
    readonly session: Session<Remote> | undefined
    readonly pending: PendingIds
    onEnd(): void
  }): EventContext {
    const { session, pending, onEnd } = of
    return {
      maxEventChars: this.#context.limits.maxAnswerBytes,
      pending,
      ...(session === undefined ? {} : { tag: session.value.tag }),
      onEnd,
    }
  }

  /** Tells the server that a session is over; whether it listens is its own affair. */
  #forget(remote: Remote): void {
    remote.ended.abort(refusal(404, 'The session is over. Send initialize to start a new one.'))
    if (this.#closed.signal.aborted) return
    const { timers } = this.#context
    callHttp({
      agent: this.#agent,
      url: this.#url,
      method: 'DELETE',
      headers: { 'mcp-session-id': remote.upstreamId, 'user-agent': 'warder' },
      signal: this.#closed.signal,
      timers,
      silenceMs: 10_000,
      maxAnswerBytes: 0,
    }).then(
      (answer) => answer.close(),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : 'unknown'
        this.#context.report('upstream.failed', { reason: `ending a session: ${reason}` })
      },
    )
  }
}

const isInitialize = (message: JsonRpcMessage | undefined) =>
  message !== undefined && isRequest(message) && message.method === 'initialize'

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

function checkAccepted({ status }: HttpAnswer): Reply {
  if (status >= 400) {
    throw refusal(status, 'The server behind the gateway refused the message.')
  }
  return { kind: 'accepted' }
}

/** The message under an id of ours; nothing if it cancels what is not pending. */
function outgoingMessage(message: JsonRpcMessage, pending: PendingIds): JsonRpcMessage | undefined {
  if (isRequest(message)) return { ...message, id: pending.begin(message.id) }
  if (!isNotification(message) || message.method !== 'notifications/cancelled') return message
  const requestId = message.params?.requestId
  if (typeof requestId !== 'string' && typeof requestId !== 'number') return undefined
  const outgoing = pending.findOutgoing(requestId)
  if (outgoing === undefined) return undefined
  return { ...message, params: { ...message.params, requestId: outgoing } }
}

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

/**
 * The event id to resume after, as the server gave it.
 *
 * @throws {RpcError} 404 if it was not given in this session.
 */
function lastEventId(
  { lastEventId: id }: Listening,
  session: Session<Remote> | undefined,
): string | undefined {
  if (id === undefined) return undefined
  const start = session === undefined ? undefined : `${session.value.tag}.`
  if (start === undefined || !id.startsWith(start)) {
    throw refusal(404, 'There is no such event in this session.')
  }
  return id.slice(start.length)
}
