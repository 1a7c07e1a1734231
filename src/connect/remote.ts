/**
 * The server at the other end, however it is spoken to: the contract of the transports.
 *
 * @module
 */

import type { Platform } from '../platform.ts'
import type { Timers } from '../timers.ts'
import type { Http } from './http.ts'
import type { Carried } from './message.ts'

/** What goes with one message. */
export interface Passage {
  /** Ends the exchange: its answer is not wanted any more. */
  readonly signal: AbortSignal
  /** Called when the message was handed over, so that the next one may follow. */
  readonly onSent: () => void
}

/** A server that messages are carried to. Its own messages come by {@link RemoteContext.deliver}. */
export interface Remote {
  /**
   * Carries a message: for a request, until its answer was delivered; otherwise until it was taken.
   *
   * @throws {Refused} if the server said no by its status; `ClientError` or `RpcError` if the message
   * could not be carried.
   */
  send(carried: Carried, passage: Passage): Promise<void>
  /** The machine slept, or its network is another: what seems open may lead nowhere. */
  wake(): void
  /** Says goodbye to the server. */
  close(): Promise<void>
}

/** Bounds of what is held. */
export interface RelayLimits {
  /** Of one message, in bytes. */
  readonly messageBytes: number
  /** How many requests of the client may be under way. */
  readonly requests: number
}

/** What a transport is given. */
export interface RemoteContext {
  readonly url: string
  /** With whatever credentials it takes. */
  readonly http: Http
  readonly limits: RelayLimits
  readonly platform: Platform
  readonly timers: Timers
  /** Hands a message of the server's to the client. */
  readonly deliver: (carried: Carried) => Promise<void>
  /** For people, where logs go. */
  readonly tell: (text: string) => void
}
