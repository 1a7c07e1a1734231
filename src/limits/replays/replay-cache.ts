/**
 * The contract of replay caches: what was presented once is refused from then on.
 *
 * A cache that can lose what it knew (a restart, another Redis) is only safe because it also knows
 * since when it knows everything: what may have been presented before that is refused, until its
 * own time is over.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-11.1 | RFC 9449 §11.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-3 | RFC 7523 §3} on `jti`
 * @module
 */

import { base64url } from 'jose'

/** What is presented, and may be presented once. */
export interface Presented {
  /** What it is, such as `dpop`: the same words as something else are something else. */
  readonly kind: string
  /** What makes it unique, such as the thumbprint of the key and `jti`. It is kept as a digest. */
  readonly parts: readonly string[]
  /**
   * The earliest it can have been presented, in milliseconds: its `iat`, less what is allowed to
   * clocks that run ahead; or when the nonce of ours that it carries was made.
   */
  readonly issuedAt: number
  /** From when on its own time refuses it, in milliseconds. */
  readonly expiresAt: number
}

/** Remembers what was presented. */
export interface ReplayCache {
  /**
   * Whether this is the first time, as far as can be known. Check everything else before.
   *
   * @returns `true` exactly once, in whatever process it is asked.
   * @throws {LimitsUnavailable} if it cannot be known now.
   * @throws {StoreUnavailable} if the store cannot serve now.
   */
  claim(presented: Presented): Promise<boolean>
}

/** How far the clocks of processes may be apart: so much longer everything is remembered. */
export const CLOCKS_APART = 60_000

/** SHA-256 of the kind and the parts, each with its length, so that none can pose as two. */
export async function claimKey({ kind, parts }: Presented): Promise<string> {
  const text = [kind, ...parts].map((part) => `${part.length}:${part}`).join('')
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return base64url.encode(new Uint8Array(digest))
}
