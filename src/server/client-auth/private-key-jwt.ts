/**
 * A statement that the client signs instead of sending a secret, good once and for minutes.
 *
 * Stricter than its document where that is how servers were tricked: the audience is the issuer and
 * nothing else, in one text, so that what was signed for another server is worth nothing here; and
 * every assertion says when it was made, when it ends, and what it is called.
 *
 * Left out on purpose: `client_secret_jwt`, because the secret would have to be kept in the clear,
 * and the URL of the token endpoint as audience.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-3 | RFC 7523 §3}
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication | OpenID Connect Core §9}
 * @see {@link https://datatracker.ietf.org/doc/draft-ietf-oauth-rfc7523bis/ | draft-ietf-oauth-rfc7523bis} on the audience
 * @module
 */

import { decodeJwt } from 'jose'
import { OAuthError } from '../../errors.ts'
import { jwtRules, verifyJwt } from '../../protocol/jwt.ts'
import { isPrintable, quoted, type VerifiedClaims } from '../../protocol/jwt-claims.ts'
import type { Client } from '../clients/client.ts'
import type { ServerContext } from '../context.ts'
import type { ClientAuthMethod, Credentials } from './client-auth.ts'

/** The one kind of assertion ({@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 | RFC 7523 §2.2}). */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** From when it was made to its end, in seconds. */
const LONGEST_LIFE = 300

/** How far the client's clock may be ahead, in seconds. */
const TOLERANCE = 60

export const privateKeyJwt: ClientAuthMethod = {
  name: 'private_key_jwt',
  uses: 'client_assertion',
  find(_authorization, params) {
    const proof = params.get('client_assertion')
    const type = params.get('client_assertion_type')
    if (proof === undefined && type === undefined) return undefined
    if (proof === undefined || type === undefined) {
      throw new OAuthError(
        'invalid_request',
        'client_assertion and client_assertion_type go together.',
      )
    }
    if (type !== ASSERTION_TYPE) return undefined
    // RFC 7521 §4.2: client_id is not needed; if it is there, it is held against the subject below.
    return { clientId: params.get('client_id') ?? claimedSubject(proof), proof }
  },
  fault,
}

/** Whose assertion it says it is. Of no weight until it is verified. */
function claimedSubject(assertion: string): string {
  try {
    const { sub }: Readonly<Record<string, unknown>> = decodeJwt(assertion)
    return isPrintable(sub) ? sub : ''
  } catch {
    return ''
  }
}

async function fault(
  { proof = '' }: Credentials,
  client: Client,
  context: ServerContext,
): Promise<string | undefined> {
  try {
    const claims = await verify(proof, client, context)
    return (await isFirst(claims, client, context))
      ? undefined
      : `the assertion ${quoted(claims.jti)} was presented before`
  } catch (error) {
    // The same answer whatever the host of the keys did: the server is no probe for its network.
    if (error instanceof OAuthError) return error.detail ?? error.message
    throw error
  }
}

/** @throws {OAuthError} if the assertion is not the client's, or not for this server and this moment. */
async function verify(
  assertion: string,
  client: Client,
  { issuer, platform, clientKeys }: ServerContext,
): Promise<VerifiedClaims> {
  const now = () => platform.now()
  const claims = await verifyJwt(
    assertion,
    jwtRules({
      ...clientKeys.of(client),
      // Unnamed types and `JWT` are what clients send; the last is what the draft wants of them.
      typ: [undefined, 'jwt', 'client-authentication+jwt'],
      issuer: client.id,
      audience: issuer,
      now,
      tolerance: TOLERANCE,
    }),
  )
  const { sub, aud, iat, exp } = claims
  if (sub !== client.id) throw refusal(`sub is ${quoted(sub)}, iss is ${client.id}`)
  if (aud !== issuer) throw refusal('aud is a list')
  if (exp - iat > LONGEST_LIFE) throw refusal(`good for ${exp - iat} s, at most ${LONGEST_LIFE}`)
  if (exp * 1000 <= now()) throw refusal(`expired at ${exp}`)
  return claims
}

const refusal = (detail: string) =>
  new OAuthError('invalid_client', 'Client authentication failed.', { detail })

/** Asked last, so that nothing but a good assertion is ever remembered. */
function isFirst(
  { jti, iat, exp }: VerifiedClaims,
  { id }: Client,
  { replays }: ServerContext,
): Promise<boolean> {
  return replays.claim({
    kind: 'client_assertion',
    parts: [id, jti],
    issuedAt: (iat - TOLERANCE) * 1000,
    expiresAt: exp * 1000,
  })
}
