/**
 * A request to the token endpoint: the phases that all grants share, in one place.
 *
 * Client authentication → proof of possession → the request, once more if the server wants a nonce in
 * the proof → the answer, read strictly.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 | RFC 6749 §3.2}
 * @module
 */

import * as oauth from 'oauth4webapi'
import { isObject } from '../protocol/json-rpc.ts'
import type { DpopSigner } from './dpop.ts'
import { type Purpose, refusedBy } from './failure.ts'
import { isEmpty, libraryClient, plainHttp } from './library.ts'
import type { Party, TokenQuirks } from './party.ts'
import { endpointOf, type TrustedServer } from './server.ts'
import { readTokenAnswer, type TokenAnswer, type TokenAnswerRules } from './token-answer.ts'
import { type Answer, malformed } from './transport.ts'

/** One request for tokens. */
export interface TokenRequest {
  readonly grantType: string
  readonly parameters: Readonly<Record<string, string>>
  /** What `invalid_grant` is about: something a user gave, or something a machine brought. */
  readonly purpose: Purpose
  /** The key that the tokens shall be bound to. */
  readonly dpop?: DpopSigner | undefined
  readonly rules: TokenAnswerRules
}

/**
 * Asks for tokens.
 *
 * @throws {ClientError} `client_refused`, `sign_in_needed` or `refused` if the server refuses,
 * `unreachable` or `try_later` if nothing is lost, `answer_malformed` or `response_mismatch` if the
 * answer must not be used.
 */
export async function requestTokens(party: Party, request: TokenRequest): Promise<TokenAnswer> {
  const { server, authentication } = party
  const url = endpointOf(server, 'token_endpoint')
  const client = libraryClient(party)
  const send = () =>
    oauth.genericTokenEndpointRequest(
      server.metadata,
      client,
      authentication.apply,
      request.grantType,
      { ...request.parameters },
      { ...plainHttp(server), [oauth.customFetch]: fetchFor(party, request) },
    )
  let response = await send()
  if (request.dpop?.remember(url, response.headers) === true && (await wantsNonce(response))) {
    response = await send()
  }
  if (response.status !== 200) {
    const { status, headers } = response
    const json = await jsonOf(response)
    if (status >= 300 && status < 400) throw malformed(url, `redirects (${status})`)
    throw refusedBy(new URL(url).host, { status, headers, json }, request.purpose)
  }
  return readTokenAnswer(response, { party, client, rules: request.rules })
}

/** What the library sends, through our transport, and with what it does not know of. */
function fetchFor({ transport, quirks, server }: Party, { dpop }: TokenRequest) {
  return async (url: string, init: oauth.CustomFetchOptions<'POST', URLSearchParams>) => {
    const headers = new Headers(init.headers)
    if (dpop !== undefined) headers.set('dpop', await dpop.proof({ method: 'POST', url }))
    const sendsJson = quirks?.sendsJson === true
    if (sendsJson) headers.set('content-type', 'application/json')
    const body = sendsJson ? JSON.stringify(Object.fromEntries(init.body)) : init.body
    const answer = await transport.send('oauth:token', url, { method: 'POST', headers, body })
    return asResponse(answer, url, quirks, server)
  }
}

/** The answer as the library reads it: nothing but what belongs to RFC 6749 §5. */
function asResponse(
  answer: Answer,
  url: string,
  quirks: TokenQuirks | undefined,
  server: TrustedServer,
): Response {
  if (answer.status === 200 && !isObject(answer.json)) throw malformed(url, 'not a JSON object')
  const body =
    isObject(answer.json) && quirks?.readAnswer !== undefined
      ? quirks.readAnswer(answer.json)
      : answer.json
  const headers = new Headers({ 'content-type': 'application/json' })
  for (const name of ['dpop-nonce', 'retry-after']) {
    const value = answer.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  // Some answer errors with 200; an error is what it is.
  const isError = answer.status === 200 && isObject(body) && typeof body.error === 'string'
  const status = isError ? 400 : answer.status
  if (status < 200 || status > 599) throw malformed(url, `status ${status} of ${server.issuer}`)
  return new Response(isEmpty(status) ? null : JSON.stringify(body ?? null), { status, headers })
}

async function wantsNonce(response: Response): Promise<boolean> {
  if (response.status !== 400 && response.status !== 401) return false
  const json = await jsonOf(response.clone())
  return isObject(json) && json.error === 'use_dpop_nonce'
}

async function jsonOf(response: Response): Promise<unknown> {
  // It was written by us, in asResponse.
  return response.body === null ? undefined : response.json()
}
