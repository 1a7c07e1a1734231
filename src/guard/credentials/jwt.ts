/**
 * Access tokens that are signed JSON Web Tokens, sent as bearer tokens.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068 | RFC 9068}
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750 | RFC 6750}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { jwtRules, verifyJwt } from '../../protocol/jwt.ts'
import { isPrintable, refuseToken, type VerifiedClaims } from '../../protocol/jwt-claims.ts'
import { parseScope } from '../../protocol/scope.ts'
import type { AccessTokenClaims } from '../principal.ts'
import type { CredentialKind } from './credential.ts'

/** One word; whether it is a token is for the verifier to say. */
const WORD = /^\S+$/

export const jwt: CredentialKind = {
  name: 'jwt',
  create({ issuer, resource, clockTolerance, ...settings }) {
    const rules = jwtRules({
      ...settings,
      typ: ['at+jwt'],
      issuer,
      audience: resource,
      tolerance: clockTolerance,
    })
    return async ({ scheme, credentials }) => {
      if (scheme !== 'bearer') return undefined
      // RFC 6750 §3.1: a malformed request is not the same as a token that is no longer good.
      if (!WORD.test(credentials)) {
        throw new OAuthError(
          'invalid_request',
          'The Authorization header must be the word Bearer, a space and one access token.',
        )
      }
      return checkAccessToken(await verifyJwt(credentials, rules))
    }
  },
}

/** Checks what access tokens say beyond other tokens ({@link https://www.rfc-editor.org/rfc/rfc9068#section-2.2 | RFC 9068 §2.2}). */
function checkAccessToken(claims: VerifiedClaims): AccessTokenClaims {
  const { client_id, scope, roles, sid, cid, cnf } = claims
  // RFC 9449 §7.2: a token bound to a key is worth nothing without the proof.
  if (cnf !== undefined) return refuseToken('bound to a key (cnf), but sent as a bearer token')
  if (!isPrintable(client_id)) return refuseToken('client_id is missing or not a plain text')
  checkScope(scope)
  if (roles !== undefined && !(Array.isArray(roles) && roles.every(isPrintable))) {
    return refuseToken('roles is not a list of plain texts')
  }
  if (sid !== undefined && !isPrintable(sid)) return refuseToken('sid is not a plain text')
  if (cid !== undefined && !isPrintable(cid)) return refuseToken('cid is not a plain text')
  return claims as AccessTokenClaims
}

function checkScope(scope: unknown): void {
  if (scope === undefined) return
  if (typeof scope !== 'string') refuseToken('scope is not a text')
  try {
    parseScope(scope)
  } catch (cause) {
    refuseToken('scope is not a list of scope names', cause)
  }
}
