/**
 * The one error the limits throw on purpose: nobody counts now.
 *
 * @module
 */

import { type ErrorContext, WarderError } from '../errors.ts'

/**
 * What counts for all processes cannot be reached, is full, or took too long. Whoever must not go
 * on without it answers 503, so that the caller tries again.
 */
export class LimitsUnavailable extends WarderError {
  override readonly name = 'LimitsUnavailable'

  constructor(context: ErrorContext = {}) {
    super(
      'temporarily_unavailable',
      'The server cannot check this request at the moment. Try again shortly.',
      context,
    )
  }
}
