/**
 * Calling an API: a fresh token with each request, once more after a refusal, and with more scopes if
 * the user allows them.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization | MCP authorization} on step-up
 * @module
 */

import { type ApiContext, type ApiRequest, apiRequest } from './api-request.ts'
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
  let grant = await obtain(supply, { scopes }, null)
  let response = await request.send(grant)
  if (response.status === 401 && request.isRepeatable) {
    const renewed = await afterRefusal(supply, grant, response)
    if (renewed !== undefined) {
      await response.body?.cancel()
      grant = renewed
      response = await request.send(grant)
    }
  }
  return stepUp(request, supply, { grant, response })
}

/** A token, after a sign-in if it takes one. */
async function obtain(supply: TokenSupply, need: TokenNeed, challenge: string | null) {
  try {
    return await supply.obtain(need)
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    if (error.code !== 'sign_in_needed' && error.code !== 'scope_needed') throw error
    return supply.signIn(error, challenge)
  }
}

/** Another token than the refused one; nothing if the refusal is not about the token. */
async function afterRefusal(
  supply: TokenSupply,
  grant: KeptGrant,
  response: Response,
): Promise<KeptGrant | undefined> {
  const challenge = response.headers.get('www-authenticate')
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
    const header = response.headers.get('www-authenticate')
    const { error, scopes } = readChallenge(header)
    if (response.status !== 403 || error !== 'insufficient_scope') return response
    if (!request.isRepeatable || scopes === undefined) return response
    await response.body?.cancel()
    const needed = union(grant.scopes, scopes)
    const isMore = scopes.some((scope) => !grant.scopes.includes(scope))
    grant = isMore
      ? await obtain(supply, { scopes: needed }, header)
      : await supply.signIn(notEnough(needed), header)
    response = await request.send(grant)
  }
  return response
}

/** The server says no to what it gave itself; perhaps another user may. */
const notEnough = (scopes: readonly string[]) =>
  new ClientError('scope_needed', 'Sign in again and allow it.', { scopes })
