/**
 * What of a request is signed besides its address and the protocol parameters.
 *
 * The query and a form are signed as they are sent. Any other body is signed by its hash, which
 * servers that do not know it take for a parameter like others.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc5849#section-3.4.1.3.1 | RFC 5849 §3.4.1.3.1}
 * @see {@link https://datatracker.ietf.org/doc/html/draft-eaton-oauth-bodyhash-00 | OAuth Request Body Hash}
 * @module
 */

import { bodyHash } from '../../protocol/oauth1/body-hash.ts'
import type { Parameter } from '../../protocol/oauth1/parameters.ts'
import type { SignatureMethod } from '../../protocol/oauth1/signature-method.ts'
import { parsePairs } from '../../protocol/parameters.ts'
import { isForm, type WholeRequest } from './whole-request.ts'

/** What an API may need; signing sorts all of it. */
const MOST = { maxLength: 1_048_576, maxParameters: 1_000 }

/**
 * The parameters of a query.
 *
 * @throws {TypeError} if it cannot be read, or has protocol parameters.
 */
export const queryParameters = (query: string): readonly Parameter[] => read(() => query)

/**
 * The parameters of the body, if it is a form.
 *
 * @throws {TypeError} if it cannot be read, or has protocol parameters.
 */
export const formParameters = (request: WholeRequest): readonly Parameter[] =>
  isForm(request) ? read(() => utf8.decode(request.body)) : []

/** The hash of a body that nothing else signs; nothing for PLAINTEXT either, which signs nothing. */
export async function hashToSign(
  method: SignatureMethod,
  request: WholeRequest,
): Promise<string | undefined> {
  const { body } = request
  if (method === 'PLAINTEXT' || body === undefined || body.length === 0) return undefined
  // §4.1.1 of the draft: not with a form.
  return isForm(request) ? undefined : bodyHash(method, body)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function read(encoded: () => string): readonly Parameter[] {
  const parameters = parse(encoded)
  // §3.1: none more than once. Those of another signature would make two of each.
  if (parameters.some(([name]) => name.startsWith('oauth_'))) {
    throw new TypeError('Leave parameters that begin with oauth_ to the signature.')
  }
  return parameters
}

function parse(encoded: () => string): readonly Parameter[] {
  try {
    return parsePairs(encoded(), MOST)
  } catch (cause) {
    throw new TypeError('The query or the form cannot be signed: it must be form-encoded UTF-8.', {
      cause,
    })
  }
}
