/**
 * One guarded MCP server: the steps every request to it goes through, in their order.
 *
 * Head → guard → body → revision → policy → server behind. Each step can only refuse or go on; what
 * goes on is made of parsed values, so no later step can see what an earlier one did not check.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 * @module
 */

import type { EventFields, EventMaker } from '../events.ts'
import { eventMaker } from '../events.ts'
import type { Guard, Principal } from '../guard/index.ts'
import { randomToken } from '../platform.ts'
import {
  isNotification,
  isRequest,
  isResponse,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type RequestId,
  RpcError,
  rpcCodes,
} from '../protocol/json-rpc.ts'
import { isModern, type Revision } from '../protocol/mcp.ts'
import { type AdmissionRules, checkAdmission, corsHeaders, preflight } from './admission.ts'
import {
  acceptedAnswer,
  failureAnswer,
  messageAnswer,
  refusalAnswer,
  scopeAnswer,
  streamAnswer,
} from './answer.ts'
import {
  checkContentLength,
  checkContentType,
  headerRevision,
  messageRevision,
  readMessage,
} from './envelope.ts'
import { identityHeaders } from './identity.ts'
import type { GatewayContext, MountOptions } from './options.ts'
import { ParamHeaders } from './param-headers.ts'
import { baselineScopes, decide, listedTools } from './policy.ts'
import { refusal } from './refusal.ts'
import type { Caller, Exchange, Reply, StreamEvent, Upstream } from './upstreams/upstream.ts'

/** What a mount is made of. */
export interface MountParts {
  readonly options: MountOptions
  readonly guard: Guard
  readonly upstream: Upstream
  readonly context: GatewayContext
}

/** Where a request comes from, as far as the listener knows. */
export interface Connection {
  readonly remoteAddress?: string
}

/** What is known of the request at hand, for its answer and its events. */
interface Visit {
  readonly request: Request
  readonly source: EventFields
  /** Aborts when the caller is gone. */
  readonly gone: AbortController
  make: EventMaker
  id?: RequestId
}

/** A caller who was let in. */
interface Admitted {
  readonly principal: Principal
  readonly caller: Caller
}

/** One guarded server. */
export class Mount {
  readonly path: string
  readonly #parts: MountParts
  readonly #admission: AdmissionRules
  readonly #paramHeaders = new ParamHeaders()

  constructor(parts: MountParts) {
    const resource = new URL(parts.options.resource)
    this.path = resource.pathname
    this.#parts = parts
    this.#admission = { resource, allowedOrigins: parts.context.allowedOrigins }
  }

  /** The protected resource metadata, if the request asks for it. */
  metadata(request: Request): Response | undefined {
    return this.#parts.guard.metadata(request)
  }

