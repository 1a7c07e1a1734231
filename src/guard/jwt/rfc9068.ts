/**
 * Access tokens as RFC 9068 has them: every one says that it is one, what it is called, and by means of
 * which client it came.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-2 | RFC 9068 §2}
 * @module
 */

import {
  areTexts,
  checkClaims,
  isNumericDate,
  isPrintable,
  refuseToken,
  scopesOf,
  type VerifiedClaims,
} from '../../protocol/jwt-claims.ts'
import type { Identity } from '../credentials/credential.ts'
import type { AccessTokenClaims } from '../principal.ts'
import type { Rfc9068Issuer } from './issuer-options.ts'
import type { Draft, Profile, ProfileRules } from './profile.ts'

/** Makes the profile of an issuer. */
export const rfc9068 = (
  { isRevoked }: Pick<Rfc9068Issuer, 'isRevoked'>,
  rules: ProfileRules,
): Profile => ({
  typ: ['at+jwt'],
  read(token) {
    const claims = checkAccessToken(checkClaims(token.claims, rules))
    const identity = identityOf(claims, token.keyId)
    return isRevoked === undefined ? { identity } : { identity, isRevoked: () => isRevoked(claims) }
  },
})

/** Checks what access tokens say beyond other tokens ({@link https://www.rfc-editor.org/rfc/rfc9068#section-2.2 | §2.2}). */
function checkAccessToken(claims: VerifiedClaims): AccessTokenClaims {
  const { client_id, scope, roles, sid, cid, cnf } = claims
  const { auth_time, acr, amr } = claims
  if (!isPrintable(client_id)) return refuseToken('client_id is missing or not a plain text')
  if (scope !== undefined && typeof scope !== 'string') return refuseToken('scope is not a text')
  if (roles !== undefined && !areTexts(roles))
    return refuseToken('roles is not a list of plain texts')
  if (sid !== undefined && !isPrintable(sid)) return refuseToken('sid is not a plain text')
  if (cid !== undefined && !isPrintable(cid)) return refuseToken('cid is not a plain text')
  if (cnf !== undefined && (typeof cnf !== 'object' || cnf === null)) {
    return refuseToken('cnf is not an object')
  }
  if (auth_time !== undefined && !isNumericDate(auth_time)) {
    return refuseToken('auth_time is not a date')
  }
  if (acr !== undefined && !isPrintable(acr)) return refuseToken('acr is not a plain text')
  if (amr !== undefined && !areTexts(amr)) return refuseToken('amr is not a list of plain texts')
  return claims as AccessTokenClaims
}

function identityOf(claims: AccessTokenClaims, keyId: string | undefined): Identity {
  const { sid, cid, cnf, auth_time, acr, amr } = claims
  const identity: Draft = {
    subject: claims.sub,
    clientId: claims.client_id,
    issuer: claims.iss,
    scopes: scopesOf(claims.scope),
    roles: claims.roles ?? [],
    credentialId: claims.jti,
    expiresAt: claims.exp * 1000,
    claims,
  }
  if (sid !== undefined) identity.familyId = sid
  if (cid !== undefined) identity.correlationId = cid
  if (auth_time !== undefined) identity.authTime = auth_time * 1000
  if (acr !== undefined) identity.acr = acr
  if (amr !== undefined) identity.amr = amr
  if (cnf !== undefined) identity.confirmation = cnf
  if (keyId !== undefined) identity.keyId = keyId
  return identity
}
