/**
 * Access tokens of this server, read again: for whoever asks about one or takes one back.
 *
 * Says that a token was issued here and what it says; whether its time is over, whether it was taken
 * back and whom it is for are the caller's to look at.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-2.2 | RFC 9068 §2.2}
 * @module
 */

import { OAuthError } from '../../errors.ts'
import { createBoundedMemory } from '../../limits/index.ts'
import { type JwtHeader, verifySigned } from '../../protocol/jwt.ts'
import { textDigest } from '../../protocol/sha256.ts'
import type { ServerContext } from '../context.ts'
import { signingAlgorithms } from './sign-jwt.ts'

/** What an access token of ours says. Times are in seconds, as JWTs count it. */
export interface OwnAccessToken {
  readonly jti: string
  readonly sub: string
  readonly client_id: string
  readonly aud: string
  readonly iat: number
  readonly exp: number
  readonly sid?: string
  readonly cid?: string
  readonly [claim: string]: unknown
}

/** Finds what tokens say. */
export interface OwnAccessTokens {
  /**
   * What a token says, or undefined if it is no access token of ours.
   *
   * @throws {OAuthError} `temporarily_unavailable` if its key is unknown and cannot be looked up.
   */
  find(token: string): Promise<OwnAccessToken | undefined>
}

/** Tokens whose signature is not verified again, for as long as their key is good. */
const REMEMBERED = 5_000

/** A token that was verified, and the key that it was verified with. */
interface Verified {
  readonly header: JwtHeader
  readonly claims: OwnAccessToken
}

/** Makes the reader of this server's access tokens. */
export function ownAccessTokens({ issuer, keys }: ServerContext): OwnAccessTokens {
  const verified = createBoundedMemory<Verified>(REMEMBERED)
  // Remembered by its digest, so that nothing in memory lets anybody in.
  const digest = textDigest()

  const verify = async (token: string): Promise<Verified | undefined> => {
    let header: JwtHeader | undefined
    const said = await verifySigned(token, {
      keys: (asked) => {
        header = asked
        return keys.find(asked)
      },
      algorithms: signingAlgorithms,
      typ: ['at+jwt'],
    })
    return header !== undefined && said.iss === issuer && isAccessToken(said)
      ? { header, claims: said }
      : undefined
  }

  return {
    async find(token) {
      const id = await digest(token)
      const known = verified.get(id)
      if (known !== undefined) {
        const isGood = (await keys.find(known.header)) !== undefined
        return isGood ? known.claims : undefined
      }
      try {
        const found = await verify(token)
        if (found !== undefined) verified.set(id, found)
        return found?.claims
      } catch (error) {
        if (error instanceof OAuthError && error.code === 'invalid_token') return undefined
        throw error
      }
    },
  }
}

/** Whether a payload that is signed by us has what our access tokens have. */
function isAccessToken(claims: Readonly<Record<string, unknown>>): claims is OwnAccessToken {
  const { jti, sub, client_id, aud, iat, exp, sid, cid } = claims
  return (
    [jti, sub, client_id, aud].every((text) => typeof text === 'string') &&
    [iat, exp].every((time) => typeof time === 'number') &&
    [sid, cid].every((text) => text === undefined || typeof text === 'string')
  )
}
