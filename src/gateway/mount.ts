/**
 * One guarded MCP server: the steps every request to it goes through, in their order.
 *
 * Head → guard → body → revision → policy → server behind. Each step can only refuse or go on; what
 * goes on is made of parsed values, so no later step can see what an earlier one did not check.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 * @module
 */

import type { Guard, Principal } from '../guard/index.ts'
import {
  isNotification,
  isRequest,
  isResponse,
  type JsonRpcMessage,
  type JsonRpcRequest,
  RpcError,
  rpcCodes,
} from '../protocol/json-rpc.ts'
import { isModern, type Revision } from '../protocol/mcp.ts'
import { type AdmissionRules, checkAdmission, corsHeaders, preflight } from './admission.ts'
import { acceptedAnswer, messageAnswer, scopeAnswer, streamAnswer } from './answer.ts'
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
import { type Connection, Visit } from './visit.ts'

/** What a mount is made of. */
export interface MountParts {
  readonly options: MountOptions
  readonly guard: Guard
  readonly upstream: Upstream
  readonly context: GatewayContext
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
  async answer(request: Request, connection: Connection): Promise<Response> {
    const { options, context } = this.#parts
    const visit = new Visit(request, options, { ...connection, context })
    const answer = await this.#handle(visit).catch((error: unknown) => visit.fail(error))
    for (const [name, value] of Object.entries(corsHeaders(request, this.#admission))) {
      answer.headers.set(name, value)
    }
    return answer
  }

  async close(): Promise<void> {
    await this.#parts.upstream.close()
  }

  async #handle(visit: Visit): Promise<Response> {
    const { method, headers } = visit.request
    const { options } = this.#parts
    checkAdmission(visit.request, this.#admission)
    if (method === 'OPTIONS') return preflight(visit.request, this.#admission)
    const revision = headerRevision(headers, options)
    checkContentLength(headers, options)
    const admitted = await this.#admit(visit)
    if (admitted instanceof Response) return admitted
    if (method === 'POST') return await this.#post(visit, admitted)
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
    visit.belongsTo(principal)
    const { subject, clientId } = principal
    const identity = await identityHeaders(options.identity, principal, context.findEmail)
    return { principal, caller: { subject, clientId, identity } }
  }

  async #post(visit: Visit, { principal, caller }: Admitted): Promise<Response> {
    const { headers } = visit.request
    const { options, upstream } = this.#parts
    // After the guard: whoever only knocks is told first where to sign in.
    checkContentType(headers)
    const message = await readMessage(visit.request, options)
    if (isRequest(message)) visit.id = message.id
    const revision = messageRevision(message, headers, options)
    checkKind(message)
    const refused = this.#refusal(visit, principal, message)
    if (refused !== undefined) return refused
    const mirrors = isModern(revision) && isToolCall(message)
    const exchange: Exchange = {
      caller,
      revision,
      message,
      session: isModern(revision) ? undefined : sessionHeader(headers),
      paramHeaders: mirrors ? this.#paramHeaders.check(caller, headers, message) : {},
      signal: visit.signal,
    }
    if (isToolCall(message)) visit.report('tool.called', principal, message)
    return this.#reply(visit, exchange, await upstream.exchange(exchange))
  }

  /** The GET and the DELETE of the legacy era. */
  async #session(
    visit: Visit,
    { principal, caller }: Admitted,
    revision: Revision,
  ): Promise<Response> {
    const { upstream, options, guard, context } = this.#parts
    const { method, headers } = visit.request
    const scopes = baselineScopes(options.tools)
    const refused = guard.authorize(principal, { scopes })
    if (refused !== undefined) return scopeAnswer(refused, scopes)
    const session = sessionHeader(headers)
    if (method === 'DELETE') {
      await upstream.end(caller, session)
      return new Response(null, { status: 204 })
    }
    const lastEventId = headers.get('last-event-id') ?? undefined
    const { signal } = visit
    const events = await upstream.listen({ caller, revision, session, lastEventId, signal })
    // Whoever goes on listening shows a token that is still good.
    const callOff = context.timers.after(principal.expiresAt - context.platform.now(), () =>
      visit.leave(),
    )
    signal.addEventListener('abort', callOff, { once: true })
    return this.#stream(visit, events)
  }

  /** The answer to a message that the caller may not send; nothing if they may. */
  #refusal(visit: Visit, principal: Principal, message: JsonRpcMessage): Response | undefined {
    const { options, guard } = this.#parts
    const decision = decide(options.tools, message)
    if (!decision.allowed) {
      visit.report('tool.refused', principal, message, { reason: 'not in the policy' })
      // What a server says of a tool it does not have.
      throw new RpcError(rpcCodes.invalidParams, `Unknown tool: ${decision.tool}`, { status: 200 })
    }
    const { scopes } = decision
    const refused = guard.authorize(principal, { scopes })
    if (refused === undefined) return undefined
    if (isToolCall(message)) {
      const why = { scope: scopes.join(' '), error: 'insufficient_scope' }
      visit.report('tool.refused', principal, message, why)
    }
    return scopeAnswer(refused, scopes, visit.id)
  }

  #reply(visit: Visit, exchange: Exchange, reply: Reply): Response {
    const headers = reply.session === undefined ? {} : { 'mcp-session-id': reply.session }
    if (reply.kind === 'accepted') return acceptedAnswer()
    if (reply.kind === 'message') {
      return messageAnswer(reply.status, this.#shown(exchange, reply.message), headers)
    }
    return this.#stream(visit, this.#shownEvents(exchange, reply.events), headers)
  }

  #stream(
    visit: Visit,
    events: AsyncIterable<StreamEvent>,
    headers: Readonly<Record<string, string>> = {},
  ): Response {
    const { timers } = this.#parts.context
    return streamAnswer(
      {
        events,
        timers,
        onEnd: () => visit.leave(),
        // The head is sent already; the answer is for the operator alone.
        onError: (error) => void visit.fail(error),
      },
      headers,
    )
  }

  async *#shownEvents(
    exchange: Exchange,
    events: AsyncIterable<StreamEvent>,
  ): AsyncGenerator<StreamEvent> {
    for await (const event of events) {
      const { message } = event
      yield message === undefined ? event : { ...event, message: this.#shown(exchange, message) }
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
}

const sessionHeader = (headers: Headers) => headers.get('mcp-session-id') ?? undefined

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
