/**
 * ID tokens: who signed in, for the client that asked.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDToken | OpenID Connect Core §2}
 * @module
 */

import type { ServerContext } from '../context.ts'

/** What an ID token says. */
export interface IdTokenContent {
  readonly subject: string
  readonly clientId: string
  readonly nonce: string | null
  /** When the user signed in, in milliseconds since the epoch. */
  readonly authTime: number
}

/** Signs an ID token for the client. */
export function issueIdToken(content: IdTokenContent, context: ServerContext): string {
  const issuedAt = Math.floor(context.platform.now() / 1000)
  return context.keys.signer().sign('JWT', {
    iss: context.issuer,
    sub: content.subject,
    aud: content.clientId,
    iat: issuedAt,
    exp: issuedAt + context.settings.ttl.accessToken,
    auth_time: Math.floor(content.authTime / 1000),
    ...(content.nonce === null ? {} : { nonce: content.nonce }),
  })
}
