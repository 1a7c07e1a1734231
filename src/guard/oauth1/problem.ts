/**
 * Refusals of OAuth 1.0 requests: 400 for what is wrong with the request, 401 for whom it does not
 * prove, and in the challenge what a client can mend.
 *
 * Of the problems that the extension has names for, those are left out that would tell which
 * consumers and tokens there are: until a signature is good, it is the signature that is bad.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.2 | RFC 5849 §3.2}
 * @see {@link http://wiki.oauth.net/w/page/12238543/ProblemReporting | OAuth Problem Reporting}
 * @module
 */

import { percentEncode } from '../../protocol/oauth1/percent-encoding.ts'
import { SchemeProblem } from '../scheme-problem.ts'

/** What a client is told of a problem, and what the operator is. */
interface Problem {
  readonly problem: string
  /** Parameters that go with it, without the prefix of them all. */
  readonly more?: Readonly<Record<string, string>>
  readonly detail?: string
}

/** @throws {OAuthError} always: a version other than the one there is. */
export function refuseVersion(): never {
  refuse('invalid_request', 'oauth_version must be 1.0, or not be sent.', {
    problem: 'version_rejected',
    more: { acceptable_versions: '1.0-1.0' },
  })
}

/** @throws {OAuthError} always: these parameters are missing. */
export function refuseAbsence(names: readonly string[]): never {
  refuse('invalid_request', `The Authorization header lacks ${names.join(', ')}.`, {
    problem: 'parameter_absent',
    more: { parameters_absent: percentEncode(names.join('&')) },
  })
}

/** @throws {OAuthError} always: a signature method that is not accepted, whoever signs. */
export function refuseMethod(detail: string): never {
  refuse('invalid_request', 'This oauth_signature_method is not accepted here.', {
    problem: 'signature_method_rejected',
    detail,
  })
}

/** @throws {OAuthError} always: a parameter that must not be there, or not like this. */
export function refuseParameter(message: string): never {
  refuse('invalid_request', message, { problem: 'parameter_rejected' })
}

/** @throws {OAuthError} always: a timestamp outside of the range, in seconds. */
export function refuseTimestamp(timestamp: number, from: number, to: number): never {
  refuse('invalid_token', 'oauth_timestamp is too far from the time of the server.', {
    problem: 'timestamp_refused',
    more: { acceptable_timestamps: `${from}-${to}` },
    detail: `timestamp ${timestamp}, accepted are ${from} to ${to}`,
  })
}

/** @throws {OAuthError} always: the consumer, the token or the signature, which look alike from outside. */
export function refuseSignature(detail: string): never {
  refuse('invalid_token', 'The request is not signed with credentials that are known here.', {
    problem: 'signature_invalid',
    detail,
  })
}

/** @throws {OAuthError} always: a token whose time is over; told only to whoever signed with it. */
export function refuseExpired(): never {
  refuse('invalid_token', 'The token has expired. Get a new one.', { problem: 'token_expired' })
}

/** @throws {OAuthError} always: a nonce that came before; told only to whoever signed it. */
export function refuseNonce(): never {
  refuse('invalid_token', 'The nonce was used before. Sign each request with a new one.', {
    problem: 'nonce_used',
    detail: 'the nonce was used before, or that cannot be ruled out',
  })
}

function refuse(
  code: 'invalid_request' | 'invalid_token',
  message: string,
  { problem, more = {}, detail }: Problem,
): never {
  const others = Object.entries(more).map(([name, value]) => [`oauth_${name}`, value])
  throw new SchemeProblem(code, message, {
    parameters: { oauth_problem: problem, ...Object.fromEntries(others) },
    ...(detail === undefined ? {} : { detail }),
  })
}
