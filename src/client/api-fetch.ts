/**
 * Calling an API: a fresh token with each request, once more after a refusal, and with more scopes if
 * the user allows them.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization} on step-up
 * @module
 */

import { type ApiContext, type ApiRequest, apiRequest, discard } from './api-request.ts'
import { readChallenge } from './discovery/protected-resource.ts'
import { ClientError } from './errors.ts'
import type { KeptGrant } from './kept-grant.ts'
import { union } from './renew-grant.ts'
import type { TokenNeed } from './token-life.ts'

/** Where tokens come from, for one account at one resource. */
export interface TokenSupply {
  /** @throws {ClientError} if there is none. */
  obtain(need: TokenNeed): Promise<KeptGrant>
  /**
   * Has the user sign in, with at least these scopes.
   *
   * @throws the error, if nobody can be asked or has been asked often enough.
   */
  signIn(error: ClientError, challenge: string | null): Promise<KeptGrant>
  /** Whether there is anybody to ask. */
  readonly canAsk: boolean
  /** Whether to send a request without a token first, if there is none yet. */
  readonly waitsForChallenge: boolean
}

/** More step-ups than one request needs. */
const MOST_STEPS = 3

/**
 * Sends a request, and whatever it takes to have it accepted.
 *
 * @throws {ClientError} `sign_in_needed` or `scope_needed` if a user is needed and none is there.
 */
export async function apiFetch(
  context: ApiContext,
  supply: TokenSupply,
  ...[input, init, scopes]: [string | URL | Request, RequestInit | undefined, (readonly string[])?]
): Promise<Response> {
  const request = apiRequest(context, input, init)
  const first = await firstGrant(request, supply, { scopes })
  if ('answer' in first) return first.answer
  let { grant } = first
  let response = await request.send(grant)
  if (response.status === 401 && request.isRepeatable) {
    const renewed = await afterRefusal(supply, grant, response)
    if (renewed !== undefined) {
      await discard(response)
      grant = renewed.grant
      response = await request.send(grant)
    }
    // What its server has just given is refused too: it may trust another server now.
    if (response.status === 401 && renewed?.asked === false && supply.canAsk) {
      await discard(response)
      grant = await supply.signIn(notTrusted(), challengeOf(response))
      response = await request.send(grant)
    }
  }
  return stepUp(request, supply, { grant, response })
}

/**
 * The token to begin with. Where the API is to say what it wants, the request goes as it is: its answer
 * counts if it is no refusal.
 */
async function firstGrant(
  request: ApiRequest,
  supply: TokenSupply,
  need: TokenNeed,
): Promise<{ readonly grant: KeptGrant } | { readonly answer: Response }> {
  if (!supply.waitsForChallenge || !request.isRepeatable) return obtain(supply, need, null)
  try {
    return { grant: await supply.obtain(need) }
  } catch (error) {
    if (!isUserNeeded(error)) throw error
    const answer = await request.send(undefined)
    if (answer.status !== 401) return { answer }
    await discard(answer)
    return { grant: await supply.signIn(error, challengeOf(answer)) }
  }
}

interface Obtained {
  readonly grant: KeptGrant
  /** Whether the user was asked for it. */
  readonly asked: boolean
}

/** A token, after a sign-in if it takes one. */
async function obtain(
  supply: TokenSupply,
  need: TokenNeed,
  challenge: string | null,
): Promise<Obtained> {
  try {
    return { grant: await supply.obtain(need), asked: false }
  } catch (error) {
    if (!isUserNeeded(error)) throw error
    return { grant: await supply.signIn(error, challenge), asked: true }
  }
}

const isUserNeeded = (error: unknown): error is ClientError =>
  error instanceof ClientError && (error.code === 'sign_in_needed' || error.code === 'scope_needed')

const challengeOf = ({ headers }: Response): string | null => headers.get('www-authenticate')

/**
 * Has another token ready after a refusal of a request that somebody else sent.
 *
 * @param grant - What it was sent with.
 * @throws {ClientError} `sign_in_needed` or `scope_needed` if a user is needed and none is there.
 */
export async function meetRefusal(
  supply: TokenSupply,
  grant: KeptGrant | undefined,
  response: Response,
): Promise<void> {
  const header = challengeOf(response)
  const { error, scopes } = readChallenge(header)
  if (response.status === 403 && error === 'insufficient_scope' && scopes !== undefined) {
    await obtain(supply, { scopes: union(grant?.scopes, scopes) }, header)
  } else if (response.status === 401 && grant === undefined) {
    await supply.signIn(new ClientError('sign_in_needed', 'Sign in.'), header)
  } else if (response.status === 401 && grant !== undefined) {
    await afterRefusal(supply, grant, response)
  }
}

/** Another token than the refused one; nothing if the refusal is not about the token. */
async function afterRefusal(
  supply: TokenSupply,
  grant: KeptGrant,
  response: Response,
): Promise<Obtained | undefined> {
  const challenge = challengeOf(response)
  const { error } = readChallenge(challenge)
  if (error !== undefined && error !== 'invalid_token') return undefined
  return obtain(supply, { rejected: grant.accessToken.reveal('comparing') }, challenge)
}

/** §11 of the MCP flow: what was had and what is asked for, together, and not for ever. */
async function stepUp(
  request: ApiRequest,
  supply: TokenSupply,
  last: { grant: KeptGrant; response: Response },
): Promise<Response> {
  let { grant, response } = last
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const header = challengeOf(response)
    const { error, scopes } = readChallenge(header)
    if (response.status !== 403 || error !== 'insufficient_scope') return response
    if (!request.isRepeatable || scopes === undefined) return response
    await discard(response)
    const needed = union(grant.scopes, scopes)
    const isMore = scopes.some((scope) => !grant.scopes.includes(scope))
    grant = isMore
      ? (await obtain(supply, { scopes: needed }, header)).grant
      : await supply.signIn(notEnough(needed), header)
    response = await request.send(grant)
  }
  return response
}

/** The server says no to what it gave itself; perhaps another user may. */
const notEnough = (scopes: readonly string[]) =>
  new ClientError('scope_needed', 'Sign in again and allow it.', { scopes })

/** It refuses what the server that it named has just given. */
const notTrusted = () =>
  new ClientError('sign_in_needed', 'It does not take the tokens of its server. Sign in again.')
