/**
 * The contract of a stdio server that the gateway runs: what to start, and what can be done with it.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#stdio | MCP stdio transport}
 * @module
 */

import type { Timers } from '../../../timers.ts'
import type { ChildError } from './child-error.ts'

/** What to run, and who hears of it. */
export interface ChildOptions {
  /** The program and its arguments, given to it as they are: there is no shell. */
  readonly command: readonly [program: string, ...args: string[]]
  readonly cwd?: string
  /** Values the child gets beside the few it inherits. Nothing in them is expanded. */
  readonly env?: Readonly<Record<string, string>>
  /** The longest line taken from the child. Default 4 MiB. */
  readonly maxLineBytes?: number
  /** How much may wait for a child that does not read. Default 8 MiB. */
  readonly maxPendingBytes?: number
  /** How long one message may wait for a child that does not read. Default 10 s. */
  readonly sendTimeoutMs?: number
  /** How long after the first message to it the child may stay silent. Default: no limit. */
  readonly startTimeoutMs?: number
  /** Every JSON object the child writes. While a returned promise is pending, nothing more is read. */
  onMessage(message: unknown): void | Promise<void>
  /**
   * The end, once, also when the program could not be started. No message comes after it; what has
   * not been taken a second after the process is gone is lost.
   */
  onExit(exit: ChildExit): void
  /** A line of the child's output that was no message. Long series are reported in powers of two. */
  onDrop?(reason: string): void
  /** A line of the child's stderr, with obvious secrets and terminal control characters made harmless. */
  onStderr?(line: string): void
  readonly timers?: Timers
}

/** How a child ended. */
export interface ChildExit {
  readonly code: number | null
  readonly signal: string | null
  /** For the operator: why, naming the program where it helps but never its arguments. */
  readonly reason: string
  /** Whether {@link Child.close} brought it about. */
  readonly asked: boolean
  /** What `send` rejects with from now on. */
  readonly error: ChildError
}

/** A running stdio server, or what is left of one. */
export interface Child {
  /**
   * Writes one message; settles when the child's pipe has taken it.
   *
   * @throws {ChildError} `child_not_started` or `child_gone`; `child_blocked` if the child does not
   * read and too much waits already, or the message waited too long.
   * @throws {TypeError} if the message cannot be written as JSON.
   */
  send(message: object): Promise<void>
  /**
   * Ends the child and all that it started: closes its stdin, sends SIGTERM after half of the grace
   * and SIGKILL at its end. Default 4 s; 0 ends it at once. Settles when it is gone.
   */
  close(graceMs?: number): Promise<void>
  /** Undefined if the program could not be started. */
  readonly pid: number | undefined
  /** Settles when the child is gone; never rejects. */
  readonly exited: Promise<ChildExit>
}
