/**
 * The one error a store throws on purpose: it cannot serve now.
 *
 * @module
 */

import { type ErrorContext, WarderError } from '../errors.ts'

/**
 * The store is locked, full, unreachable or closed. Nothing was changed, or it cannot be known;
 * answered with 503, so that the caller tries again.
 */
export class StoreUnavailable extends WarderError {
  override readonly name = 'StoreUnavailable'

  constructor(context: ErrorContext = {}) {
    super(
      'temporarily_unavailable',
      'The server cannot reach its data at the moment. Try again shortly.',
      context,
    )
  }
}
