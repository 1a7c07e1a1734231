/**
 * Answers to an authorization request: back to the client, always with `iss` and `state`.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2 | RFC 6749 §4.1.2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9207#section-2 | RFC 9207 §2}
 * @module
 */

import type { OAuthError } from '../../errors.ts'
import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'

/** Where an answer goes. */
export interface ResponseTarget {
  readonly redirectUri: string
  readonly state: string | null
}

/** The address that carries an answer to the client. */
export function responseUrl(
  target: ResponseTarget,
  answer: Readonly<Record<string, string>>,
  { issuer }: ServerContext,
): string {
  const query = new URLSearchParams({
    ...answer,
    ...(target.state === null ? {} : { state: target.state }),
    iss: issuer,
  })
  // Appended as text: parsing and printing would change a byte of what was registered.
  const separator = target.redirectUri.includes('?') ? '&' : '?'
  return `${target.redirectUri}${separator}${query}`
}

/** The address that carries an error to the client. */
export function errorUrl(
  target: ResponseTarget,
  error: OAuthError,
  context: ServerContext,
): string {
  const { error: code, error_description, error_uri } = error.toJSON()
  return responseUrl(target, { error: code, error_description, error_uri }, context)
}

/**
 * Whether errors for a client are shown and not carried to it, because it was using us to send
 * browsers there (SIG-12). Whoever is vouched for is trusted with its own address.
 */
export const holdsErrors = (
  { id, verified }: Pick<Client, 'id' | 'verified'>,
  { holdsRedirects }: ServerContext,
): boolean => !verified && holdsRedirects(id)

/**
 * Sends the browser on, by GET whatever came before.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.12 | RFC 9700 §4.12} on 303 and never 307
 */
export function redirect(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({
    location,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
