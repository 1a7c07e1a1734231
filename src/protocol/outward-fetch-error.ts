/**
 * How an outward fetch fails: in a few fixed words, because whoever named the URL may be probing
 * what this machine can reach.
 *
 * @module
 */

import { type ErrorContext, WarderError } from '../errors.ts'

const UNREACHABLE = 'The document could not be fetched. Check that its URL is publicly reachable.'

/** What callers are told per code; none of it depends on what the other side answered. */
const sentences = {
  url_refused: 'The URL must be absolute, use https and its default port, and name no user.',
  address_refused: UNREACHABLE,
  unreachable: UNREACHABLE,
  timeout: UNREACHABLE,
  too_large: 'The document is too large.',
  malformed: 'The document is not text in UTF-8.',
} as const

/** Why an outward fetch failed. */
export type OutwardFetchErrorCode = keyof typeof sentences

/**
 * A fetch that was refused or failed. `message` may be shown to anyone; `detail` says what was
 * found on the way and is for the operator.
 */
export class OutwardFetchError extends WarderError {
  override readonly name = 'OutwardFetchError'
  declare readonly code: OutwardFetchErrorCode

  constructor(code: OutwardFetchErrorCode, context: ErrorContext = {}) {
    super(code, sentences[code], context)
  }
}
