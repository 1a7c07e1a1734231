/**
 * The three steps by which a user lets an application act for them: temporary credentials, the user's
 * own agreement, and the credentials of a token.
 *
 * Only the edition with a verifier (1.0a): without one, a stranger can have another user finish what
 * the stranger began.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-2 | RFC 5849 §2}
 * @see {@link https://oauth.net/advisories/2009-1/ | OAuth Security Advisory 2009.1}
 * @module
 */

import { ConfigError, OAuthError } from '../../errors.ts'
import type { Parameter } from '../../protocol/oauth1/parameters.ts'
import { percentEncode } from '../../protocol/oauth1/percent-encoding.ts'
import { Parameters, parseParameters } from '../../protocol/parameters.ts'
import { Secret } from '../../vault/secret.ts'
import { ClientError } from '../errors.ts'
import { plain } from '../failure.ts'
import { checkOpenableUrl } from '../outward-url.ts'
import { malformed, type Transport } from '../transport.ts'
import type { OAuth1Endpoints } from './address-rules.ts'
import type {
  GivenTokenCredentials,
  OAuth1TemporaryCredentials,
  OAuth1TokenCredentials,
} from './credentials.ts'
import { refusedBy } from './problem.ts'
import type { ServerClocks } from './server-clocks.ts'
import type { Sign } from './signer.ts'

/** An authorization that was begun. */
export interface StartedAuthorization {
  /** Where to send the user. */
  readonly url: string
  /** To keep in that user's session until they come back. */
  readonly temporary: OAuth1TemporaryCredentials
}

/** What the user comes back with: the address that they are sent to, or what they read and type. */
export type AuthorizationAnswer =
  | { readonly callbackUrl: string; readonly verifier?: never }
  | { readonly verifier: string; readonly callbackUrl?: never }

/** The steps, for one consumer at one service. */
export interface AuthorizationSteps {
  start(callback?: string): Promise<StartedAuthorization>
  finish(
    temporary: OAuth1TokenCredentials,
    answer: AuthorizationAnswer,
  ): Promise<GivenTokenCredentials>
}

/** What the steps are made of. */
export interface AuthorizationParts {
  readonly endpoints: OAuth1Endpoints
  readonly sign: Sign
  readonly clocks: ServerClocks
  readonly transport: Transport
  /** Whether a token has a secret; those that sign with a key may do without. */
  readonly hasSecrets: boolean
}

/** Makes the steps. */
export function authorizationSteps(parts: AuthorizationParts): AuthorizationSteps {
  const { temporaryCredentialRequest, resourceOwnerAuthorization, tokenRequest } = parts.endpoints

  return {
    async start(callback = 'oob') {
      if (callback !== 'oob' && !URL.canParse(callback)) {
        throw new ConfigError('callback', 'must be an absolute URI, or oob.')
      }
      const url = temporaryCredentialRequest
      const given = await ask(parts, { url, parameters: [['oauth_callback', callback]] })
      if (given.others.get('oauth_callback_confirmed') !== 'true') {
        throw new ClientError(
          'answer_malformed',
          'It does the first edition of OAuth 1.0, which is not safe.',
          { detail: `${url}: no oauth_callback_confirmed` },
        )
      }
      return {
        url: checkOpenableUrl(withToken(resourceOwnerAuthorization, given.token)),
        temporary: { token: given.token, secret: given.secret },
      }
    },
    async finish(temporary, answer) {
      const verifier =
        answer.callbackUrl === undefined
          ? answer.verifier.trim()
          : verifierOf(answer.callbackUrl, temporary)
      return ask(parts, {
        url: tokenRequest,
        token: temporary,
        parameters: [['oauth_verifier', verifier]],
      })
    },
  }
}

const withToken = (url: string, token: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}oauth_token=${percentEncode(token)}`

/**
 * The verifier of the authorization that the user was sent away with, and of no other
 * ({@link https://www.rfc-editor.org/rfc/rfc5849#section-2.2 | RFC 5849 §2.2}).
 */
function verifierOf(callbackUrl: string, { token }: OAuth1TokenCredentials): string {
  const sent = readCallback(callbackUrl)
  // `denied` is how X says no.
  if ((sent.get('oauth_token') ?? sent.get('denied')) !== token) throw notOurs()
  const verifier = sent.get('oauth_verifier')
  if (verifier !== undefined) return verifier
  const problem = sent.get('oauth_problem')
  throw new ClientError('refused', 'Start again.', {
    detail: 'the callback has no oauth_verifier',
    serverCode: problem === undefined ? undefined : plain(problem),
  })
}

function readCallback(callbackUrl: string): Parameters {
  const [, query = ''] = /^[^?#]*\?([^#]*)/.exec(callbackUrl) ?? []
  try {
    return parseParameters(query)
  } catch (cause) {
    if (!(cause instanceof OAuthError)) throw cause
    throw notOurs(cause)
  }
}

const notOurs = (cause?: unknown) =>
  new ClientError('response_mismatch', 'Start again.', {
    detail: 'the oauth_token of the callback is not the one that was sent out',
    cause,
  })

interface Asked {
  readonly url: string
  readonly token?: OAuth1TokenCredentials
  readonly parameters: readonly Parameter[]
}

/** Asks for credentials, and once more if all that was wrong was the time. */
async function ask(parts: AuthorizationParts, asked: Asked): Promise<GivenTokenCredentials> {
  const { url } = asked
  let answer = await send(parts, asked)
  if (answer.status !== 200 && parts.clocks.learn(url, answer)) answer = await send(parts, asked)
  if (answer.status !== 200) throw refusedBy(new URL(url).host, answer)
  return given(url, answer.text, parts.hasSecrets)
}

async function send({ sign, clocks, transport }: AuthorizationParts, asked: Asked) {
  const { token, parameters } = asked
  // An empty form, for the parameters of services that want them in one.
  const request = {
    ...{ method: 'POST', url: asked.url, body: new Uint8Array() },
    headers: new Headers({ 'content-type': 'application/x-www-form-urlencoded' }),
  }
  const clockOffset = clocks.offsetOf(asked.url)
  const signed = await sign(request, { token, parameters, clockOffset })
  const { url, method, headers, body } = signed
  return transport.send('oauth:token', url, { method, headers, body: body ?? null })
}

/** Reads credentials ({@link https://www.rfc-editor.org/rfc/rfc5849#section-2.1 | RFC 5849 §2.1}). */
function given(url: string, text: string, hasSecrets: boolean): GivenTokenCredentials {
  let all: Parameters
  try {
    all = parseParameters(text.trim())
  } catch (cause) {
    if (!(cause instanceof OAuthError)) throw cause
    throw malformed(url, cause.message)
  }
  const token = all.get('oauth_token')
  const secret = all.get('oauth_token_secret') ?? (hasSecrets ? undefined : '')
  if (token === undefined || secret === undefined) {
    throw malformed(url, 'oauth_token or oauth_token_secret is missing')
  }
  return { token, secret: new Secret(secret), others: withoutCredentials(all) }
}

function withoutCredentials(all: Parameters): Parameters {
  const names = all.names().filter((name) => !/^oauth_token(?:_secret)?$/.test(name))
  return new Parameters(new Map(names.map((name) => [name, all.all(name)])))
}
