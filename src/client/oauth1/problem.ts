/**
 * What a service says is wrong with a request, and what that means for whoever made it.
 *
 * @see {@link http://wiki.oauth.net/w/page/12238543/ProblemReporting | OAuth Problem Reporting}
 * @module
 */

import { parseChallenges } from '../../protocol/challenge.ts'
import { ClientError, type ClientErrorCode } from '../errors.ts'
import { plain } from '../failure.ts'
import { retryAfterOf } from '../retry-after.ts'

/** What the names of problems mean here; those that are not here are refusals. */
const meanings: Readonly<Record<string, ClientErrorCode>> = {
  consumer_key_unknown: 'client_refused',
  consumer_key_rejected: 'client_refused',
  consumer_key_refused: 'try_later',
  signature_invalid: 'client_refused',
  signature_method_rejected: 'client_refused',
  permission_unknown: 'sign_in_needed',
  additional_authorization_required: 'sign_in_needed',
}

const advice: Partial<Readonly<Record<ClientErrorCode, string>>> = {
  client_refused:
    'Start again; if that does not help, check the consumer key, its secret or key, and the signature method.',
  refused: 'Start again.',
  sign_in_needed: 'Start an authorization.',
}

/** For what a person has to do that no code says. */
const adviceOf: Readonly<Record<string, string>> = {
  timestamp_refused: 'Set the clock of this machine.',
  version_rejected: 'It does another version of OAuth.',
}

/** An answer that is not the one that was wanted. */
export interface RefusingAnswer {
  readonly status: number
  readonly headers: Headers
  /** The body, if it has been read. */
  readonly text?: string
}

/** The name of the problem, by the challenge or else by a body that is a form; nothing if it has none. */
export const problemOf = ({ headers, text = '' }: RefusingAnswer): string | undefined =>
  problemOfChallenge(headers.get('www-authenticate') ?? '') ?? problemOfForm(text)

function problemOfChallenge(header: string): string | undefined {
  try {
    const challenges = parseChallenges(header)
    return challenges.find(({ scheme }) => /^oauth$/i.test(scheme))?.parameters.oauth_problem
  } catch (cause) {
    // A service that writes no proper header has not said anything in it.
    if (!(cause instanceof SyntaxError)) throw cause
    return undefined
  }
}

function problemOfForm(text: string): string | undefined {
  return /(?:^|&)oauth_problem=([a-z_]{1,64})(?:&|\s*$)/.exec(text)?.[1]
}

/** The error of an answer that refuses. */
export function refusedBy(host: string, answer: RefusingAnswer): ClientError {
  const { status, headers } = answer
  const problem = problemOf(answer)
  const code = codeOf(status, problem)
  const said = problem === undefined ? '' : ` ${plain(problem)}`
  return new ClientError(code, adviceFor(code, problem), {
    detail: `${host} answered ${status}${said}`,
    serverCode: problem === undefined ? undefined : plain(problem),
    retryAfter: code === 'try_later' ? retryAfterOf(headers) : undefined,
  })
}

function codeOf(status: number, problem: string | undefined): ClientErrorCode {
  if (status === 429 || status >= 500) return 'try_later'
  if (problem !== undefined) return named(meanings, problem) ?? 'refused'
  if (status === 401) return 'client_refused'
  return status === 403 ? 'refused' : 'answer_malformed'
}

const adviceFor = (code: ClientErrorCode, problem = '') => named(adviceOf, problem) ?? advice[code]

const named = <Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined
