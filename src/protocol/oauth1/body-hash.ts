/**
 * OAuth Request Body Hash: a signature that also covers a body which is not a form.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/draft-eaton-oauth-bodyhash-00 | OAuth Request Body Hash}
 * @module
 */

import { encodeBase64 } from '../base64.ts'
import { hashOf, type SignatureMethod } from './signature-method.ts'

/**
 * The value of `oauth_body_hash`: the body under the hash of the method. A body that is not there
 * counts as empty.
 *
 * @see {@link https://datatracker.ietf.org/doc/html/draft-eaton-oauth-bodyhash-00#section-3.2 | OAuth Request Body Hash §3.2}
 */
export async function bodyHash(
  method: SignatureMethod,
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  return encodeBase64(new Uint8Array(await crypto.subtle.digest(hashOf(method), body)))
}
