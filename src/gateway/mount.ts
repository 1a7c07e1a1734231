/**
 * One guarded MCP server: the steps every request to it goes through, in their order.
 *
 * Head → guard → body → revision → policy → server behind. Each step can only refuse or go on; what
 * goes on is made of parsed values, so no later step can see what an earlier one did not check.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 * @module
 */

import { decidedBy } from '../decisions.ts'
import type { Guard, Principal } from '../guard/index.ts'
import {
  isNotification,
  isRequest,
  type JsonRpcMessage,
  type JsonRpcRequest,
  RpcError,
  rpcCodes,
} from '../protocol/json-rpc.ts'
import { findRevision, isModern } from '../protocol/mcp.ts'
import { type AdmissionRules, checkAdmission, corsHeaders, preflight } from './admission.ts'
import { acceptedAnswer, messageAnswer, scopeAnswer, streamAnswer } from './answer.ts'
import { Elicitations } from './elicitations.ts'
import {
  checkContentLength,
  checkContentType,
  headerRevision,
  messageRevision,
  readMessage,
} from './envelope.ts'
import { identityHeaders } from './identity.ts'
import { Openings } from './openings.ts'
import type { GatewayContext, MountOptions } from './options.ts'
import { ParamHeaders } from './param-headers.ts'
import { baselineScopes, decide } from './policy.ts'
import { type Reach, scopeReach } from './reach.ts'
import { refusal, unknownTool } from './refusal.ts'
import { RequestStates } from './request-states.ts'
import { Showing, type Viewer } from './shown.ts'
import { ToolPins } from './tool-pins.ts'
import type { Caller, Exchange, Reply, StreamEvent, Upstream } from './upstreams/upstream.ts'
import { type Connection, Visit } from './visit.ts'
import { withholding } from './withheld.ts'

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
  readonly reach: Reach
}

/** How a stream is sent. */
interface StreamManner {
  readonly headers?: Readonly<Record<string, string>>
  /** Aborts when the stream is to end. */
  readonly until?: AbortSignal
}

/** How often it is looked whether whoever listens may still do so. */
const WATCH_MS = 30_000
/** A token is good a little beyond its end, as clocks differ: not to be asked about all that time. */
const WATCH_LEAST_MS = 1_000

/** One guarded server. */
export class Mount {
  readonly path: string
  readonly #parts: MountParts
  readonly #admission: AdmissionRules
  readonly #openings: Openings
  readonly #paramHeaders = new ParamHeaders()
  readonly #reachOf: ReturnType<typeof scopeReach>
  readonly #states: RequestStates
  readonly #pins: ToolPins
  readonly #showing: Showing
  readonly #drained = new AbortController()

