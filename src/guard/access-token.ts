/**
 * The access token of a request, for the kinds of credentials that are one.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-2.1 | RFC 6750 §2.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-7.1 | RFC 9449 §7.1}
 * @module
 */

import { OAuthError } from '../errors.ts'
import type { Presented } from './presented.ts'

/**
 * The access token that a request presents, if it presents one. Whether it had to be sent with the
 * other of the two schemes is found out with its binding.
 *
 * @throws {OAuthError} `invalid_request` if it is more or less than one word.
 */
export function accessTokenOf({ in: place, scheme, credentials }: Presented): string | undefined {
  if (place !== 'authorization' || (scheme !== 'bearer' && scheme !== 'dpop')) return undefined
  // RFC 6750 §3.1: a malformed request is not the same as a token that is no longer good.
  if (isWord(credentials)) return credentials
  throw new OAuthError(
    'invalid_request',
    'The Authorization header must be the word Bearer or DPoP, a space and one access token.',
  )
}

/** One word; whether it is a token is for the verifier to say. Tokens are long, so no pattern goes over them. */
const isWord = (credentials: string) =>
  credentials !== '' && !credentials.includes(' ') && !credentials.includes('\t')
