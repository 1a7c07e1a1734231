/**
 * One request to an API with a token: where it may go, and how often it is tried.
 *
 * A token leaves only for the origins it is for. Redirects are handed back to the caller, never followed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 | RFC 6750 §2.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-7.1 | RFC 9449 §7.1}
 * @module
 */

import type { DpopKeys } from './dpop-keys.ts'
import { ClientError } from './errors.ts'
import type { KeptGrant } from './kept-grant.ts'
import { shown } from './outward-url.ts'
import { type Tell, withoutQuery } from './trace.ts'
import type { Fetch } from './transport.ts'

/** What sending needs. */
export interface ApiContext {
  readonly fetch: Fetch
  readonly dpopKeys: DpopKeys
  readonly tell: Tell
  readonly origins: readonly string[]
}

/** A request that may be sent more than once. */
export interface ApiRequest {
  readonly url: string
  /** Whether its body can be sent again. */
  readonly isRepeatable: boolean
  /** @param grant - Nothing to send it as it is, without a token. */
  send(grant: KeptGrant | undefined): Promise<Response>
}

/**
 * Prepares a request.
 *
 * @throws {ClientError} `url_refused` if tokens are not for there.
 */
export function apiRequest(
  context: ApiContext,
  input: string | URL | Request,
  init: RequestInit = {},
): ApiRequest {
  const asked = input instanceof Request ? input : undefined
  const url = asked?.url ?? String(input)
  checkOrigin(url, context.origins)
  const method = (init.method ?? asked?.method ?? 'GET').toUpperCase()
  const given = init.headers ?? asked?.headers

  async function sendOnce(grant: KeptGrant | undefined): Promise<Response> {
    const headers = new Headers(given)
    if (grant !== undefined) {
      const accessToken = grant.accessToken.reveal('a request to its resource')
      headers.set('authorization', `${grant.tokenType} ${accessToken}`)
      const signer = await context.dpopKeys.of(grant)
      if (signer !== undefined)
        headers.set('dpop', await signer.proof({ method, url, accessToken }))
    }
    const response = await context.fetch(asked?.clone() ?? url, {
      ...init,
      ...{ method, headers, redirect: 'manual' },
    })
    context.tell('oauth:request', () => `${response.status} ${method} ${withoutQuery(url)}`)
    return response
  }

  const isRepeatable = !(init.body instanceof ReadableStream)
  return {
    url,
    isRepeatable,
    async send(grant) {
      const response = await sendOnce(grant)
      const signer = grant === undefined ? undefined : await context.dpopKeys.of(grant)
      const hasNonce = signer?.remember(url, response.headers) === true
      if (!hasNonce || !isRepeatable || !wantsNonce(response)) return response
      await discard(response)
      return sendOnce(grant)
    },
  }
}

/** Lets go of an answer that another request follows; whether its body was whole does not matter then. */
export const discard = async ({ body }: Response): Promise<void> => body?.cancel().catch(() => {})

const wantsNonce = ({ status, headers }: Response): boolean =>
  status === 401 && /\buse_dpop_nonce\b/.test(headers.get('www-authenticate') ?? '')

function checkOrigin(url: string, origins: readonly string[]): void {
  const origin = URL.canParse(url) ? new URL(url).origin : undefined
  if (origin !== undefined && origins.includes(origin)) return
  throw new ClientError('url_refused', 'Name its origin in apiOrigins if tokens are for it.', {
    detail: `${shown(withoutQuery(url))} is not on ${origins.join(', ') || 'any origin'}`,
  })
}
