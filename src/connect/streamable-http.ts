/**
 * A server that speaks Streamable HTTP, of either era.
 *
 * Left out on purpose: bringing back what a client had set up in a session that the server lost, such as
 * its log level.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http | Streamable HTTP 2025-11-25}
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http | Streamable HTTP 2026-07-28}
 * @module
 */

import { isRequest, RpcError } from '../protocol/json-rpc.ts'
import { type Asked, hearAnswer, lost } from './answer-stream.ts'
import type { HttpAnswer } from './http.ts'
import { LegacySession, type Opening } from './legacy-session.ts'
import {
  type Carried,
  type CarriedRequest,
  isAnswerTo,
  isOpening,
  modernRevisionOf,
  settledRevision,
} from './message.ts'
import { MessageHeaders, sessionHeaders } from './message-headers.ts'
import { backOff, Patience, pause } from './patience.ts'
import { checkStatus, isSessionLost, Refused } from './refused.ts'
import type { Passage, Remote, RemoteContext } from './remote.ts'
import { serverReader } from './server-text.ts'
import { StandingStream } from './standing-stream.ts'

/** How long a server may take to hear that a session is over. */
const FAREWELL_MS = 1_500

/** A request of the modern era whose stream is to last. */
const LASTING = 'subscriptions/listen'

/** Who hears of a session that is being opened. */
interface Opened {
  readonly onSettled: (session: LegacySession) => void
  readonly hear: (carried: Carried) => Promise<void>
}

/** Speaks to the server at the context's URL. */
export class StreamableHttp implements Remote {
  readonly #context: RemoteContext
  readonly #patience: Patience
  readonly #headers = new MessageHeaders()
  readonly #closed = new AbortController()
  readonly #read: (text: string) => readonly Carried[]
  #session = new LegacySession()
  #opening: Opening | undefined
  #reopening: Promise<void> | undefined

  constructor(context: RemoteContext) {
    this.#context = context
    this.#patience = new Patience(context)
    this.#read = serverReader(context.tell)
  }

