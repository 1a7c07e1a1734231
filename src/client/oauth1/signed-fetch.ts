/**
 * A `fetch` that signs.
 *
 * A signature is good for one address, so redirects are handed back to the caller. Where you allow it,
 * what a service redirects within its own origin is signed anew.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.2 | RFC 5849 §3.4.1.2}
 * @module
 */

import type { Fetch } from '../transport.ts'
import type { OAuth1TokenCredentials } from './credentials.ts'
import type { ServerClocks } from './server-clocks.ts'
import type { Sign } from './signer.ts'
import { readWhole, toSend, type WholeRequest } from './whole-request.ts'

/** What a signed fetch is made of. */
export interface SignedFetchParts {
  readonly sign: Sign
  readonly clocks: ServerClocks
  readonly fetch: Fetch
  /** Whether redirects within an origin are followed. */
  readonly redirects: 'refused' | 'same-origin'
}

/** As many as a `fetch` that is asked for one page may need; browsers give up after 20. */
const MOST_REDIRECTS = 5

/** Makes the `fetch` for a token, or for none. */
export function signedFetch(parts: SignedFetchParts, token?: OAuth1TokenCredentials): Fetch {
  return async (input, init) => {
    const asked = new Request(input, init)
    const mayFollow = parts.redirects === 'same-origin' && asked.redirect === 'follow'
    let request = await readWhole(asked)
    let response = await sendSigned(parts, request, token)
    for (let left = mayFollow ? MOST_REDIRECTS : 0; left > 0; left--) {
      const next = redirected(request, response)
      if (next === undefined) break
      await response.body?.cancel()
      request = next
      response = await sendSigned(parts, request, token)
    }
    return response
  }
}

/** Sends a request, and once more if all that was wrong was the time. */
async function sendSigned(
  { sign, clocks, fetch }: SignedFetchParts,
  request: WholeRequest,
  token: OAuth1TokenCredentials | undefined,
): Promise<Response> {
  const { url } = request
  const send = async () =>
    fetch(toSend(await sign(request, { token, clockOffset: clocks.offsetOf(url) })))
  const response = await send()
  const { ok, status, headers } = response
  if (ok || !clocks.learn(url, { status, headers })) return response
  await response.body?.cancel()
  return send()
}

const REDIRECTS = [301, 302, 303, 307, 308]

/** The request that a redirect within the origin asks for; nothing if the answer is none. */
function redirected(
  request: WholeRequest,
  { status, headers: answered }: Response,
): WholeRequest | undefined {
  const location = answered.get('location')
  if (!REDIRECTS.includes(status) || location === null) return undefined
  if (!URL.canParse(location, request.url)) return undefined
  const target = new URL(location, request.url)
  if (target.origin !== new URL(request.url).origin) return undefined
  const { href: url } = target
  const { method } = request
  const becomesGet =
    status === 303 ? method !== 'HEAD' : [301, 302].includes(status) && method === 'POST'
  if (!becomesGet) return { ...request, url }
  const headers = new Headers(request.headers)
  for (const name of ['content-type', 'content-length', 'content-encoding', 'content-language']) {
    headers.delete(name)
  }
  return { ...request, url, method: 'GET', headers, body: undefined }
}
