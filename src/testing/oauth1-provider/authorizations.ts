/**
 * The authorizations of an OAuth 1.0a provider: begun by a consumer, decided by a user, exchanged once.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-2 | RFC 5849 §2}
 * @module
 */

import type { OAuth1Token } from '../../guard/oauth1/parties.ts'
import { type Platform, randomToken } from '../../platform.ts'

/** A name and its secret, as they are handed out. */
export interface Handed {
  readonly token: string
  readonly secret: string
}

/** Where the user decides, as data. */
export interface AuthorizationPage {
  /** Who asks. */
  readonly consumerKey: string
  /** Says yes as a user. The answer is where the browser is sent, if anywhere, and what it is shown otherwise. */
  approve(subject: string): { readonly callbackUrl?: string; readonly verifier: string }
  /** Says no. */
  deny(): { readonly callbackUrl?: string }
}

interface Begun {
  readonly token: OAuth1Token
  readonly callback: string
  decided?: { readonly subject: string; readonly verifier: string } | 'denied'
}

/** Keeps them, in memory. */
export interface Authorizations {
  begin(consumerKey: string, callback: string): Handed
  page(token: string): AuthorizationPage | undefined
  /** Temporary credentials, as the guard of the token endpoint wants them. */
  temporary(token: string): OAuth1Token | undefined
  /** The credentials of a token; the name of the problem if there are none to give. */
  exchange(token: string, verifier: string | undefined): Handed | string
  /** The credentials of a token, as the guard of the API wants them. */
  token(token: string): OAuth1Token | undefined
}

/** Makes what keeps them. */
export function createAuthorizations(platform: Platform): Authorizations {
  const begun = new Map<string, Begun>()
  const given = new Map<string, OAuth1Token>()
  const hand = (): Handed => ({ token: randomToken(platform), secret: randomToken(platform) })

  return {
    begin(consumerKey, callback) {
      const handed = hand()
      const token = { consumerKey, secret: handed.secret, subject: consumerKey }
      begun.set(handed.token, { token, callback })
      return handed
    },
    page(token) {
      const one = begun.get(token)
      if (one === undefined || one.decided !== undefined) return undefined
      const back = (parameters: Readonly<Record<string, string>>) =>
        one.callback === 'oob' ? {} : { callbackUrl: withQuery(one.callback, parameters) }
      return {
        consumerKey: one.token.consumerKey,
        approve(subject) {
          const verifier = randomToken(platform, 8)
          one.decided = { subject, verifier }
          return { verifier, ...back({ oauth_token: token, oauth_verifier: verifier }) }
        },
        deny() {
          one.decided = 'denied'
          return back({ oauth_token: token, oauth_problem: 'user_refused' })
        },
      }
    },
    temporary: (token) => begun.get(token)?.token,
    exchange(token, verifier) {
      const one = begun.get(token)
      if (one === undefined) return 'token_used'
      if (one.decided === undefined) return 'permission_unknown'
      if (one.decided === 'denied') return 'permission_denied'
      if (one.decided.verifier !== verifier) return 'verifier_invalid'
      begun.delete(token)
      const handed = hand()
      const { consumerKey } = one.token
      const { subject } = one.decided
      given.set(handed.token, { consumerKey, subject, secret: handed.secret })
      return handed
    },
    token: (token) => given.get(token),
  }
}

const withQuery = (url: string, parameters: Readonly<Record<string, string>>): string =>
  `${url}${url.includes('?') ? '&' : '?'}${new URLSearchParams(parameters)}`
