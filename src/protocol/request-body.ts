/**
 * Reading the body of a request within a bound.
 *
 * @module
 */

import { OAuthError } from '../errors.ts'
import { readBounded } from './bounded-body.ts'

/**
 * The whole body, or nothing if it is longer than `maxBytes`.
 *
 * @throws {OAuthError} `invalid_request` if the peer goes away in the middle of it.
 */
export async function readRequestBody(
  { body }: Request,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  try {
    return await readBounded(body, maxBytes)
  } catch (cause) {
    throw new OAuthError('invalid_request', 'The request ended before its body did.', { cause })
  }
}
