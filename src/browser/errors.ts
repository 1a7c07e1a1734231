/**
 * What can go wrong in a page, and what to do about it.
 *
 * The codes are stable; switch on them. What a server said is in `detail` and `serverCode`, made plain;
 * what an attacker may have said is nowhere.
 *
 * @module
 */

import { type ErrorContext, WarderError } from '../errors.ts'

/** The codes of errors in a page, each with what it means. */
export const browserErrors = {
  /** Nobody is signed in, or what they gave has ended: call `signIn`. */
  sign_in_needed: 'Nobody is signed in.',
  /** The user or the server said no. */
  refused: 'The sign-in was refused.',
  /** What came back does not belong to what was asked: state, issuer, nonce. */
  response_mismatch: 'The answer does not belong to a sign-in of this tab.',
  /** What the server published cannot be used: issuer, endpoints, PKCE support. */
  metadata_refused: 'What the server says of itself cannot be used.',
  /** The server answered what no server should. */
  answer_malformed: 'The server sent an answer that cannot be used.',
  /** It cannot be reached now; nothing was lost. */
  unreachable: 'The server cannot be reached.',
  /** It is reached, and says to come back later; nothing was lost. */
  try_later: 'The server cannot answer now.',
  /** An address that gets no token. */
  url_refused: 'No token is sent to this address.',
} as const

/** A code of an error in a page. */
export type BrowserErrorCode = keyof typeof browserErrors

/** What may accompany an error in a page. */
export interface BrowserErrorContext extends ErrorContext {
  /** What the server called it: the `error` of its answer. */
  readonly serverCode?: string | undefined
}

/** An error in a page. Its `message` says what to do. */
export class BrowserError extends WarderError {
  override readonly name = 'BrowserError'
  declare readonly code: BrowserErrorCode
  readonly serverCode: string | undefined

  constructor(code: BrowserErrorCode, advice: string, context: BrowserErrorContext = {}) {
    super(code, `${browserErrors[code]} ${advice}`, context)
    this.serverCode = context.serverCode
  }
}
