/**
 * The other side could not be reached, or gave no answer that could be used.
 *
 * @module
 */

import { type ErrorContext, WarderError } from '../errors.ts'

/** Ends a command with 3: to try again may help. */
export class Unreachable extends WarderError {
  override readonly name = 'Unreachable'

  constructor(message: string, context: ErrorContext = {}) {
    super('unreachable', message, context)
  }
}
