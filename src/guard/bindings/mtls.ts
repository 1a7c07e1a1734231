/**
 * Tokens bound to the certificate that the client shows in TLS.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-3 | RFC 8705 §3}
 * @module
 */

import { certificateThumbprint } from '../../protocol/client-certificate.ts'
import { refuseToken } from '../../protocol/jwt-claims.ts'
import type { Binding } from './binding.ts'

export const mtls: Binding = {
  member: 'x5t#S256',
  async check(expected, _, { connection: { clientCertificate } }) {
    if (clientCertificate === undefined) {
      return refuseToken('bound to a certificate, and the connection has none')
    }
    const actual = await certificateThumbprint(clientCertificate)
    if (typeof expected !== 'string' || !isSame(expected, actual)) {
      return refuseToken(`bound to another certificate than ${actual}`)
    }
    return { binding: 'mtls' }
  },
}

/** Takes the same time wherever they differ. */
function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let at = 0; at < other.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}
