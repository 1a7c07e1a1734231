/**
 * Calling APIs with the token of the user: only those it is for, and once more after it was renewed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 | RFC 6750 §2.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-7.1 | RFC 9449 §7.1}
 * @module
 */

import { BrowserError } from './errors.ts'
import { isApi } from './options.ts'
import type { Session } from './session.ts'
import type { TokenContext } from './token-endpoint.ts'

/** Where tokens come from. */
export interface TokenSource {
  live(): Promise<Session>
  renew(stale: Session): Promise<Session>
}

/** Makes the `fetch` of a client. */
export function createApiFetch(
  { settings, surroundings, prover }: TokenContext,
  { live, renew }: TokenSource,
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  const { navigation, fetch } = surroundings

  const send = async (request: Request, session: Session): Promise<Response> => {
    const { url, method } = request
    const { accessToken, tokenType } = session
    request.headers.set('authorization', `${tokenType} ${accessToken}`)
    const proof = await prover?.prove({ method, url, accessToken })
    if (proof !== undefined) request.headers.set('dpop', proof)
    const response = await fetch(request)
    prover?.learn(url, response.headers)
    return response
  }

  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, navigation.current())
    if (!isApi(settings, url)) {
      throw new BrowserError('url_refused', 'Name it in the `apis` of the client.', {
        detail: `${url.origin}${url.pathname}`,
      })
    }
    // Where a redirection leads is not known before, and the token is not for there.
    const request = new Request(input instanceof Request ? input : url, {
      redirect: 'error',
      ...init,
    })
    // A body can be read once: a copy is for the case that it has to be sent again.
    const again = request.clone()
    const session = await live()
    const first = await send(request, session)
    if (first.status !== 401) return first
    const isNonceWanted = /\berror="?use_dpop_nonce/.test(
      first.headers.get('www-authenticate') ?? '',
    )
    if (isNonceWanted) return send(again, session)
    if (session.refreshToken === undefined) return first
    return send(again, await renew(session))
  }
}
