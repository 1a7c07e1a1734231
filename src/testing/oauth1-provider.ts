/**
 * A small OAuth 1.0a provider: it hands out temporary credentials and tokens, and has an API behind them.
 * All three are guarded by a guard of Warder, so what it accepts is what a guard accepts.
 *
 * It takes parameters in all three places, which guards do not: here they are moved into the header.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-2 | RFC 5849 §2}
 * @module
 */

import { OAuthError } from '../errors.ts'
import { type OAuth1Consumer, type OAuth1Token, oauth1 } from '../guard/credentials/oauth1.ts'
import { createGuard, type Guard } from '../guard/guard.ts'
import { type Platform, systemPlatform } from '../platform.ts'
import { formatChallenge } from '../protocol/challenge.ts'
import {
  type AuthorizationPage,
  createAuthorizations,
  type Handed,
} from './oauth1-provider/authorizations.ts'
import { inHeader, protocolParameters } from './oauth1-provider/in-header.ts'

/** Whom a provider knows. */
export interface OAuth1ProviderOptions {
  readonly consumers: Readonly<Record<string, OAuth1Consumer>>
  readonly platform?: Platform
  /** `https://provider.test` unless told. */
  readonly origin?: string
}

/** A provider, called by `fetch` and not by way of a port. */
export interface OAuth1Provider {
  readonly endpoints: {
    readonly temporaryCredentialRequest: string
    readonly resourceOwnerAuthorization: string
    readonly tokenRequest: string
  }
  /** Answers a request. Every address but those of the endpoints is the API, which says who is calling. */
  readonly fetch: typeof globalThis.fetch
  /** The page that a user sees at an address; nothing if there is none to decide about. */
  page(url: string): AuthorizationPage | undefined
}

/**
 * Makes a provider.
 *
 * @throws {ConfigError} if the origin is not https.
 */
export function oauth1Provider(options: OAuth1ProviderOptions): OAuth1Provider {
  const { platform = systemPlatform, origin = 'https://provider.test' } = options
  const authorizations = createAuthorizations(platform)
  const endpoints = {
    temporaryCredentialRequest: `${origin}/initiate`,
    resourceOwnerAuthorization: `${origin}/authorize`,
    tokenRequest: `${origin}/token`,
  }
  const find = (key: string) =>
    Object.hasOwn(options.consumers, key) ? options.consumers[key] : undefined
  const guarded = (consumer: typeof find, token?: (name: string) => OAuth1Token | undefined) =>
    createGuard({
      ...{ resource: origin, platform },
      accept: [
        oauth1({
          ...{ consumer, plaintext: true, url: ({ url }) => url },
          ...(token === undefined ? {} : { token }),
        }),
      ],
    })

  const initiate: Answer = ({ clientId = '', sent }) => {
    const callback = sent.get('oauth_callback')
    if (callback === undefined) return problem(origin, 400, 'parameter_absent')
    return credentials(authorizations.begin(clientId, callback), {
      oauth_callback_confirmed: 'true',
    })
  }
  const token: Answer = ({ sent }) => {
    const name = sent.get('oauth_token') ?? ''
    const handed = authorizations.exchange(name, sent.get('oauth_verifier'))
    return typeof handed === 'string' ? problem(origin, 401, handed) : credentials(handed)
  }
  const routes: Readonly<Record<string, Route>> = {
    [endpoints.temporaryCredentialRequest]: {
      answer: initiate,
      guard: guarded((key) => {
        const known = find(key)
        return known && { ...known, itself: { subject: key } }
      }),
    },
    [endpoints.tokenRequest]: { answer: token, guard: guarded(find, authorizations.temporary) },
  }
  const api = { answer: whoCalls, guard: guarded(find, authorizations.token) }

  return {
    endpoints,
    async fetch(input, init) {
      const request = new Request(input, init)
      const route = routes[request.url.replace(/[?#].*$/s, '')] ?? api
      const response = await answerOf(route, request)
      response.headers.set('date', new Date(platform.now()).toUTCString())
      return response
    },
    page: (url) => authorizations.page(new URL(url).searchParams.get('oauth_token') ?? ''),
  }
}

/** A request that was let in. */
interface Admitted {
  readonly subject: string
  readonly clientId: string | undefined
  readonly sent: ReadonlyMap<string, string>
  readonly method: string
  readonly body: Uint8Array
}

type Answer = (admitted: Admitted) => Response

interface Route {
  readonly guard: Guard
  readonly answer: Answer
}

async function answerOf({ guard, answer }: Route, asked: Request): Promise<Response> {
  try {
    const { request, body } = await inHeader(asked)
    const caller = await guard.check(request, undefined, { body: async () => body })
    if (caller instanceof Response) return caller
    const { subject, clientId } = caller
    return answer({
      subject,
      clientId,
      sent: protocolParameters(request),
      method: request.method,
      body,
    })
  } catch (error) {
    if (error instanceof OAuthError) return error.toResponse()
    throw error
  }
}

const whoCalls: Answer = ({ subject, clientId, method, body }) =>
  Response.json({ subject, consumer: clientId, method, body: new TextDecoder().decode(body) })

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

const credentials = ({ token, secret }: Handed, more: Readonly<Record<string, string>> = {}) =>
  new Response(
    `${new URLSearchParams({ oauth_token: token, oauth_token_secret: secret, ...more })}`,
    {
      headers: { ...FORM, 'cache-control': 'no-store' },
    },
  )

const problem = (realm: string, status: number, name: string) =>
  new Response(`oauth_problem=${name}`, {
    status,
    headers: {
      ...FORM,
      'www-authenticate': formatChallenge('OAuth', { realm, oauth_problem: name }),
    },
  })
