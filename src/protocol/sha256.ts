/**
 * SHA-256 of a text, at once where the platform can.
 *
 * @module
 */

import { base64url } from 'jose'
import type { NowOrLater } from './now-or-later.ts'
import { findNativeCrypto } from './signatures/native-crypto.ts'

/** Makes the function that answers the digest of a text in base64url. */
export function textDigest(): (text: string) => NowOrLater<string> {
  const native = findNativeCrypto()
  if (native !== undefined) return (text) => native.hash('sha256', text, 'base64url')
  const encoder = new TextEncoder()
  return async (text) => {
    const digest = await crypto.subtle.digest('SHA-256', encoder.encode(text))
    return base64url.encode(new Uint8Array(digest))
  }
}
