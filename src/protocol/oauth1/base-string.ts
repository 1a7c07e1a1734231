/**
 * The signature base string: what of a request is signed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1 | RFC 5849 §3.4.1}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { normalizeParameters, type Parameter } from './parameters.ts'
import { percentEncode } from './percent-encoding.ts'

/** What is signed besides parameters. */
export interface SignedRequest {
  readonly method: string
  /** From {@link baseStringUri}. */
  readonly uri: string
  /** Those of the query, the header and a form; `oauth_signature` is left out. */
  readonly parameters: readonly Parameter[]
}

/**
 * Writes what is signed.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.1 | RFC 5849 §3.4.1.1}
 */
export function signatureBaseString({ method, uri, parameters }: SignedRequest): string {
  const signed = parameters.filter(([name]) => name !== 'oauth_signature')
  return [method.toUpperCase(), uri, normalizeParameters(signed)].map(percentEncode).join('&')
}

/** An absolute address as it stands: a URL parser would rewrite paths that were signed as they are. */
const ADDRESS = /^(https?):\/\/([^/?#@]+)(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/i
const AUTHORITY = /^([a-z0-9\-._~%!$&'()*+,;=]+|\[[0-9a-f:.]+\])(?::(\d{0,5}))?$/
const VISIBLE = /^[\x21-\x7e]+$/

/** An address, taken apart. */
export interface RequestAddress {
  /** What is signed of it besides the query. */
  readonly uri: string
  /** The host, with its port unless that is the scheme's own. */
  readonly authority: string
  /** The query as it was sent, without its question mark. */
  readonly query: string
}

/**
 * Takes an address apart and writes the base string URI
 * ({@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.2 | RFC 5849 §3.4.1.2}).
 *
 * @throws {OAuthError} `invalid_request` if it is not an absolute http or https address.
 */
export function parseRequestAddress(url: string): RequestAddress {
  const [, givenScheme = '', given = '', path = '/', query = ''] = ADDRESS.exec(url) ?? []
  const scheme = givenScheme.toLowerCase()
  const [, host, digits = ''] = AUTHORITY.exec(given.toLowerCase()) ?? []
  if (host === undefined || !VISIBLE.test(url)) {
    throw new OAuthError('invalid_request', 'The address of the request is malformed.')
  }
  const port = Number(digits)
  const isDefault = digits === '' || port === (scheme === 'https' ? 443 : 80)
  const authority = isDefault ? host : `${host}:${port}`
  return { uri: `${scheme}://${authority}${path}`, authority, query }
}
