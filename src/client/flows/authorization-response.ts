/**
 * Authorization Code Grant, from the moment when the user comes back. Nothing of an answer is used, shown
 * or sent anywhere before it is certain whose it is and what it answers.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9207#section-2.4 | RFC 9207 §2.4}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.4 | RFC 9700 §4.4, §4.7}
 * @module
 */

import type { DpopSigner } from '../dpop.ts'
import { ClientError } from '../errors.ts'
import { plain } from '../failure.ts'
import { shown } from '../outward-url.ts'
import type { Party } from '../party.ts'
import { endpointOf } from '../server.ts'
import type { TokenAnswer, WantedTokenType } from '../token-answer.ts'
import { requestTokens } from '../token-request.ts'
import { withoutQuery } from '../trace.ts'
import type { PendingAuthorization } from './authorization-code.ts'

/** How long a user may take, in milliseconds. */
const MOST_MS = 600_000

const mismatch = (advice: string, detail: string) =>
  new ClientError('response_mismatch', advice, { detail })

/**
 * Reads an answer, and gives its code.
 *
 * @param callbackUrl - The whole URL that the browser was sent to.
 * @throws {ClientError} `response_mismatch`, `timed_out`, or what the server's error means.
 */
export function readAuthorizationResponse(
  { server, platform }: Pick<Party, 'server' | 'platform'>,
  callbackUrl: string,
  pending: PendingAuthorization,
): string {
  const parameters = parametersOf(callbackUrl, pending)
  const one = (name: string) => only(parameters, name)
  if (one('state') !== pending.state) {
    throw mismatch('Start the sign-in again.', 'state is missing or of another sign-in')
  }
  checkIssuer(one('iss'), { server, pending })
  if (platform.now() - pending.startedAt > MOST_MS) {
    throw new ClientError('timed_out', 'The sign-in took longer than ten minutes. Start again.')
  }
  const [error, description, code] = [one('error'), one('error_description'), one('code')]
  if (error !== undefined) throw refusal(error, description)
  if (code === undefined || code === '') {
    throw mismatch('Start the sign-in again.', 'neither a code nor an error')
  }
  return code
}

/**
 * Redeems the code of an answer that was read.
 *
 * @throws {ClientError} `server_changed` if the token endpoint is another than when the user was sent
 * away; otherwise as {@link requestTokens} does.
 */
export async function redeemCode(
  party: Party,
  pending: PendingAuthorization,
  { code, dpop, tokenType, wanted }: Redemption,
): Promise<TokenAnswer> {
  const endpoint = endpointOf(party.server, 'token_endpoint')
  if (endpoint !== pending.tokenEndpoint || party.clientId !== pending.clientId) {
    throw new ClientError('server_changed', 'Start the sign-in again.', {
      detail: `begun with ${pending.clientId} for ${pending.tokenEndpoint}, now ${party.clientId} and ${endpoint}`,
    })
  }
  const { redirectUri, codeVerifier, nonce, maxAge } = pending
  return requestTokens(party, {
    grantType: 'authorization_code',
    parameters: { ...wanted, code, redirect_uri: redirectUri, code_verifier: codeVerifier },
    purpose: 'user',
    dpop,
    rules: { tokenType, ...(nonce === undefined ? {} : { idToken: { nonce, maxAge } }) },
  })
}

/** A code, and what it shall be redeemed for. */
export interface Redemption {
  readonly code: string
  readonly dpop?: DpopSigner | undefined
  readonly tokenType: WantedTokenType
  /** `resource`, where there is one. */
  readonly wanted: Readonly<Record<string, string>>
}

/** §2.4, as a table: what is sent is compared, and what was promised must be sent. Nothing is normalized. */
function checkIssuer(
  iss: string | undefined,
  { server, pending }: { server: Party['server']; pending: PendingAuthorization },
): void {
  if (server.issuer !== pending.issuer) {
    throw mismatch('Start the sign-in again.', `begun at ${pending.issuer}, not ${server.issuer}`)
  }
  const isPromised = server.metadata.authorization_response_iss_parameter_supported === true
  if (iss === undefined ? !isPromised : iss === pending.issuer) return
  // What a stranger wrote is not shown; only the operator sees it, made plain.
  const detail = `iss ${iss === undefined ? 'is missing' : shown(iss)} instead of ${pending.issuer}`
  throw mismatch('It came from another server. Do not try it again from the same page.', detail)
}

function parametersOf(callbackUrl: string, { redirectUri }: PendingAuthorization): URLSearchParams {
  const isOurs =
    URL.canParse(callbackUrl) &&
    withoutQuery(new URL(callbackUrl).href) === withoutQuery(new URL(redirectUri).href)
  if (!isOurs) {
    throw mismatch(
      'It came to another address than it was sent to.',
      shown(withoutQuery(callbackUrl)),
    )
  }
  return new URL(callbackUrl).searchParams
}

/** RFC 6749 §3.1: parameters come once. */
function only(parameters: URLSearchParams, name: string): string | undefined {
  const [value, ...more] = parameters.getAll(name)
  if (more.length > 0) throw mismatch('Start the sign-in again.', `${name} comes twice`)
  return value
}

function refusal(error: string, description: string | undefined): ClientError {
  const serverCode = plain(error)
  const context = { serverCode, detail: plain(`${serverCode} ${description ?? ''}`).trim() }
  switch (serverCode) {
    case 'access_denied':
      return new ClientError('refused', 'Somebody said no, or may not say yes.', context)
    case 'temporarily_unavailable':
    case 'server_error':
      return new ClientError('try_later', 'Start the sign-in again in a while.', context)
    case 'unauthorized_client':
      return new ClientError('client_refused', 'Check how the client is registered.', context)
    case 'login_required':
    case 'interaction_required':
    case 'consent_required':
    case 'account_selection_required':
      return new ClientError('sign_in_needed', 'Sign in without prompt=none.', context)
    default:
      return new ClientError('refused', 'Check what was asked for.', context)
  }
}
