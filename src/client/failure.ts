/**
 * What a failure at an endpoint means for the client: which of its things is dead, or that nothing is.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 | RFC 6749 §5.2}
 * @module
 */

import { isObject } from '../protocol/json-rpc.ts'
import { ClientError, type ClientErrorCode } from './errors.ts'
import { retryAfterOf } from './retry-after.ts'

/** What was asked for, which decides what `invalid_grant` says is dead. */
export type Purpose = 'user' | 'machine'

/** A refusal as it came from an endpoint. */
export interface Refusal {
  readonly status: number
  readonly headers: Headers
  readonly json: unknown
}

/** What each `error` of RFC 6749 and its extensions means here; others are refusals. */
const meanings: Readonly<Record<string, ClientErrorCode>> = {
  invalid_client: 'client_refused',
  unauthorized_client: 'client_refused',
  invalid_scope: 'refused',
  access_denied: 'refused',
  invalid_target: 'refused',
  server_error: 'try_later',
  temporarily_unavailable: 'try_later',
  slow_down: 'try_later',
  expired_token: 'timed_out',
  login_required: 'sign_in_needed',
  interaction_required: 'sign_in_needed',
  consent_required: 'sign_in_needed',
}

const advice: Partial<Readonly<Record<ClientErrorCode, string>>> = {
  sign_in_needed: 'Sign in again.',
  client_refused: 'Check the client id, its secret or key, and how it is registered.',
  refused: 'Check what was asked for: the resource, the scopes and the grant.',
  timed_out: 'Start again.',
}

/** The error of a refused request. What the server said is in `serverCode` and `detail`. */
export function refusedBy(host: string, refusal: Refusal, purpose: Purpose): ClientError {
  const { status, headers } = refusal
  const { error, error_description: description } = isObject(refusal.json) ? refusal.json : {}
  const serverCode = typeof error === 'string' ? plain(error) : undefined
  const code = codeOf(status, serverCode, purpose)
  const said = [serverCode, description].flatMap((text) =>
    typeof text === 'string' ? [plain(text)] : [],
  )
  return new ClientError(code, advice[code], {
    detail: `${host} answered ${[status, ...said].join(' ')}`,
    serverCode,
    retryAfter: code === 'try_later' ? retryAfterOf(headers) : undefined,
  })
}

function codeOf(status: number, error: string | undefined, purpose: Purpose): ClientErrorCode {
  // Whatever such an answer says, it was not the grant that was judged.
  if (status === 429 || status >= 500) return 'try_later'
  if (error === 'invalid_grant') return purpose === 'user' ? 'sign_in_needed' : 'refused'
  if (error !== undefined)
    return Object.hasOwn(meanings, error) ? (meanings[error] ?? 'refused') : 'refused'
  if (status === 401) return 'client_refused'
  return 'answer_malformed'
}

/** A text of a server, short and without what would forge a line of a log. */
export const plain = (text: string): string =>
  text.slice(0, 200).replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ')