  async send(carried: Carried, passage: Passage): Promise<void> {
    const { message } = carried
    if (isOpening(carried)) return this.#open(carried, passage)
    if (isRequest(message)) return this.#ask({ text: carried.text, message }, passage)
    const answer = await this.#post(carried, passage)
    answer.close()
    if ('method' in message && message.method === 'notifications/initialized') {
      if (this.#opening !== undefined) this.#opening = { ...this.#opening, initialized: carried }
      this.#listen(this.#session)
    }
  }

  wake(): void {
    this.#context.http.refresh()
    this.#session.stream?.restart()
  }

  async close(): Promise<void> {
    this.#session.end()
    if (this.#session.id !== undefined) await this.#sayGoodbye()
    this.#closed.abort(new Error('closed'))
  }

  async #sayGoodbye(): Promise<void> {
    const { url, http, timers } = this.#context
    const late = new AbortController()
    const callOff = timers.after(FAREWELL_MS, () => late.abort(new Error('late')))
    const common = { method: 'DELETE', url, isBackground: true, signal: late.signal } as const
    try {
      const answer = await http.send({ ...common, headers: sessionHeaders(this.#session) })
      answer.close()
    } catch (error) {
      this.#context.tell(`The server did not hear that the session is over. ${String(error)}`)
    } finally {
      callOff()
    }
  }

  /** Sends a request and hands on what comes of it. */
  async #ask(carried: CarriedRequest, passage: Passage): Promise<void> {
    const asked = this.#asked(carried, passage, (heard) => this.#deliver(heard))
    const isLasting = carried.message.method === LASTING
    for (let failures = 0; ; failures++) {
      const answer = await this.#post(carried, passage, failures > 0)
      if (await hearAnswer(this.#context, answer, asked)) return
      if (!isLasting) throw lost()
      await pause(this.#context.timers, backOff(failures, this.#context.platform), passage.signal)
    }
  }

  #asked({ message }: CarriedRequest, { signal }: Passage, hear: Asked['hear']): Asked {
    return {
      ...{ id: message.id, signal, hear },
      read: this.#read,
      resume: (lastEventId) => this.#resume(lastEventId, signal),
    }
  }

  /** Sends a message; if the session is gone, opens another first, once. */
  async #post(carried: Carried, passage: Passage, isEndless = false): Promise<HttpAnswer> {
    for (let attempt = 0; ; attempt++) {
      const session = this.#session
      try {
        const answer = await this.#postIn(session, carried, passage, isEndless)
        // By now there are the credentials that it ended for lack of.
        if (session.stream?.isRefused === true) session.stream.restart()
        return answer
      } catch (error) {
        const isOfSession = modernRevisionOf(carried.message) === undefined
        const hasSession = session.id !== undefined && isOfSession
        if (!(error instanceof Refused) || !hasSession || !isSessionLost(error)) throw error
        if (attempt > 0) throw error
        await this.#reopen(session)
      }
    }
  }

  async #postIn(
    session: LegacySession,
    carried: Carried,
    ...[{ signal, onSent }, isEndless = false]: [Passage, boolean?]
  ): Promise<HttpAnswer> {
    const { url } = this.#context
    const headers = this.#headers.of(carried, session)
    const request = { method: 'POST', url, headers, body: carried.text, signal, onSent } as const
    return checkStatus(await this.#patience.send(request, isEndless))
  }

  async #resume(lastEventId: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { url } = this.#context
    const headers = {
      ...sessionHeaders(this.#session),
      accept: 'text/event-stream',
      'last-event-id': lastEventId,
    }
    return checkStatus(await this.#patience.send({ method: 'GET', url, headers, signal }))
  }

  async #deliver(carried: Carried): Promise<void> {
    this.#headers.learn(carried.message)
    await this.#context.deliver(carried)
  }

  /** Opens the session that the client asks for. */
  async #open(carried: CarriedRequest, passage: Passage): Promise<void> {
    this.#session.end()
    this.#session = new LegacySession()
    this.#opening = { initialize: carried }
    await this.#openBy(carried, passage, {
      // Before the client hears of it: it goes on at once.
      onSettled: (session) => {
        this.#session = session
      },
      hear: (heard) => this.#deliver(heard),
    })
  }

  async #openBy(carried: CarriedRequest, passage: Passage, opened: Opened): Promise<void> {
    const answer = await this.#postIn(new LegacySession(), carried, passage)
    const id = answer.header('mcp-session-id')
    const hear = async (heard: Carried) => {
      const revision = settledRevision(heard.message)
      const isSettled = revision !== undefined && isAnswerTo(heard.message, carried.message.id)
      if (isSettled) opened.onSettled(new LegacySession(id, revision))
      await opened.hear(heard)
    }
    const asked = this.#asked(carried, passage, hear)
    if (!(await hearAnswer(this.#context, answer, asked))) throw lost()
  }

  /** Opens a session instead of one that the server has lost, as the client opened that. */
  #reopen(session: LegacySession): Promise<void> {
    if (this.#session !== session) return this.#reopening ?? Promise.resolve()
    this.#reopening ??= this.#openAgain(session).finally(() => {
      this.#reopening = undefined
    })
    return this.#reopening
  }

  async #openAgain(old: LegacySession): Promise<void> {
    if (this.#opening === undefined) throw lost()
    const { initialize, initialized } = this.#opening
    old.end()
    const passage = { signal: this.#closed.signal, onSent: () => {} }
    let session: LegacySession | undefined
    const onSettled = (settled: LegacySession) => {
      session = settled
    }
    // The client has had its answer.
    await this.#openBy(initialize, passage, { onSettled, hear: async () => {} })
    if (session?.revision !== old.revision || session === undefined) {
      throw new RpcError(502, 'The server has changed and forgot this session. Connect again.')
    }
    if (initialized !== undefined) {
      const answer = await this.#postIn(session, initialized, passage)
      answer.close()
      this.#listen(session)
    }
    this.#session = session
    this.#context.tell('The server had lost the session. It was opened again.')
  }

  /** Hears what the server says by itself, if it does. */
  #listen(session: LegacySession): void {
    if (session.revision === undefined) return
    session.stream ??= new StandingStream(this.#context, this.#patience, {
      headers: sessionHeaders(session),
      hear: async (text) => {
        for (const carried of this.#read(text)) await this.#deliver(carried)
      },
      onSessionLost: () => {
        this.#reopen(session).catch((error: unknown) => this.#context.tell(String(error)))
      },
    })
  }
}