  /** Answers a request to this mount. */
  async answer(request: Request, { remoteAddress }: Connection): Promise<Response> {
    const { platform } = this.#parts.context
    const visit: Visit = {
      request,
      source: remoteAddress === undefined ? {} : { source: remoteAddress },
      gone: new AbortController(),
      make: eventMaker(platform, randomToken(platform, 12)),
    }
    const leave = () => visit.gone.abort()
    request.signal.addEventListener('abort', leave, { once: true })
    const answer = await this.#handle(visit).catch((error: unknown) => this.#fail(visit, error))
    for (const [name, value] of Object.entries(corsHeaders(request, this.#admission))) {
      answer.headers.set(name, value)
    }
    return answer
  }

  async close(): Promise<void> {
    await this.#parts.upstream.close()
  }

  async #handle(visit: Visit): Promise<Response> {
    const { request } = visit
    const rules = this.#parts.options
    checkAdmission(request, this.#admission)
    if (request.method === 'OPTIONS') return preflight(request, this.#admission)
    if (request.method === 'POST') checkContentType(request.headers)
    const revision = headerRevision(request.headers, rules)
    checkContentLength(request.headers, rules)
    const admitted = await this.#admit(visit)
    if (admitted instanceof Response) return admitted
    if (request.method === 'POST') return await this.#post(visit, admitted)
    if (isModern(revision)) {
      throw refusal(405, 'This revision has no sessions. Send messages by POST.', {
        headers: { allow: 'POST' },
      })
    }
    return await this.#session(visit, admitted, revision)
  }

  async #admit(visit: Visit): Promise<Admitted | Response> {
    const { guard, options, context } = this.#parts
    const principal = await guard.check(visit.request)
    if (principal instanceof Response) return principal
    visit.make = eventMaker(context.platform, principal.correlationId)
    const { subject, clientId } = principal
    const identity = await identityHeaders(options.identity, principal, context.findEmail)
    return { principal, caller: { subject, clientId, identity } }
  }

  async #post(visit: Visit, admitted: Admitted): Promise<Response> {
    const { request, gone } = visit
    const { options, upstream } = this.#parts
    const message = await readMessage(request, options)
    if (isRequest(message)) visit.id = message.id
    const revision = messageRevision(message, request.headers, options)
    checkKind(message)
    const refused = this.#refusal(visit, admitted, message)
    if (refused !== undefined) return refused
    const { caller } = admitted
    const isModernCall = isModern(revision) && isToolCall(message)
    const exchange: Exchange = {
      caller,
      revision,
      message,
      session: isModern(revision) ? undefined : sessionHeader(request),
      paramHeaders: isModernCall ? this.#paramHeaders.check(caller, request.headers, message) : {},
      signal: gone.signal,
    }
    if (isToolCall(message)) this.#report(visit, admitted, { type: 'tool.called', message })
    const reply = await upstream.exchange(exchange)
    return this.#reply(visit, exchange, reply)
  }

  /** The GET and the DELETE of the legacy era. */
  async #session(visit: Visit, admitted: Admitted, revision: Revision): Promise<Response> {
    const { upstream, options, guard, context } = this.#parts
    const { caller, principal } = admitted
    const scopes = baselineScopes(options.tools)
    const refused = guard.authorize(principal, { scopes })
    if (refused !== undefined) return scopeAnswer(refused, scopes)
    const session = sessionHeader(visit.request)
    if (visit.request.method === 'DELETE') {
      await upstream.end(caller, session)
      return new Response(null, { status: 204 })
    }
    const events = await upstream.listen({
      caller,
      revision,
      session,
      lastEventId: visit.request.headers.get('last-event-id') ?? undefined,
      signal: visit.gone.signal,
    })
    const { timers, platform } = context
    // Whoever goes on listening shows a token that is still good.
    timers.after(principal.expiresAt - platform.now(), leaving(visit))
    return streamAnswer({ events: this.#watched(visit, events), timers, onGone: leaving(visit) })
  }

  /** The answer to a message that the caller may not send; nothing if they may. */
  #refusal(visit: Visit, admitted: Admitted, message: JsonRpcMessage): Response | undefined {
    const { options, guard } = this.#parts
    const decision = decide(options.tools, message)
    if (!decision.allowed) {
      this.#report(visit, admitted, { type: 'tool.refused', message, reason: 'not in the policy' })
      // What a server says of a tool it does not have.
      throw new RpcError(rpcCodes.invalidParams, `Unknown tool: ${decision.tool}`, { status: 200 })
    }
    const { scopes } = decision
    const refused = guard.authorize(admitted.principal, { scopes })
    if (refused === undefined) return undefined
    if (isToolCall(message)) {
      this.#report(visit, admitted, { type: 'tool.refused', message, scopes })
    }
    return scopeAnswer(refused, scopes, visit.id)
  }

  #reply(visit: Visit, exchange: Exchange, reply: Reply): Response {
    const headers = reply.session === undefined ? {} : { 'mcp-session-id': reply.session }
    if (reply.kind === 'accepted') return acceptedAnswer()
    if (reply.kind === 'message') {
      return messageAnswer(reply.status, this.#shown(exchange, reply.message), headers)
    }
    const shown = this.#watched(visit, reply.events, exchange)
    const { timers } = this.#parts.context
    return streamAnswer({ events: shown, timers, onGone: leaving(visit) }, headers)
  }

  /** The events as the caller is to see them. What breaks a stream is reported. */
  async *#watched(
    visit: Visit,
    events: AsyncIterable<StreamEvent>,
    exchange?: Exchange,
  ): AsyncGenerator<StreamEvent> {
    try {
      for await (const event of events) {
        const { message } = event
        if (message === undefined || exchange === undefined) yield event
        else yield { ...event, message: this.#shown(exchange, message) }
      }
    } catch (error) {
      this.#fail(visit, error)
      throw error
    }
  }

  /** A message as the caller is to see it: without the tools that are not for callers. */
  #shown<M extends JsonRpcMessage>({ message: asked, caller }: Exchange, message: M): M {
    if (!isResponse(message) || !('result' in message)) return message
    // What a token was needed for is not for everybody, whatever the server behind believes.
    const cacheScope = message.result.cacheScope === undefined ? {} : { cacheScope: 'private' }
    const result = { ...message.result, ...cacheScope }
    if (!isRequest(asked) || asked.method !== 'tools/list') return { ...message, result }
    const listed = listedTools(this.#parts.options.tools, result)
    this.#paramHeaders.learn(caller, listed)
    return { ...message, result: listed }
  }

  #report(
    { make, source }: Visit,
    { caller }: Admitted,
    of: {
      readonly type: 'tool.called' | 'tool.refused'
      readonly message: JsonRpcMessage
      readonly reason?: string
      readonly scopes?: readonly string[]
    },
  ): void {
    const { options, context } = this.#parts
    const { type, message, reason, scopes } = of
    const tool = 'method' in message ? message.params?.name : undefined
    context.onEvent(
      make(type, {
        subject: caller.subject,
        clientId: caller.clientId,
        resource: options.resource,
        server: options.name,
        method: 'tools/call',
        ...(typeof tool === 'string' ? { tool: tool.slice(0, 200) } : {}),
        ...(scopes === undefined ? {} : { scope: scopes.join(' '), error: 'insufficient_scope' }),
        ...(reason === undefined ? {} : { reason }),
        ...source,
      }),
    )
  }

  /** The answer to what went wrong, which the operator hears of when it is not the caller's doing. */
  #fail({ make, source, id }: Visit, error: unknown): Response {
    const { options, context } = this.#parts
    const fields = { server: options.name, resource: options.resource, ...source }
    if (error instanceof RpcError && error.status !== 500) {
      const reason = error.detail ?? error.message
      if (error.status > 500) context.onEvent(make('upstream.failed', { ...fields, reason }))
      return refusalAnswer(error, id)
    }
    const event = make('request.failed', { ...fields, reason: describe(error) })
    context.onEvent(event)
    return failureAnswer(event.correlationId, id)
  }
}

const describe = (error: unknown): string => {
  if (error instanceof RpcError) return error.detail ?? error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

const leaving = (visit: Visit) => () => visit.gone.abort()

const sessionHeader = (request: Request) => request.headers.get('mcp-session-id') ?? undefined

const isToolCall = (message: JsonRpcMessage): message is JsonRpcRequest =>
  isRequest(message) && message.method === 'tools/call'

/**
 * A call that asks for no answer is still a call. MCP defines none, so a server that would act on
 * one is not asked to.
 *
 * @throws {RpcError} -32600.
 */
function checkKind(message: JsonRpcMessage): void {
  if (!isNotification(message) || message.method.startsWith('notifications/')) return
  throw new RpcError(rpcCodes.invalidRequest, 'A request must have an id.')
}
