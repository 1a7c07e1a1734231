/**
 * Why a message could not be handed to a stdio server.
 *
 * The public sentence never names the program: what runs behind the gateway is the operator's
 * business, so that is in `detail`.
 *
 * @module
 */

import { type ErrorContext, WarderError } from '../../../errors.ts'

/** What each failure means to whoever wanted to send. */
const sentences = {
  child_not_started: 'The server behind the gateway could not be started.',
  child_gone: 'The server behind the gateway has stopped. Send the request again.',
  child_blocked: 'The server behind the gateway does not take requests now. Try again later.',
  child_restarting: 'The server behind the gateway is being restarted. Try again shortly.',
} as const

/** The `code` of a {@link ChildError}. */
export type ChildErrorCode = keyof typeof sentences

/** How a {@link ChildError} came about. */
export interface ChildErrorContext extends ErrorContext {
  /** When the next start is due, in milliseconds since the epoch. */
  readonly retryAt?: number
}

/** A child process that cannot be talked to. */
export class ChildError extends WarderError {
  override readonly name = 'ChildError'
  declare readonly code: ChildErrorCode
  /** When the next start is due (`child_restarting` only), in milliseconds since the epoch. */
  readonly retryAt: number | undefined

  constructor(code: ChildErrorCode, context: ChildErrorContext = {}) {
    super(code, sentences[code], context)
    this.retryAt = context.retryAt
  }
}
