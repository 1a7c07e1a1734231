/**
 * A session of the legacy era, and what opened it.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#session-management | MCP session management}
 * @module
 */

import type { Carried, CarriedRequest } from './message.ts'
import type { StandingStream } from './standing-stream.ts'

/** What a client opens a session with, kept so that it can be opened again. */
export interface Opening {
  readonly initialize: CarriedRequest
  readonly initialized?: Carried
}

/** A session, or none yet. */
export class LegacySession {
  /** Servers without a memory give none. */
  readonly id: string | undefined
  readonly revision: string | undefined
  /** What the server says by itself. */
  stream: StandingStream | undefined

  constructor(id?: string, revision?: string) {
    this.id = id
    this.revision = revision
  }

  end(): void {
    this.stream?.end()
  }
}
