/**
 * Token exchange: a token of one kind, or of someone else, for a token of another.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2 | RFC 8693 §2}
 * @module
 */

import type { Flow, TokenSource } from './flow.ts'
import { tokenFrom } from './flow.ts'

/** The short names of token types ({@link https://www.rfc-editor.org/rfc/rfc8693#section-3 | RFC 8693 §3}). */
export type TokenKind = 'access_token' | 'refresh_token' | 'id_token' | 'jwt' | 'saml2' | 'id-jag'

/** What is exchanged, and for what. */
export interface TokenExchangeOptions {
  readonly subjectToken: TokenSource
  /** `access_token` unless told; a URI for what has no short name. */
  readonly subjectTokenType?: TokenKind | `urn:${string}` | `https:${string}`
  /** Who acts for the subject, where that is another. */
  readonly actorToken?: TokenSource
  readonly actorTokenType?: TokenKind | `urn:${string}` | `https:${string}`
  readonly requestedTokenType?: TokenKind | `urn:${string}` | `https:${string}`
  /** The logical name of the service the token is for, where it has no resource indicator. */
  readonly audience?: string
}

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** Exchanges a token. */
export const tokenExchange = (options: TokenExchangeOptions): Flow => ({
  grantType: TOKEN_EXCHANGE,
  sendsSecret: true,
  parameters: () => exchangeParameters(options),
})

/** The parameters of an exchange. */
export async function exchangeParameters(
  options: TokenExchangeOptions,
): Promise<Record<string, string>> {
  const { subjectToken, subjectTokenType = 'access_token' } = options
  const { actorToken, actorTokenType = 'access_token', requestedTokenType, audience } = options
  return {
    subject_token: await tokenFrom(subjectToken),
    subject_token_type: tokenTypeUri(subjectTokenType),
    ...(actorToken === undefined
      ? {}
      : {
          actor_token: await tokenFrom(actorToken),
          actor_token_type: tokenTypeUri(actorTokenType),
        }),
    ...(requestedTokenType === undefined
      ? {}
      : { requested_token_type: tokenTypeUri(requestedTokenType) }),
    ...(audience === undefined ? {} : { audience }),
  }
}

/** The URI of a token type. */
export const tokenTypeUri = (type: string): string =>
  type.includes(':') ? type : `urn:ietf:params:oauth:token-type:${type}`
