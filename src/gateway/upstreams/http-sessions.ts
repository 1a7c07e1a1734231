/**
 * Legacy sessions with an HTTP server: ours towards the caller, the server's own behind it.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#session-management | MCP session management}
 * @module
 */

import { randomToken } from '../../platform.ts'
import { refusal } from '../refusal.ts'
import { type Session, SessionTable } from '../session.ts'
import type { PendingIds } from './pending-ids.ts'
import type { Caller, UpstreamContext } from './upstream.ts'

/** How many broken streams of one session may be resumed at the same time. */
const MAX_RESUMED_STREAMS = 8

/** What a session of ours stands for. */
export interface Remote {
  /** The server's own id; it never leaves the gateway. */
  readonly upstreamId: string
  /** Begins every event id of the session, so that none works in another. */
  readonly tag: string
  readonly pending: PendingIds
  /** Aborts when the session is over. */
  readonly ended: AbortController
  isListening: boolean
  resumedStreams: number
}

/** The sessions with one server. */
export class HttpSessions {
  readonly #table: SessionTable<Remote>
  readonly #context: UpstreamContext
  /** Whether the server has given out sessions: then it is one that wants them. */
  #isSessionful = false

  /** @param onEnd - Called when a session is over. */
  constructor(context: UpstreamContext, onEnd: (remote: Remote) => void) {
    this.#context = context
    const { platform, timers, limits } = context
    this.#table = new SessionTable<Remote>({ platform, timers, limits: limits.sessions, onEnd })
  }

  /**
   * The session that a caller named; nothing if the server has none.
   *
   * @throws {RpcError} 404 if it is not theirs, 400 if none was named where there must be one.
   */
  of(caller: Caller, id: string | undefined): Session<Remote> | undefined {
    if (id !== undefined) return this.#table.require(id, caller)
    // Never "the only session there is": whose it is must be said.
    if (this.#isSessionful) {
      throw refusal(400, 'Mcp-Session-Id is missing. Send initialize to start a session.')
    }
    return undefined
  }

  /** Opens a session of ours for the one that the server gave. */
  open(caller: Caller, upstreamId: string, pending: PendingIds): Session<Remote> {
    this.#isSessionful = true
    return this.#table.open(caller, () => ({
      upstreamId,
      tag: randomToken(this.#context.platform, 6),
      pending,
      ended: new AbortController(),
      isListening: false,
      resumedStreams: 0,
    }))
  }

  /** Marks a session as in use until what is returned is called. */
  use(session: Session<Remote> | undefined): () => void {
    return session === undefined ? () => {} : this.#table.use(session.id)
  }

  /**
   * Takes the place of a session's stream, or of one that is resumed, until what is returned is
   * called.
   *
   * @throws {RpcError} 409 if it is taken.
   */
  listen(session: Session<Remote> | undefined, isResumed: boolean): () => void {
    if (session === undefined) return () => {}
    const { value: remote } = session
    const isTaken = isResumed ? remote.resumedStreams >= MAX_RESUMED_STREAMS : remote.isListening
    if (isTaken) throw refusal(409, 'This session has such a stream already. Close it first.')
    const done = this.#table.use(session.id)
    if (isResumed) remote.resumedStreams++
    else remote.isListening = true
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      if (isResumed) remote.resumedStreams--
      else remote.isListening = false
      done()
    }
  }

  end(session: Session<Remote>): void {
    this.#table.end(session.id)
  }

  close(): void {
    this.#table.close()
  }
}

/**
 * The event id to resume after, as the server gave it.
 *
 * @throws {RpcError} 404 if it was not given in this session.
 */
export function resumedEventId(
  id: string | undefined,
  session: Session<Remote> | undefined,
): string | undefined {
  if (id === undefined) return undefined
  const start = session === undefined ? undefined : `${session.value.tag}.`
  if (start === undefined || !id.startsWith(start)) {
    throw refusal(404, 'There is no such event in this session.')
  }
  return id.slice(start.length)
}
