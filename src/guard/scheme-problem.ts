/**
 * A refusal whose challenge says what is wrong in words that only its own scheme has.
 *
 * Bearer and DPoP need none: for them, `error` and `error_description` say it.
 *
 * @module
 */

import { OAuthError, type OAuthErrorCode, type OAuthErrorContext } from '../errors.ts'

/** A refusal with more parameters for the challenge of the scheme that was tried. */
export class SchemeProblem extends OAuthError {
  readonly parameters: Readonly<Record<string, string>>

  constructor(
    code: OAuthErrorCode,
    message: string,
    context: OAuthErrorContext & { readonly parameters: Readonly<Record<string, string>> },
  ) {
    super(code, message, context)
    this.parameters = context.parameters
  }
}
