/**
 * Requests with the token of whoever is signed in; without one where nobody is and nobody needs to be.
 *
 * What a server refuses for lack of a token, or of a scope, is the client's affair: it renews, or has the
 * user sign in, and the request is sent again.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization}
 * @module
 */

import type { Client } from '../client/client.ts'
import { ClientError } from '../client/errors.ts'
import type { KeptGrant } from '../client/kept-grant.ts'
import { isSignInNeeded, timesOf } from '../client/token-life.ts'
import type { Platform } from '../platform.ts'
import { fetchHttp } from './fetch-http.ts'
import type { Http, HttpAnswer, HttpRequest } from './http.ts'

/** Where the tokens come from. */
export interface TokenSource {
  /** Whoever gets and renews them; made when it is first needed. */
  readonly client: () => Promise<Client>
  /** The latest one that is kept, if anybody is signed in: a quicker way to it, while it is good. */
  readonly kept?: () => Promise<KeptGrant | undefined>
}

/** A renewal, a sign-in and a step up. */
const MOST_REFUSALS = 3

/** What signing in takes besides. */
export interface SignedInOptions {
  /** Adds what goes with every request but the token, whichever way it goes. */
  readonly dressed: (http: Http) => Http
  readonly platform: Pick<Platform, 'now'>
}

/** Adds tokens to requests. Only for requests to the resource that the tokens are for. */
export function signedIn(
  http: Http,
  source: TokenSource,
  { dressed, platform }: SignedInOptions,
): Http {
  const plain = dressed(http)
  /** The server answers whoever it does not know, so there is no need to look for a token. */
  let isOpen = false
  /** Nothing but what was kept has been needed so far. */
  let isKeptEnough = source.kept !== undefined
  let kept: Promise<KeptGrant | undefined> | undefined

  const client = (): Promise<Client> => {
    isKeptEnough = false
    return source.client()
  }

  async function find(): Promise<KeptGrant | undefined> {
    if (isKeptEnough) {
      kept ??= source.kept?.()
      const grant = await kept
      if (grant === undefined || platform.now() < timesOf(grant).renewAt) return grant
    }
    try {
      return await (await client()).grant()
    } catch (error) {
      if (isSignInNeeded(error)) return undefined
      throw error
    }
  }

  /** @returns Whether to send the request again. */
  async function meet(answer: HttpAnswer, sent: KeptGrant | undefined): Promise<boolean> {
    const { refused } = await client()
    // Another request may have been refused before, and have it mended by now.
    if (!isSame(await find(), sent)) return true
    await refused(asResponse(answer), {}, sent)
    return !isSame(await find(), sent)
  }

  return {
    ...http,
    async send(request) {
      for (let refusals = 0; ; refusals++) {
        const grant = isOpen ? undefined : await find()
        // A token that is bound to a key takes a proof with each request.
        if (grant?.tokenType === 'DPoP') {
          return dressed(proving(await client(), request)).send(request)
        }
        const answer = await plain.send({ ...request, headers: withToken(request, grant) })
        if (!wantsMore(answer)) {
          isOpen = grant === undefined
          return answer
        }
        isOpen = false
        if (request.isBackground === true) {
          answer.close()
          throw new ClientError('sign_in_needed')
        }
        if (refusals === MOST_REFUSALS || !(await meet(answer, grant))) return answer
        answer.close()
      }
    },
  }
}

const withToken = ({ headers }: HttpRequest, grant: KeptGrant | undefined) =>
  grant === undefined ? headers : { ...headers, authorization: `Bearer ${tokenOf(grant)}` }

const tokenOf = ({ accessToken }: KeptGrant) => accessToken.reveal('a request to its resource')

const isSame = (one: KeptGrant | undefined, other: KeptGrant | undefined): boolean =>
  one === undefined || other === undefined ? one === other : tokenOf(one) === tokenOf(other)

/** Whether an answer asks for a token, or for one that allows more. */
const wantsMore = (answer: HttpAnswer): boolean =>
  answer.status === 401 ||
  (answer.status === 403 && /\binsufficient_scope\b/.test(answer.header('www-authenticate') ?? ''))

/** What a client looks at of a refusal. */
const asResponse = (answer: HttpAnswer): Response => {
  const challenge = answer.header('www-authenticate')
  const headers = challenge === undefined ? {} : { 'www-authenticate': challenge }
  return new Response(null, { status: answer.status, headers })
}

/** The way of requests whose token takes a proof: the client makes it, and meets refusals itself. */
const proving = ({ fetch }: Client, { isBackground }: HttpRequest): Http =>
  fetchHttp((input, init) => fetch(input, init, { mayAsk: isBackground !== true }))
