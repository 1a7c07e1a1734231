/**
 * Sessions of the legacy era: an id that only works together with the token it was given to.
 *
 * An id is 128 random bits of our own; what the server behind calls the session never leaves the
 * gateway. Knowing an id is worth nothing: it is looked up together with the subject and the client
 * of the access token, and a foreign one is answered like one that never was. Sessions live in
 * memory: a client whose session is gone gets 404 and starts anew, as the specification has it.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#session-management | MCP session management}
 * @module
 */

import { type Platform, randomToken } from '../platform.ts'
import { refusal } from './refusal.ts'
import type { Timers } from './upstreams/child/index.ts'

/** Who a session belongs to. */
export interface Owner {
  readonly subject: string
  readonly clientId: string
}

/** How many sessions there may be, and how long one may rest. */
export interface SessionLimits {
  readonly idleMs: number
  readonly perUser: number
  readonly total: number
}

/** What a {@link SessionTable} needs. */
export interface SessionTableOptions<T> {
  readonly platform: Platform
  readonly timers: Timers
  readonly limits: SessionLimits
  /** Frees what a session held. Must not throw. */
  onEnd(value: T): void
}

/** One session. */
export interface Session<T> {
  readonly id: string
  readonly owner: Owner
  readonly value: T
}

interface Entry<T> extends Session<T> {
  lastUsedAt: number
  /** Requests and streams that are open now; while there is one, the session is not idle. */
  uses: number
}

/** Two owners are one only if both of their halves are. */
const isSameOwner = (a: Owner, b: Owner) => a.subject === b.subject && a.clientId === b.clientId

/** The answer that makes a client start anew. */
export const sessionOver = () =>
  refusal(404, 'There is no such session. Send initialize to start a new one.')

/** The live sessions of one mount. */
export class SessionTable<T> {
  readonly #options: SessionTableOptions<T>
  /** In the order of their last use, so that the first idle one is the oldest. */
  readonly #entries = new Map<string, Entry<T>>()
  #callOffSweep: (() => void) | undefined

  constructor(options: SessionTableOptions<T>) {
    this.#options = options
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * Opens a session.
   *
   * @throws {RpcError} 429 if all sessions of the user are in use, 503 if the table is full.
   */
  open(owner: Owner, make: (id: string) => T): Session<T> {
    this.#makeRoom(owner)
    const { platform } = this.#options
    const id = randomToken(platform, 16)
    const entry = { id, owner, value: make(id), lastUsedAt: platform.now(), uses: 0 }
    this.#entries.set(id, entry)
    this.#scheduleSweep()
    return entry
  }

  /** The caller's session of that id; nothing if it never was, is over, or is somebody else's. */
  find(id: string, caller: Owner): Session<T> | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined || !isSameOwner(entry.owner, caller)) return undefined
    this.#touch(entry)
    return entry
  }

  /**
   * The caller's session of that id.
   *
   * @throws {RpcError} 404 if there is none that is theirs.
   */
  require(id: string, caller: Owner): Session<T> {
    const session = this.find(id, caller)
    if (session === undefined) throw sessionOver()
    return session
  }

  /** Marks a session as in use until what is returned is called. */
  use(id: string): () => void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return () => {}
    entry.uses++
    let done = false
    return () => {
      if (done) return
      done = true
      entry.uses--
      if (this.#entries.has(id)) this.#touch(entry)
    }
  }

  /** Ends a session, if it is not over already. */
  end(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#options.onEnd(entry.value)
  }

  /** Ends all sessions. */
  close(): void {
    this.#callOffSweep?.()
    this.#callOffSweep = undefined
    for (const id of [...this.#entries.keys()]) this.end(id)
  }

  #touch(entry: Entry<T>): void {
    entry.lastUsedAt = this.#options.platform.now()
    this.#entries.delete(entry.id)
    this.#entries.set(entry.id, entry)
  }

  #makeRoom(owner: Owner): void {
    this.#sweep()
    const { perUser, total } = this.#options.limits
    // One person with many clients is still one person.
    const own = [...this.#entries.values()].filter((entry) => entry.owner.subject === owner.subject)
    if (own.length >= perUser) {
      const oldest = own.find((entry) => entry.uses === 0)
      if (oldest === undefined) {
        throw refusal(429, 'You have too many sessions. End one with DELETE, or try again later.', {
          headers: { 'retry-after': '30' },
        })
      }
      this.end(oldest.id)
    }
    if (this.#entries.size >= total) {
      throw refusal(503, 'There are too many sessions. Try again later.', {
        headers: { 'retry-after': '30' },
        detail: `all ${total} sessions of this server are taken`,
      })
    }
  }

  #sweep(): void {
    const { platform, limits } = this.#options
    const before = platform.now() - limits.idleMs
    for (const entry of [...this.#entries.values()]) {
      if (entry.uses === 0 && entry.lastUsedAt <= before) this.end(entry.id)
    }
  }

  #scheduleSweep(): void {
    if (this.#callOffSweep !== undefined) return
    const { timers, limits } = this.#options
    this.#callOffSweep = timers.after(Math.max(1_000, limits.idleMs / 4), () => {
      this.#callOffSweep = undefined
      this.#sweep()
      if (this.#entries.size > 0) this.#scheduleSweep()
    })
  }
}
