/**
 * ID tokens: who signed in. Claims and signature are always both checked, also over a direct connection.
 *
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation | OpenID Connect Core §3.1.3.7}
 * @module
 */

import { base64url } from 'jose'
import * as oauth from 'oauth4webapi'
import { isPrintable } from '../protocol/jwt-claims.ts'
import { ClientError } from './errors.ts'
import { libraryFetch, plainHttp } from './library.ts'
import type { Party } from './party.ts'
import { endpointOf } from './server.ts'

/** The claims of a verified ID token. */
export type IdTokenClaims = oauth.IDToken

/** What an ID token is held against. */
export interface IdTokenRules {
  readonly party: Party
  readonly client: oauth.Client
  readonly nonce: string
  readonly maxAge?: number | undefined
  /** The answer that it came with. */
  readonly tokens: oauth.TokenEndpointResponse
}

/** Only public-key signatures: a secret that both know proves nothing about who signed. */
const ALGORITHMS = [
  'RS256',
  'PS256',
  'ES256',
  'ES384',
  'ES512',
  'RS384',
  'RS512',
  'PS384',
  'PS512',
  'EdDSA',
  'Ed25519',
]

/**
 * Verifies an ID token.
 *
 * @throws {ClientError} `response_mismatch` if anything about it is wrong, `unreachable` or `try_later`
 * if the keys cannot be had.
 */
export async function verifyIdToken(token: unknown, rules: IdTokenRules): Promise<IdTokenClaims> {
  const { party, client, nonce, maxAge, tokens } = rules
  const { metadata } = party.server
  const fetch = libraryFetch(party.transport, 'oauth:token')
  const options = { ...plainHttp(party.server), [oauth.customFetch]: fetch }
  const answer = {
    ...tokens,
    token_type: 'bearer',
    ...(isPrintableToken(token) ? { id_token: token } : {}),
  }
  const response = Response.json(answer)
  try {
    const as = { ...metadata, id_token_signing_alg_values_supported: algorithmsOf(metadata) }
    const processed = await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
      ...(maxAge === undefined ? {} : { maxAge }),
    })
    await oauth.validateApplicationLevelSignature(metadata, response, options)
    const claims = oauth.getValidatedIdTokenClaims(processed)
    if (claims === undefined) throw new Error('no ID token')
    await checkTokenHash(claims.at_hash, { token: String(token), accessToken: tokens.access_token })
    return claims
  } catch (cause) {
    if (cause instanceof ClientError) throw cause
    throw new ClientError('response_mismatch', 'The ID token cannot be trusted.', {
      // The library's causes hold the token itself, so only what it says is kept.
      detail: `${endpointOf(party.server, 'token_endpoint')}: ${cause instanceof Error ? cause.message : 'invalid'}`,
    })
  }
}

const isPrintableToken = (token: unknown): token is string =>
  typeof token === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)

/** What the server says it signs with, without what it must not. */
function algorithmsOf({ id_token_signing_alg_values_supported: said }: oauth.AuthorizationServer) {
  return said === undefined ? ['RS256'] : said.filter((alg) => ALGORITHMS.includes(alg))
}

/** `at_hash`, where there is one ({@link https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken | §3.1.3.6}). */
async function checkTokenHash(
  expected: unknown,
  { token, accessToken }: { readonly token: string; readonly accessToken: string },
): Promise<void> {
  if (expected === undefined) return
  const [header = ''] = token.split('.')
  const { alg } = JSON.parse(new TextDecoder().decode(base64url.decode(header)))
  const bits = isPrintable(alg) ? alg.slice(2) : ''
  const hash = ['256', '384', '512'].includes(bits) ? `SHA-${bits}` : 'SHA-512'
  const digest = await crypto.subtle.digest(hash, new TextEncoder().encode(accessToken))
  const half = new Uint8Array(digest).subarray(0, digest.byteLength / 2)
  if (base64url.encode(half) !== expected) throw new Error('at_hash is of another access token')
}
