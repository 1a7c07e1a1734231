/**
 * What a transport to a server behind the gateway is: messages in, messages out.
 *
 * A transport never sees the caller's HTTP request, so it cannot pass on what must not be passed on.
 *
 * @module
 */

import type { EventFields, EventType } from '../../events.ts'
import type { Platform } from '../../platform.ts'
import type { JsonRpcMessage, JsonRpcResponse } from '../../protocol/json-rpc.ts'
import type { Revision } from '../../protocol/mcp.ts'
import type { Owner, SessionLimits } from '../session.ts'
import type { Timers } from './child/index.ts'

/** Whose message it is. */
export interface Caller extends Owner {
  /** Headers that tell an HTTP server who the user is; set by the gateway alone. */
  readonly identity: Readonly<Record<string, string>>
}

/** One message that the policy has let through. */
export interface Exchange {
  readonly caller: Caller
  readonly revision: Revision
  /** The revision that the caller's header named. What was not said is not said in their name. */
  readonly namedRevision: Revision | undefined
  readonly message: JsonRpcMessage
  /** The `Mcp-Session-Id` the caller sent. Never set in the modern era. */
  readonly session: string | undefined
  /** `Mcp-Param-*` headers, checked against the body. */
  readonly paramHeaders: Readonly<Record<string, string>>
  /** Aborts when the caller is gone. */
  readonly signal: AbortSignal
}

/** What goes to the caller as one server-sent event. */
export interface StreamEvent {
  readonly message?: JsonRpcMessage
  readonly id?: string
  readonly retry?: number
}

/** What became of an exchange. `session` is the id that was given with it. */
export type Reply = { readonly session?: string } & (
  | { readonly kind: 'accepted' }
  | { readonly kind: 'message'; readonly status: number; readonly message: JsonRpcResponse }
  | { readonly kind: 'stream'; readonly events: AsyncIterable<StreamEvent> }
)

/** A caller who listens for what the server says unasked (legacy era). */
export interface Listening {
  readonly caller: Caller
  readonly namedRevision: Revision | undefined
  readonly session: string | undefined
  readonly lastEventId: string | undefined
  readonly signal: AbortSignal
}

/**
 * A server behind the gateway. Every verb throws {@link RpcError} for what it refuses, with status
 * 502 or 504 where the server behind is at fault.
 */
export interface Upstream {
  exchange(exchange: Exchange): Promise<Reply>
  /** Opens the stream of a GET. */
  listen(listening: Listening): Promise<AsyncIterable<StreamEvent>>
  /** Ends the session of a DELETE. */
  end(caller: Caller, session: string | undefined): Promise<void>
  close(): Promise<void>
}

/** Bounds that hold for every transport. */
export interface UpstreamLimits {
  /** The largest single message taken from the server. */
  readonly maxAnswerBytes: number
  /** How long a server may stay silent while somebody waits for it. */
  readonly silenceMs: number
  /** How long a server may take to start. */
  readonly startMs: number
  readonly sessions: SessionLimits
}

/** Calls a server, with headers that tell it what the call belongs to. */
export type TraceCall = <T>(
  server: string,
  call: (headers: Readonly<Record<string, string>>) => Promise<T>,
) => Promise<T>

/** What every transport is given. */
export interface UpstreamContext {
  readonly name: string
  readonly limits: UpstreamLimits
  readonly platform: Platform
  readonly timers: Timers
  readonly trace: TraceCall
  readonly report: (type: EventType, fields: EventFields) => void
}
