/**
 * Reading what a token endpoint gives: every member checked, lives bounded, ID tokens verified.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.1 | RFC 6749 §5.1}
 * @module
 */

import * as oauth from 'oauth4webapi'
import { type IdTokenClaims, verifyIdToken } from './id-token.ts'
import { fromLibrary } from './library.ts'
import type { Party } from './party.ts'
import { endpointOf } from './server.ts'
import { malformed } from './transport.ts'

/** `either` is one of the two; `any` also what an exchange gives, which is for no header. */
export type WantedTokenType = 'Bearer' | 'DPoP' | 'either' | 'any'

/** What an answer must be. */
export interface TokenAnswerRules {
  readonly tokenType: WantedTokenType
  /** With these, the answer must bring an ID token, which is verified. Without, one is ignored. */
  readonly idToken?: { readonly nonce: string; readonly maxAge?: number | undefined } | undefined
}

/** Tokens as they were given. */
export interface TokenAnswer {
  readonly accessToken: string
  readonly tokenType: 'Bearer' | 'DPoP' | 'N_A'
  /** In seconds. */
  readonly expiresIn: number | undefined
  readonly refreshToken: string | undefined
  /** Nothing if the server did not say: then they are those that were asked for. */
  readonly scopes: readonly string[] | undefined
  readonly idToken: IdTokenClaims | undefined
  readonly issuedTokenType: string | undefined
}

/** A year: whatever is said to live longer is looked at again by then. */
const MOST_SECONDS = 31_536_000

/** Headers carry tokens, so a token is visible ASCII ({@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.12 | RFC 6749 A.12}). */
const TOKEN = /^[\x21-\x7e]{1,65536}$/

const tokenTypes: Readonly<Record<string, TokenAnswer['tokenType']>> = {
  bearer: 'Bearer',
  dpop: 'DPoP',
  n_a: 'N_A',
}

const isWanted = (type: TokenAnswer['tokenType'], wanted: WantedTokenType): boolean =>
  wanted === type || wanted === 'any' || (wanted === 'either' && type !== 'N_A')

/** @throws {ClientError} `answer_malformed`, or `response_mismatch` for a false ID token. */
export async function readTokenAnswer(
  response: Response,
  { party, client, rules }: { party: Party; client: oauth.Client; rules: TokenAnswerRules },
): Promise<TokenAnswer> {
  const url = endpointOf(party.server, 'token_endpoint')
  // Written by us out of JSON that was read strictly.
  const body: Record<string, unknown> = await response.json()
  const idToken = body.id_token
  delete body.id_token
  const tokens = await process(Response.json(body), party, client).catch((cause) => {
    throw fromLibrary(cause, url)
  })
  const tokenType = tokenTypes[tokens.token_type]
  if (tokenType === undefined || !isWanted(tokenType, rules.tokenType)) {
    throw malformed(url, `token_type ${tokens.token_type} instead of ${rules.tokenType}`)
  }
  for (const token of [tokens.access_token, tokens.refresh_token ?? 'none']) {
    if (!TOKEN.test(token)) throw malformed(url, 'a token that no header can carry')
  }
  const verify = rules.idToken === undefined ? undefined : { ...rules.idToken, tokens }
  return {
    accessToken: tokens.access_token,
    tokenType,
    expiresIn: secondsOf(body.expires_in, url),
    refreshToken: tokens.refresh_token,
    scopes: scopesOf(body.scope),
    idToken:
      verify === undefined ? undefined : await verifyIdToken(idToken, { party, client, ...verify }),
    issuedTokenType:
      typeof body.issued_token_type === 'string' ? body.issued_token_type : undefined,
  }
}

const process = (response: Response, { server }: Party, client: oauth.Client) =>
  oauth.processGenericTokenEndpointResponse(server.metadata, client, response, {
    recognizedTokenTypes: { n_a: () => {} },
  })

/**
 * How long a token lasts. Some send the number as a text; nobody means a negative one, or none at all by an
 * empty one.
 *
 * @throws {ClientError} `answer_malformed` if it is no number.
 */
export function secondsOf(value: unknown, url: string): number | undefined {
  if (value === undefined || value === null) return undefined
  const seconds = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof seconds !== 'number' || !(seconds >= 0))
    throw malformed(url, 'expires_in is no number')
  return Math.min(Math.floor(seconds), MOST_SECONDS)
}

function scopesOf(scope: unknown): readonly string[] | undefined {
  if (typeof scope !== 'string') return undefined
  return [...new Set(scope.split(' ').filter((name) => name !== ''))]
}
