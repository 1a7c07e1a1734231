/**
 * A signed request as a guard takes it: its protocol parameters in the header, wherever they were. What
 * is signed is the same in all three places.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.5 | RFC 5849 §3.5}
 * @module
 */

import type { GuardRequest } from '../../guard/request.ts'
import {
  formatOAuth1Authorization,
  parseOAuth1Authorization,
} from '../../protocol/oauth1/authorization.ts'
import type { Parameter } from '../../protocol/oauth1/parameters.ts'
import { parsePairs } from '../../protocol/parameters.ts'

/** A request for a guard, and its body. */
export interface InHeader {
  readonly request: GuardRequest
  readonly body: Uint8Array
}

/**
 * Moves the parameters into the header. Of a request that has some there already nothing is moved, so
 * that whoever checks it sees them in two places.
 *
 * @throws {OAuthError} `invalid_request` if query or form are malformed.
 */
export async function inHeader(request: Request): Promise<InHeader> {
  const { method, url } = request
  const headers = new Headers(request.headers)
  const body = new Uint8Array(await request.arrayBuffer())
  const asSent = { request: { method, url, headers }, body }
  if (headers.has('authorization')) return asSent

  const [address = '', query = ''] = url.replace(/#.*$/s, '').split(/\?(.*)/s)
  const ofQuery = apart(query)
  const isForm = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')
  const ofForm = apart(isForm ? new TextDecoder().decode(body) : '')
  const parameters = [...ofQuery.protocol, ...ofForm.protocol]
  if (parameters.length === 0) return asSent
  headers.set('authorization', formatOAuth1Authorization({ parameters }))
  return {
    request: { method, url: `${address}?${ofQuery.rest}`.replace(/\?$/, ''), headers },
    body: isForm ? new TextEncoder().encode(ofForm.rest) : body,
  }
}

/** What of a query or a form is a protocol parameter, and the rest as it was sent. */
function apart(encoded: string): {
  readonly protocol: readonly Parameter[]
  readonly rest: string
} {
  const sent = encoded.split('&').map((pair) => ({ pair, read: parsePairs(pair) }))
  const isProtocol = ({ read }: (typeof sent)[number]) => read[0]?.[0].startsWith('oauth_') ?? false
  return {
    protocol: sent.filter(isProtocol).flatMap(({ read }) => read),
    rest: sent
      .filter((one) => !isProtocol(one))
      .map(({ pair }) => pair)
      .join('&'),
  }
}

/** The protocol parameters of a request that a guard has let in. */
export function protocolParameters({ headers }: GuardRequest): ReadonlyMap<string, string> {
  const [, credentials = ''] = /^\S+ (.*)$/s.exec(headers.get('authorization') ?? '') ?? []
  return new Map(parseOAuth1Authorization(credentials).parameters)
}
