/**
 * Errors: what went wrong, to whom it may be said, and how to mend it.
 *
 * Three texts for three readers: `message` goes to the caller, `detail` to the operator's log and
 * never on the wire, `see` names the section that rules it.
 *
 * @module
 */

import type { Decision } from './decisions.ts'

const rfc = (number: number, section: string) =>
  `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`

const OPENID_ERRORS = 'https://openid.net/specs/openid-connect-core-1_0.html#AuthError'

/** The errors some RFC defines: the HTTP status each is answered with, and where it is defined. */
export const oauthErrors = {
  invalid_request: { status: 400, see: rfc(6749, '5.2') },
  invalid_client: { status: 401, see: rfc(6749, '5.2') },
  invalid_grant: { status: 400, see: rfc(6749, '5.2') },
  unauthorized_client: { status: 400, see: rfc(6749, '5.2') },
  unsupported_grant_type: { status: 400, see: rfc(6749, '5.2') },
  invalid_scope: { status: 400, see: rfc(6749, '5.2') },
  access_denied: { status: 400, see: rfc(6749, '4.1.2.1') },
  unsupported_response_type: { status: 400, see: rfc(6749, '4.1.2.1') },
  server_error: { status: 500, see: rfc(6749, '4.1.2.1') },
  temporarily_unavailable: { status: 503, see: rfc(6749, '4.1.2.1') },
  invalid_target: { status: 400, see: rfc(8707, '2') },
  authorization_pending: { status: 400, see: rfc(8628, '3.5') },
  slow_down: { status: 400, see: rfc(8628, '3.5') },
  expired_token: { status: 400, see: rfc(8628, '3.5') },
  unsupported_token_type: { status: 400, see: rfc(7009, '2.2.1') },
  invalid_redirect_uri: { status: 400, see: rfc(7591, '3.2.2') },
  invalid_client_metadata: { status: 400, see: rfc(7591, '3.2.2') },
  invalid_token: { status: 401, see: rfc(6750, '3.1') },
  insufficient_scope: { status: 403, see: rfc(6750, '3.1') },
  insufficient_user_authentication: { status: 401, see: rfc(9470, '3') },
  invalid_dpop_proof: { status: 401, see: rfc(9449, '7.1') },
  use_dpop_nonce: { status: 401, see: rfc(9449, '9') },
  login_required: { status: 400, see: OPENID_ERRORS },
  consent_required: { status: 400, see: OPENID_ERRORS },
  request_not_supported: { status: 400, see: OPENID_ERRORS },
  request_uri_not_supported: { status: 400, see: OPENID_ERRORS },
} as const satisfies Record<string, { status: number; see: string }>

/** The `error` values that Warder answers with. */
export type OAuthErrorCode = keyof typeof oauthErrors

/** What may accompany an error. */
export interface ErrorContext {
  /** For the operator: why, with the values compared. Never sent to the caller. */
  readonly detail?: string
  readonly cause?: unknown
}

/** The root of every error Warder throws on purpose. `code` is stable; switch on it. */
export class WarderError extends Error {
  override readonly name: string = 'WarderError'
  readonly code: string
  readonly detail: string | undefined

  constructor(code: string, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.code = code
    this.detail = context.detail
  }
}

/** How an {@link OAuthError} differs from the plain answer of its table row. */
export interface OAuthErrorContext extends ErrorContext {
  /** Replaces the table's status, where a section asks for another. */
  readonly status?: number
  /** Headers the answer must carry, such as `WWW-Authenticate` or `Allow`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The rule that refused, and what it looked at; for the operator, never on the wire. */
  readonly decision?: Decision
}

/** An answer some RFC defines. Its `message` becomes `error_description`. */
export class OAuthError extends WarderError {
  override readonly name = 'OAuthError'
  declare readonly code: OAuthErrorCode
  readonly status: number
  readonly see: string
  readonly headers: Readonly<Record<string, string>>
  readonly decision: Decision | undefined

  constructor(code: OAuthErrorCode, message: string, context: OAuthErrorContext = {}) {
    super(code, message, context)
    this.status = context.status ?? oauthErrors[code].status
    this.see = oauthErrors[code].see
    this.headers = context.headers ?? {}
    this.decision = context.decision
  }

  /** The wire form: `error`, `error_description`, `error_uri`. */
  toJSON(): { error: OAuthErrorCode; error_description: string; error_uri: string } {
    return { error: this.code, error_description: this.message, error_uri: this.see }
  }

  /**
   * The JSON answer of a token-style endpoint.
   *
   * @param correlationId - Lets the caller name this refusal to the operator.
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 | RFC 6749 §5.2}
   */
  toResponse(correlationId?: string): Response {
    const body =
      correlationId === undefined
        ? this.toJSON()
        : { ...this.toJSON(), correlation_id: correlationId }
    return Response.json(body, {
      status: this.status,
      headers: {
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        ...(this.status === 503 || this.status === 429 ? { 'retry-after': '1' } : {}),
        ...this.headers,
      },
    })
  }
}

/** A mistake in the settings: where it is, what is wrong, and how to mend it. */
export class ConfigError extends WarderError {
  override readonly name = 'ConfigError'
  readonly path: string
  readonly hint: string | undefined

  constructor(path: string, problem: string, hint?: string, context: ErrorContext = {}) {
    super('config_error', `${path}: ${problem}${hint === undefined ? '' : ` ${hint}`}`, context)
    this.path = path
    this.hint = hint
  }
}
