/**
 * How the guard says no: the status, and challenges that tell a client what to do about it. Nothing of
 * the request is repeated.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 | RFC 9110 §11.6.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 | RFC 6750 §3}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728#section-5.1 | RFC 9728 §5.1}
 * @module
 */

import type { OAuthError } from '../errors.ts'
import { formatChallenge } from '../protocol/challenge.ts'
import { resourceMetadataUrl } from '../protocol/protected-resource-metadata.ts'
import { formatScope } from '../protocol/scope.ts'
import { answerHeaders } from './answer-headers.ts'
import type { Attempt } from './attempt.ts'
import type { Credential } from './credentials/credential.ts'
import { StepUpNeeded } from './denials.ts'
import type { Anonymous, Refused } from './gate.ts'
import { SchemeProblem } from './scheme-problem.ts'

/** Makes the refusals of one resource. */
export interface Refusals {
  /**
   * The answer to a request without credentials has a challenge of each scheme, and not a word of error
   * (RFC 6750 §3.1); to everything else, one of the scheme that was tried.
   */
  answer(outcome: Refused | Anonymous): Response
}

/** What the challenges of a resource are made from. */
export interface RefusalSettings {
  readonly resource: string
  /** What a client should ask for to begin with. */
  readonly baseline: readonly string[]
  /** The schemes that are taken. One that is not offered is named only to those who try it. */
  readonly accepted: readonly (Pick<Credential, 'scheme' | 'challenge'> & {
    readonly isOffered?: boolean
  })[]
  /** Without any, clients are sent to no metadata. */
  readonly authorizationServers: readonly string[]
}

/** The parameters of a challenge. */
type Parameters = Readonly<Record<string, string | undefined>>

/** Makes the refusals of one resource. */
export function createRefusals(settings: RefusalSettings): Refusals {
  const { resource, baseline, accepted, authorizationServers } = settings
  const own = ownParameters(accepted)
  const resource_metadata =
    authorizationServers.length === 0 ? undefined : resourceMetadataUrl(resource)
  const scope = baseline.length === 0 ? undefined : formatScope(baseline)

  const challenge = (scheme: string, { error, error_description, ...asked }: Parameters) => {
    const ofScheme = own.get(scheme)
    if (!isOfTokens(scheme)) return formatChallenge(scheme, { ...ofScheme })
    const parameters = { ...ofScheme, error, error_description, resource_metadata, ...asked }
    // RFC 6750 §3: Bearer is followed by at least one parameter.
    const isBare = Object.values(parameters).every((value) => value === undefined)
    return formatChallenge(scheme, isBare ? { realm: resource } : parameters)
  }
  const offered = accepted.filter(({ isOffered = true }) => isOffered)
  const schemes = inOrder([...new Set(offered.map(({ scheme }) => scheme))])
  const invitation = schemes.map((scheme) => challenge(scheme, { scope })).join(', ')
  const [first = 'Bearer'] = schemes

  const invite = (attempt: Attempt): Response =>
    new Response(null, {
      status: 401,
      headers: {
        'www-authenticate': invitation,
        'cache-control': 'no-store',
        ...answerHeaders(attempt),
      },
    })
  const refuse = ({ error, attempt, correlationId }: Refused): Response => {
    const response = error.toResponse(correlationId)
    for (const [name, value] of Object.entries(answerHeaders(attempt))) {
      response.headers.set(name, value)
    }
    if (response.status >= 500 || response.status === 429) return response
    const tried = triedScheme(attempt, [...own.keys()]) ?? first
    const written =
      error instanceof SchemeProblem
        ? formatChallenge(tried, { ...own.get(tried), ...error.parameters })
        : challenge(tried, explanation(error, scope))
    response.headers.set('www-authenticate', written)
    return response
  }

  return {
    answer: (outcome) => (outcome.error === undefined ? invite(outcome.attempt) : refuse(outcome)),
  }
}

/** What each scheme says of itself. Of several kinds with one scheme, the first has the word. */
function ownParameters(accepted: RefusalSettings['accepted']): ReadonlyMap<string, Parameters> {
  const own = new Map<string, Parameters>()
  for (const { scheme, challenge } of accepted) {
    own.set(scheme, { ...challenge, ...own.get(scheme) })
  }
  return own
}

/** What is wrong, in the words of {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 | RFC 6750 §3}. */
function explanation(error: OAuthError, scope: string | undefined): Parameters {
  // No error code of a challenge means that this user may not: a client would try in vain to mend it.
  if (error.code === 'access_denied') return {}
  const explained = { error: error.code, error_description: describable(error.message) }
  return error instanceof StepUpNeeded ? { ...explained, ...error.stepUp } : { ...explained, scope }
}

/** What a description may be made of: a rule of one's own may have written it. */
const describable = (message: string) => message.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, ' ')

/** Whether the parameters of RFC 6750 are defined for a scheme. */
const isOfTokens = (scheme: string) => scheme === 'Bearer' || scheme === 'DPoP'

/** Clients of MCP read the first challenge only, and look for the metadata there. */
const inOrder = (schemes: readonly string[]): readonly string[] => [
  ...schemes.filter(isOfTokens),
  ...schemes.filter((scheme) => !isOfTokens(scheme)),
]

/** The scheme in `Authorization`, if it is one of ours; otherwise that of the kind that judged. */
function triedScheme(attempt: Attempt, schemes: readonly string[]): string | undefined {
  const { presented, scheme } = attempt
  const written = presented?.in === 'authorization' ? presented.scheme : undefined
  return schemes.find((known) => known.toLowerCase() === written) ?? scheme
}
