/**
 * A server behind the gateway that is a program speaking over stdio.
 *
 * Every legacy session has a process of its own, and so has every pair of user and client in the
 * modern era, which knows no sessions. With `share: 'all'` one process serves everybody; that is
 * for servers that remember nothing of their callers, and only what stands alone is carried.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio | MCP stdio transport}
 * @module
 */

import { isRequest, type JsonRpcMessage } from '../../protocol/json-rpc.ts'
import { isModern } from '../../protocol/mcp.ts'
import { refusal } from '../refusal.ts'
import { type Session, SessionTable, sessionOver } from '../session.ts'
import { asRpcError } from './asked-reply.ts'
import { type ChildExit, startChild, superviseChild } from './child/index.ts'
import { CommonProcess, type ProcessHandlers } from './common-process.ts'
import { LastWords } from './last-words.ts'
import { StdioSession } from './stdio-session.ts'
import type {
  Caller,
  Exchange,
  Listening,
  Reply,
  StreamEvent,
  Upstream,
  UpstreamContext,
} from './upstream.ts'

/** What to run, and for whom. */
export interface StdioOptions {
  readonly command: readonly [program: string, ...args: string[]]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** `session`: a process for each session. `all`: one process for everybody. Default `session`. */
  readonly share?: 'session' | 'all'
}

/** What is kept for a caller. `shared`: a legacy session that has no process of its own. */
type Held =
  | { readonly kind: 'session'; readonly session: StdioSession }
  | { readonly kind: 'caller'; readonly key: string; readonly process: CommonProcess }
  | { readonly kind: 'shared' }

/** Runs a server of its own for each caller, or one for all. */
export function stdioUpstream(options: StdioOptions, context: UpstreamContext): Upstream {
  return new StdioUpstream(options, context)
}

class StdioUpstream implements Upstream {
  readonly #options: StdioOptions
  readonly #context: UpstreamContext
  readonly #held: SessionTable<Held>
  /** The process of a stateless caller, by who that is. */
  readonly #callers = new Map<string, string>()
  readonly #closing = new Set<Promise<void>>()
  readonly #knowledge = { isLegacy: false }
  #common: CommonProcess | undefined

  constructor(options: StdioOptions, context: UpstreamContext) {
    this.#options = options
    this.#context = context
    const { platform, timers } = context
    this.#held = new SessionTable<Held>({
      platform,
      timers,
      limits: context.limits.sessions,
      onEnd: (held) => this.#free(held),
    })
  }

  async exchange(exchange: Exchange): Promise<Reply> {
    const { caller, message, revision } = exchange
    const isOpening = isInitialize(message) && !isModern(revision)
    if (this.#options.share === 'all') {
      const session = isModern(revision) || isOpening ? undefined : this.#require(exchange)
      const reply = await this.#shared().exchange({ ...exchange, session: session?.id })
      if (!isOpening || reply.kind !== 'message' || 'error' in reply.message) return reply
      return { ...reply, session: this.#held.open(caller, () => ({ kind: 'shared' })).id }
    }
    const held = isModern(revision)
      ? this.#processOf(caller)
      : isOpening
        ? this.#open(caller)
        : this.#require(exchange)
    const reply = await this.#use(held, exchange)
    if (!isOpening) return reply
    // A handshake that failed leaves nothing behind.
    if (reply.kind === 'message' && 'error' in reply.message) this.#held.end(held.id)
    else return { ...reply, session: held.id }
    return reply
  }

  async listen(listening: Listening): Promise<AsyncIterable<StreamEvent>> {
    const session = this.#require(listening)
    // Events have no ids here, so an id was given by somebody else.
    if (listening.lastEventId !== undefined) {
      throw refusal(404, 'There is no such event in this session.')
    }
    if (session.value.kind !== 'session') {
      throw refusal(405, 'This server offers no stream. Send messages by POST.', {
        headers: { allow: 'POST, DELETE' },
      })
    }
    const events = session.value.session.listen(listening.signal)
    return releasing(events, this.#held.use(session.id))
  }

  async end(caller: Caller, session: string | undefined): Promise<void> {
    this.#held.end(this.#require({ caller, session }).id)
  }

  async close(): Promise<void> {
    this.#held.close()
    await Promise.all([...this.#closing, this.#common?.close()])
  }

  async #use(held: Session<Held>, exchange: Exchange): Promise<Reply> {
    const done = this.#held.use(held.id)
    try {
      const { value } = held
      if (value.kind === 'shared') throw sessionOver()
      const reply =
        value.kind === 'session'
          ? await value.session.exchange(exchange.message, exchange.signal)
          : await value.process.exchange({ ...exchange, session: undefined })
      if (reply.kind !== 'stream') return reply
      return { ...reply, events: releasing(reply.events, this.#held.use(held.id)) }
    } catch (error) {
      if (isInitialize(exchange.message) && held.value.kind === 'session') this.#held.end(held.id)
      throw asRpcError(error)
    } finally {
      done()
    }
  }

  /**
   * The session that a legacy caller named.
   *
   * @throws {RpcError} 400 if none was named, 404 if it is not theirs.
   */
  #require({ caller, session }: { caller: Caller; session: string | undefined }): Session<Held> {
    // Never "the only session there is": whose it is must be said.
    if (session === undefined) {
      throw refusal(400, 'Mcp-Session-Id is missing. Send initialize to start a session.')
    }
    const held = this.#held.require(session, caller)
    if (held.value.kind === 'caller') throw sessionOver()
    return held
  }

  #open(caller: Caller): Session<Held> {
    return this.#held.open(caller, (id) => {
      const words = new LastWords()
      const start = (handlers: Pick<ProcessHandlers, 'onMessage' | 'onExit'>) => {
        const child = startChild({ ...this.#childOptions(words), ...handlers })
        if (child.pid !== undefined) this.#context.report('upstream.started', {})
        return child
      }
      const onGone = (exit: ChildExit) => {
        this.#reportExit(exit, words)
        this.#held.end(id)
      }
      return { kind: 'session', session: new StdioSession(start, this.#context, onGone) }
    })
  }

  #processOf(caller: Caller): Session<Held> {
    const key = JSON.stringify([caller.subject, caller.clientId])
    const id = this.#callers.get(key)
    const found = id === undefined ? undefined : this.#held.find(id, caller)
    if (found !== undefined) return found
    const opened = this.#held.open(caller, () => ({
      kind: 'caller',
      key,
      process: this.#commonProcess(false),
    }))
    this.#callers.set(key, opened.id)
    return opened
  }

  #shared(): CommonProcess {
    this.#common ??= this.#commonProcess(true)
    return this.#common
  }

  #commonProcess(isShared: boolean): CommonProcess {
    const { platform } = this.#context
    const words = new LastWords()
    return new CommonProcess({
      start: (handlers) =>
        superviseChild({
          ...this.#childOptions(words),
          platform,
          onMessage: (message) => handlers.onMessage(message),
          onStart: () => {
            this.#context.report('upstream.started', {})
            handlers.onStart()
          },
          onExit: (exit) => {
            this.#reportExit(exit, words)
            handlers.onExit(exit)
          },
        }),
      context: this.#context,
      isShared,
      knowledge: this.#knowledge,
    })
  }

  #childOptions(words: LastWords) {
    const { command, cwd, env } = this.#options
    const { limits, timers, report } = this.#context
    return {
      command,
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      maxLineBytes: limits.maxAnswerBytes,
      startTimeoutMs: limits.startMs,
      onDrop: (reason: string) => report('upstream.failed', { reason }),
      onStderr: words.hear,
      timers,
    }
  }

  #reportExit({ asked, reason }: ChildExit, words: LastWords): void {
    const explained = words.explain(reason)
    if (!asked) this.#context.report('upstream.failed', { reason: explained })
  }

  #free(held: Held): void {
    if (held.kind === 'shared') return
    if (held.kind === 'caller') this.#callers.delete(held.key)
    const closed = held.kind === 'session' ? held.session.close() : held.process.close()
    this.#closing.add(closed)
    void closed.finally(() => this.#closing.delete(closed))
  }
}

const isInitialize = (message: JsonRpcMessage) =>
  isRequest(message) && message.method === 'initialize'

/** The events, and what to do when they are over. */
async function* releasing(
  events: AsyncIterable<StreamEvent>,
  release: () => void,
): AsyncGenerator<StreamEvent> {
  try {
    yield* events
  } finally {
    release()
  }
}
