/**
 * What an authorization server says of a token, and whom that lets in.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2.2 | RFC 7662 §2.2}
 * @module
 */

import { isObject, type JsonObject } from '../../protocol/json-object.ts'
import {
  areTexts,
  CLOCK_TOLERANCE,
  checkAudience,
  isNumericDate,
  isPrintable,
  quoted,
  refuseIssuer,
  refuseToken,
  scopesOf,
} from '../../protocol/jwt-claims.ts'
import type { Identity } from '../credentials/credential.ts'
import type { Introspection } from './client.ts'

/** What an answer must say. */
export interface AnswerRules {
  /** As `iss` must have it, if it is there. */
  readonly issuer: string | undefined
  /** Who vouches for tokens of which the answer does not say it. */
  readonly authority: string
  readonly audience: string
  /** Whether the answer may leave open whom the token is for. */
  readonly takesAnyAudience: boolean
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number
}

/**
 * The identity behind a token that is active.
 *
 * @param digest - Names the token in the log, where the server has no name for it.
 * @throws {OAuthError} `invalid_token` if it is not active, or not for this resource.
 */
export function readAnswer(answer: Introspection, digest: string, rules: AnswerRules): Identity {
  if (!answer.active) return refuseToken('the server says that it is not active')
  checkOrigin(answer, rules)
  checkTime(answer, rules)
  checkType(answer)
  const { iss, client_id, sub = client_id, exp, jti, sid, cid, scope, roles = [], cnf } = answer
  if (!isPrintable(client_id)) return refuseToken('client_id is missing or not a plain text')
  if (!isPrintable(sub)) return refuseToken('sub is not a plain text')
  if (scope !== undefined && typeof scope !== 'string') return refuseToken('scope is not a text')
  if (!areTexts(roles)) return refuseToken('roles is not a list of plain texts')
  if (cnf !== undefined && !isObject(cnf)) return refuseToken('cnf is not an object')
  return {
    subject: sub,
    clientId: client_id,
    issuer: typeof iss === 'string' ? iss : rules.authority,
    scopes: scopesOf(scope),
    roles,
    credentialId: isPrintable(jti) ? jti : digest,
    ...(isPrintable(sid) ? { familyId: sid } : {}),
    ...(isPrintable(cid) ? { correlationId: cid } : {}),
    ...(isNumericDate(exp) ? { expiresAt: exp * 1000 } : {}),
    ...signIn(answer),
    ...(cnf === undefined ? {} : { confirmation: cnf }),
    claims: answer,
  }
}

/** Who issued it, and for whom. */
function checkOrigin({ iss, aud }: JsonObject, rules: AnswerRules): void {
  const { issuer, audience, takesAnyAudience } = rules
  if (iss !== undefined && (issuer === undefined ? !isPrintable(iss) : iss !== issuer)) {
    refuseIssuer(iss, [issuer ?? 'a plain text'])
  }
  if (aud !== undefined || !takesAnyAudience) checkAudience(aud, audience)
}

function checkTime({ exp, nbf }: JsonObject, { now }: AnswerRules): void {
  const at = now() / 1000
  if (exp !== undefined && !isNumericDate(exp)) refuseToken('exp is not a date')
  if (exp !== undefined && at >= exp) refuseToken(`expired at ${exp}, it is ${at}`)
  if (nbf !== undefined && !isNumericDate(nbf)) refuseToken('nbf is not a date')
  if (nbf !== undefined && nbf > at + CLOCK_TOLERANCE) refuseToken(`not before ${nbf}, it is ${at}`)
}

/** A refresh token is active too, and no key to a resource. Some servers say so in `token_use` alone. */
function checkType({ token_type, token_use, cnf }: JsonObject): void {
  if (token_use !== undefined && token_use !== 'access_token' && token_use !== 'access') {
    refuseToken(`token_use ${quoted(token_use)}`)
  }
  if (token_type === undefined) return
  const type = typeof token_type === 'string' ? token_type.toLowerCase() : token_type
  if (type !== 'bearer' && type !== 'dpop') refuseToken(`token_type ${quoted(token_type)}`)
  // RFC 9449 §6.2: otherwise the binding would be lost on the way.
  const isBound = isObject(cnf) && Object.hasOwn(cnf, 'jkt')
  if (type === 'dpop' && !isBound) refuseToken('token_type DPoP without cnf.jkt')
}

/** When and how the user signed in, as far as it is told. */
function signIn({ auth_time, acr, amr }: JsonObject) {
  return {
    ...(isNumericDate(auth_time) ? { authTime: auth_time * 1000 } : {}),
    ...(isPrintable(acr) ? { acr } : {}),
    ...(areTexts(amr) ? { amr } : {}),
  }
}
