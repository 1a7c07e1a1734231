/**
 * What can go wrong on the client's side, and what to do about it.
 *
 * The codes are stable; switch on them. What a server said is in `detail`, made plain, and never shown
 * as if we had said it.
 *
 * @module
 */

import { type ErrorContext, WarderError } from '../errors.ts'

/** The codes of client errors, each with what it means. */
export const clientErrors = {
  /** Nobody has signed in yet, or what they gave has ended: start an authorization. */
  sign_in_needed: 'Nobody is signed in.',
  /** The user or the server said no. */
  refused: 'The authorization was refused.',
  /** A scope is needed that the user has not given. */
  scope_needed: 'The token does not allow this.',
  /** What came back does not belong to what was asked: state, issuer, PKCE, nonce. */
  response_mismatch: 'The answer does not belong to this sign-in.',
  /** What a server published cannot be trusted: issuer, resource, endpoints, PKCE support. */
  metadata_refused: 'What the server says of itself cannot be used.',
  /** Where a grant was given is not where the server now wants it sent. */
  server_changed: 'The authorization server is another than the one that was trusted.',
  /** The client is not known, or not allowed to do this. */
  client_refused: 'The authorization server does not accept this client.',
  /** The server answered what no server should. */
  answer_malformed: 'The server sent an answer that cannot be used.',
  /** It cannot be reached now; nothing was lost. */
  unreachable: 'The server cannot be reached.',
  /** It is reached, and says to come back later; nothing was lost. */
  try_later: 'The server cannot answer now.',
  /** No port could be had for the browser to come back to; nobody was sent away. */
  callback_unavailable: 'The browser cannot come back to this program.',
  /** A URL that must not be opened or fetched. */
  url_refused: 'The address must not be used.',
  /** What is kept cannot be read or written. */
  store_unusable: 'What is kept of the sign-ins cannot be used.',
  /** It took longer than it may. */
  timed_out: 'It took too long.',
} as const

/** A code of a client error. */
export type ClientErrorCode = keyof typeof clientErrors

/** What may accompany an error of a client. */
export interface ClientErrorContext extends ErrorContext {
  /** What the server called it: the `error` of its answer. */
  readonly serverCode?: string | undefined
  /** How long the server wants to be left alone, in seconds. */
  readonly retryAfter?: number | undefined
  /** Which scopes to ask for, where one is needed that was not given. */
  readonly scopes?: readonly string[] | undefined
}

/** An error of a client. Its `message` says what to do. */
export class ClientError extends WarderError {
  override readonly name = 'ClientError'
  declare readonly code: ClientErrorCode
  readonly serverCode: string | undefined
  readonly retryAfter: number | undefined
  readonly scopes: readonly string[] | undefined

  constructor(code: ClientErrorCode, advice?: string, context: ClientErrorContext = {}) {
    super(
      code,
      advice === undefined ? clientErrors[code] : `${clientErrors[code]} ${advice}`,
      context,
    )
    this.serverCode = context.serverCode
    this.retryAfter = context.retryAfter
    this.scopes = context.scopes
  }
}
