/**
 * Verifying the signed access tokens of a guard: whose it says it is decides whose keys are asked for,
 * and nothing of it is believed until one of them has verified it.
 *
 * A token that was verified a moment ago is known by its digest. Each time it is presented, its key must
 * still be the key of its issuer, and whoever knows of revocations is asked again.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-4 | RFC 9068 §4}
 * @module
 */

import { freezeDeep } from '../../freeze.ts'
import {
  type JwtHeader,
  MOST_CHARACTERS,
  parseObject,
  splitJwt,
  type VerificationKey,
  verifyParts,
} from '../../protocol/jwt.ts'
import { cannotCheckTokens, refuseIssuer, refuseToken } from '../../protocol/jwt-claims.ts'
import { andThen, isLater, type NowOrLater } from '../../protocol/now-or-later.ts'
import { textDigest } from '../../protocol/sha256.ts'
import type { Identity } from '../credentials/credential.ts'
import type { ReadToken } from './profile.ts'
import type { Issuer } from './trusted-issuer.ts'
import type { VerifiedTokens } from './verified-tokens.ts'

/** A token that was verified, and what verified it. */
export interface VerifiedToken {
  readonly read: ReadToken
  readonly issuer: Issuer
  readonly header: JwtHeader
  readonly key: VerificationKey
}

/** What verifying takes. */
export interface TokenVerifierOptions {
  readonly issuers: readonly Issuer[]
  /** Without it, every token is verified anew. */
  readonly cache: VerifiedTokens<VerifiedToken> | undefined
}

/** Digests name tokens in logs; so much of one does not come twice. */
const NAME_CHARACTERS = 22

/**
 * Makes the function that says whom a token stands for.
 *
 * The function throws {@link OAuthError} `invalid_token` if anything about the token is wrong, and
 * `temporarily_unavailable` if that cannot be found out.
 */
export function tokenVerifier({
  issuers,
  cache,
}: TokenVerifierOptions): (token: string) => NowOrLater<Identity> {
  const byName = new Map<unknown, Issuer>(issuers.map((issuer) => [issuer.name, issuer]))
  const names = issuers.map(({ name }) => name)
  const needsNames = issuers.some(({ namesByDigest }) => namesByDigest)
  const digestOf = textDigest()

  const verifyAnew = (token: string, digest?: string): NowOrLater<Identity> => {
    const parts = splitJwt(token)
    const claims = parseObject(parts.payload, 'payload')
    const issuer = byName.get(claims.iss)
    if (issuer === undefined) return refuseIssuer(claims.iss, names)
    const header = issuer.headerOf(parts.header)
    return andThen(verifyParts(parts, header, issuer.findKey), (key) => {
      issuer.remember(parts.header, header)
      const name = digest?.slice(0, NAME_CHARACTERS)
      const read = issuer.read({ claims, issuer: issuer.name, digest: name, keyId: key.kid })
      return andThen(checkRevoked(read), () => {
        if (digest === undefined) cache?.meet(token)
        else keep({ read, issuer, header, key }, digest, token.length)
        return read.identity
      })
    })
  }

  const keep = (verified: VerifiedToken, digest: string, length: number): void => {
    if (cache === undefined) return
    const { identity } = verified.read
    freezeDeep(identity)
    cache.keep(digest, verified, { length, expiresAt: identity.expiresAt ?? 0 })
  }

  const verifyKnown = (known: VerifiedToken, token: string, digest: string): NowOrLater<Identity> =>
    andThen(known.issuer.findKey(known.header), (key) => {
      if (key === known.key) return andThen(checkRevoked(known.read), () => known.read.identity)
      cache?.drop(digest)
      return verifyAnew(token, digest)
    })

  return (token) => {
    const needsDigest = needsNames || cache?.mayKnow(token) === true
    // What is too long is refused before it costs anything.
    if (!needsDigest || token.length > MOST_CHARACTERS) return verifyAnew(token)
    return andThen(digestOf(token), (digest) => {
      const known = cache?.find(digest)
      return known === undefined ? verifyAnew(token, digest) : verifyKnown(known, token, digest)
    })
  }
}

/** A revocation that cannot be looked up counts as an outage, never as a no. */
function checkRevoked({ identity, isRevoked }: ReadToken): NowOrLater<void> {
  if (isRevoked === undefined) return
  const judge = (wasRevoked: unknown) => {
    if (wasRevoked === true) refuseToken(`${identity.credentialId} was revoked`)
    // Without types, a function that forgets to answer would let everybody in.
    if (wasRevoked !== false) refuseForNow(`isRevoked answered ${typeof wasRevoked}`)
  }
  let answer: NowOrLater<unknown>
  try {
    answer = isRevoked()
  } catch (cause) {
    return refuseForNow(cause)
  }
  return isLater(answer) ? answer.then(judge, refuseForNow) : judge(answer)
}

function refuseForNow(cause: unknown): never {
  throw cannotCheckTokens(`revocations cannot be looked up: ${String(cause)}`, cause)
}
