/**
 * Reading the body of a request within a bound.
 *
 * @module
 */

import { OAuthError } from '../errors.ts'
import { readBounded } from './bounded-body.ts'

/** Requests whose bodies are as long as they say. */
const framed = new WeakSet<Request>()

/**
 * Says that a request came through an HTTP parser, which ends a body where its `Content-Length` does.
 * Such a body can be taken whole; a stream, whose every piece is counted, costs as much as all the
 * rest of a token request.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112#section-6.3 | RFC 9112 §6.3}
 */
export const holdToLength = (request: Request): void => void framed.add(request)

/**
 * The whole body, or nothing if it is longer than `maxBytes`.
 *
 * @throws whatever the platform does if the peer goes away in the middle of it.
 */
export async function readWithin(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const length = framed.has(request) ? request.headers.get('content-length') : null
  if (length === null) return readBounded(request.body, maxBytes)
  return Number(length) <= maxBytes ? new Uint8Array(await request.arrayBuffer()) : undefined
}

/**
 * The whole body, or nothing if it is longer than `maxBytes`.
 *
 * @throws {OAuthError} `invalid_request` if the peer goes away in the middle of it.
 */
export async function readRequestBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  try {
    return await readWithin(request, maxBytes)
  } catch (cause) {
    throw new OAuthError('invalid_request', 'The request ended before its body did.', { cause })
  }
}