  constructor(parts: MountParts) {
    const resource = new URL(parts.options.resource)
    this.path = resource.pathname
    this.#parts = parts
    this.#reachOf = scopeReach(parts.options.scopes)
    this.#openings = new Openings(parts.context.timers)
    const { vault, platform } = parts.context
    this.#states = new RequestStates(resource.href, vault, platform)
    this.#pins = new ToolPins(parts.options, parts.context)
    this.#showing = new Showing(parts.options, {
      paramHeaders: this.#paramHeaders,
      states: this.#states,
      elicitations: new Elicitations(parts.options.resource, parts.context.elicitationLink),
      pins: this.#pins,
    })
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
    const handling = this.#handle(visit).catch((error: unknown) => visit.fail(error))
    const session = sessionHeader(request.headers)
    if (request.method === 'GET' && session !== undefined) this.#openings.add(session, handling)
    const answer = await handling
    const { principal } = visit
    const said = principal === undefined ? {} : this.#parts.guard.headers(principal)
    const cors = corsHeaders(request, this.#admission)
    for (const [name, value] of [...Object.entries(said), ...Object.entries(cors)]) {
      // What the guard and the origin make an answer vary by holds together.
      if (name === 'vary') answer.headers.append(name, value)
      else answer.headers.set(name, value)
    }
    // A stream goes on until its end, which says so itself.
    if (!isStream(answer)) visit.leave()
    return answer
  }

  /** Ends what only listens, so that whoever listens comes again elsewhere. Calls go on. */
  drain(): void {
    this.#drained.abort()
  }

  async close(): Promise<void> {
    await this.#parts.upstream.close()
  }

  async #handle(visit: Visit): Promise<Response> {
    const { method, headers } = visit.request
    const { options } = this.#parts
    checkAdmission(visit.request, this.#admission)
    if (method === 'OPTIONS') return preflight(visit.request, this.#admission)
    checkContentLength(headers, options)
    const admitted = await this.#admit(visit)
    if (admitted instanceof Response) return admitted
    if (method === 'POST') return await this.#post(visit, admitted)
    return await this.#session(visit, admitted)
  }

  async #admit(visit: Visit): Promise<Admitted | Response> {
    const { guard, options, context } = this.#parts
    const principal = await guard.check(visit.request, undefined, visit.connection)
    if (principal instanceof Response) return principal
    visit.belongsTo(principal)
    const { subject, clientId } = principal
    const identity = await identityHeaders(options.identity, principal, context.findEmail)
    const caller = { subject, clientId, identity }
    return { principal, caller, reach: this.#reachOf(principal) }
  }

  async #post(visit: Visit, admitted: Admitted): Promise<Response> {
    const { principal, caller } = admitted
    const { headers } = visit.request
    const { options, upstream } = this.#parts
    // After the guard: whoever only knocks is told first where to sign in.
    checkContentType(headers)
    const message = await readMessage(visit.request, options)
    if (isRequest(message)) visit.id = message.id
    const revision = messageRevision(message, headers, {
      ...options,
      offered: this.#showing.offered,
    })
    checkKind(message)
    const refused = await this.#refusal(visit, admitted, message)
    if (refused !== undefined) return refused
    if (isToolCall(message)) await this.#checkPin(visit, principal, message)
    const mirrors = isModern(revision) && isToolCall(message)
    const exchange: Exchange = {
      caller,
      revision,
      namedRevision: namedRevision(headers),
      message: this.#states.open(message, caller),
      session: isModern(revision) ? undefined : sessionHeader(headers),
      paramHeaders: mirrors ? this.#paramHeaders.check(caller, headers, message) : {},
      signal: visit.signal,
    }
    if (isToolCall(message)) visit.report('tool.called', principal, message)
    if (exchange.session !== undefined) await this.#openings.settled(exchange.session)
    const reply = await upstream.exchange(exchange)
    if (isListening(message)) this.#watch(visit, principal)
    const onWithheld = withholding(visit, { principal, upstream, way: exchange })
    return await this.#reply(visit, reply, { ...admitted, asked: message, onWithheld })
  }

  /** The GET and the DELETE of the legacy era. */
  async #session(visit: Visit, admitted: Admitted): Promise<Response> {
    const { upstream, options, guard } = this.#parts
    const { method, headers } = visit.request
    const { principal, caller } = admitted
    // Where no legacy revision is spoken, there is nothing to say about the one that is meant.
    const { minRevision } = options
    const revision = isModern(minRevision) ? minRevision : headerRevision(headers, options)
    if (isModern(revision)) {
      throw refusal(405, 'This revision has no sessions. Send messages by POST.', {
        headers: { allow: 'POST' },
      })
    }
    const scopes = baselineScopes(options.tools)
    const refused = await guard.authorize(principal, { scopes })
    if (refused !== undefined) return scopeAnswer(refused, scopes)
    const session = sessionHeader(headers)
    if (method === 'DELETE') {
      await upstream.end(caller, session)
      return new Response(null, { status: 204 })
    }
    const lastEventId = headers.get('last-event-id') ?? undefined
    const { signal } = visit
    const way = { caller, revision, namedRevision: namedRevision(headers), session }
    const events = await upstream.listen({ ...way, lastEventId, signal })
    this.#watch(visit, principal)
    const onWithheld = withholding(visit, { principal, upstream, way })
    const shown = this.#showing.events(events, { ...admitted, onWithheld })
    return this.#stream(visit, shown, { until: this.#drained.signal })
  }

  /** Whoever goes on listening has a token that is still good; a revoked one is found out soon. */
  #watch(visit: Visit, principal: Principal): void {
    const { guard, context, options } = this.#parts
    const { timers, platform } = context
    const left = (principal.expiresAt ?? Number.POSITIVE_INFINITY) - platform.now()
    const wait = Math.max(WATCH_LEAST_MS, Math.min(left, WATCH_MS))
    const callOff = timers.after(wait, async () => {
      visit.signal.removeEventListener('abort', callOff)
      const next = await guard.recheck(principal, { scopes: baselineScopes(options.tools) })
      if (next instanceof Response) visit.leave()
      else if (!visit.signal.aborted) this.#watch(visit, next)
    })
    visit.signal.addEventListener('abort', callOff, { once: true })
  }

  /** The answer to a message that the caller may not send; nothing if they may. */
  async #refusal(
    visit: Visit,
    { principal, reach }: Admitted,
    message: JsonRpcMessage,
  ): Promise<Response | undefined> {
    const { options, guard } = this.#parts
    const decision = decide(options.tools, message, reach)
    if (!decision.allowed) {
      const reason = 'not in the policy'
      const why = { reason, ...decidedBy('tool.policy') }
      visit.report('tool.refused', principal, message, why)
      throw unknownTool(decision.tool, reason)
    }
    const { scopes } = decision
    const refused = await guard.authorize(principal, { scopes })
    if (refused === undefined) return undefined
    if (isToolCall(message)) {
      const needed = { scope: scopes.join(' '), error: 'insufficient_scope' }
      const why = { ...needed, ...decidedBy('scope.needed') }
      visit.report('tool.refused', principal, message, why)
    }
    return scopeAnswer(refused, scopes, visit.id)
  }

  /** @throws {RpcError} if the tool is not what was approved. */
  async #checkPin(visit: Visit, principal: Principal, call: JsonRpcRequest): Promise<void> {
    const refused = await this.#pins.findRefusal(String(call.params?.name))
    if (refused === undefined) return
    visit.report('tool.refused', principal, call, { reason: refused.detail ?? refused.message })
    throw refused
  }

  async #reply(visit: Visit, reply: Reply, viewer: Viewer): Promise<Response> {
    const headers = reply.session === undefined ? {} : { 'mcp-session-id': reply.session }
    if (reply.kind === 'accepted') return acceptedAnswer()
    if (reply.kind === 'message') {
      const shown = await this.#showing.answer(reply.message, viewer)
      return messageAnswer(reply.status, shown, headers)
    }
    const listens = viewer.asked !== undefined && isListening(viewer.asked)
    const ending = listens ? { until: this.#drained.signal } : {}
    const shown = this.#showing.events(reply.events, viewer)
    return this.#stream(visit, shown, { headers, ...ending })
  }

  #stream(
    visit: Visit,
    events: AsyncIterable<StreamEvent>,
    { headers = {}, ...ending }: StreamManner,
  ): Response {
    const { timers } = this.#parts.context
    return streamAnswer(
      {
        ...ending,
        events,
        timers,
        onEnd: () => visit.leave(),
        // The head is sent already; the answer is for the operator alone.
        onError: (error) => void visit.fail(error),
      },
      headers,
    )
  }
}

const isStream = ({ headers }: Response) => headers.get('content-type') === 'text/event-stream'

const sessionHeader = (headers: Headers) => headers.get('mcp-session-id') ?? undefined

const namedRevision = (headers: Headers) => findRevision(headers.get('mcp-protocol-version'))

const isToolCall = (message: JsonRpcMessage): message is JsonRpcRequest =>
  isRequest(message) && message.method === 'tools/call'

/** Whether the answer is a stream that is open for as long as the caller likes. */
const isListening = (message: JsonRpcMessage) =>
  isRequest(message) && message.method === 'subscriptions/listen'

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
