/**
 * Whether a token is good, by the verifier that guards use.
 *
 * Nothing else decides. What explains the verdict may find more that is wrong, never less.
 *
 * @module
 */

import { OAuthError } from '../../../errors.ts'
import { rfc9068 } from '../../../guard/jwt/rfc9068.ts'
import { type JwtHeader, type VerificationKey, verifySigned } from '../../../protocol/jwt.ts'
import {
  checkAudience,
  checkTimes,
  refuseIssuer,
  refuseToken,
} from '../../../protocol/jwt-claims.ts'
import { visible } from '../../output.ts'
import type { Inspected, Members } from '../compact.ts'
import { mediaType } from '../registered.ts'
import type { Expectations } from './expectations.ts'
import type { KeySource } from './key-source.ts'
import { algorithmsOf, keyFinder } from './keys.ts'

/** A token, what is expected of it, and what it is verified with. */
export interface Case {
  /** Byte for byte as it was given. */
  readonly token: string
  /** As far as it could be read. */
  readonly read: Inspected
  readonly expected: Expectations
  readonly source: KeySource
}

/** The algorithms that a token may be signed with: those expected, or any one that fits the source. */
export function algorithmsFor({ read, expected, source }: Case): readonly string[] {
  const fitting = algorithmsOf(source)
  if (expected.algorithms !== undefined) return expected.algorithms
  // One, so that a key without alg is for that one.
  return fitting.filter((alg) => alg === read.header.alg)
}

/** The types that a token may say. */
export const typesFor = ({ read, expected }: Case): readonly (string | undefined)[] =>
  expected.typ ?? [mediaType(read.header.typ)]

/**
 * Whether it is held to what access tokens must have (RFC 9068 §2.2): because it says that it is one, or
 * because nothing else is expected.
 */
export const isAccessToken = ({ read, expected: { typ } }: Case): boolean =>
  mediaType(read.header.typ) === 'at+jwt' || typ?.every((each) => each === 'at+jwt') === true

/** The parts of a header that choose a key; nothing if it is not made to. */
export function headerOf({ read: { header } }: Case): JwtHeader | undefined {
  const { alg, kid } = header
  if (typeof alg !== 'string') return undefined
  return { alg, kid: typeof kid === 'string' ? kid : undefined }
}

/** The key that the verifier would take for a token; nothing if there is none. */
export async function findKey(given: Case): Promise<VerificationKey | undefined> {
  const header = headerOf(given)
  const algorithms = algorithmsFor(given)
  if (header === undefined || !algorithms.includes(header.alg)) return undefined
  let key: VerificationKey | undefined
  await reasonOf(async () => {
    key = await keyFinder(given.source, algorithms)(header)
  })
  return key
}

/** Nothing if the verifier accepts the token; otherwise the reason that it gives. */
export function refusalOf(given: Case): Promise<string | undefined> {
  return reasonOf(async () => {
    const algorithms = algorithmsFor(given)
    const claims = await verifySigned(given.token, {
      algorithms,
      typ: typesFor(given),
      keys: keyFinder(given.source, algorithms),
    })
    checkExpected(claims, given)
  })
}

function checkExpected(claims: Members, given: Case): void {
  const { issuer, audience, tolerance } = given.expected
  const now = () => given.expected.now
  if (isAccessToken(given)) {
    const rules = { ...{ now, tolerance }, ...askedOrSaid(claims, given) }
    rfc9068({}, rules).read({ claims, issuer: rules.issuer, digest: '', keyId: undefined })
    // The same text as nothing, for which a guard cannot be.
    if (rules.audience === '') refuseToken('aud names nobody')
    return
  }
  if (issuer !== undefined && claims.iss !== issuer) refuseIssuer(claims.iss, [issuer])
  if (audience !== undefined) checkAudience(claims.aud, audience)
  checkTimes(claims, { now, tolerance })
}

/** Whom an access token must be of and for; where nothing is asked, some one at least. */
export function askedOrSaid({ iss, aud }: Members, { expected }: Case) {
  const [first] = [aud].flat()
  return {
    issuer: expected.issuer ?? (typeof iss === 'string' ? iss : ''),
    audience: expected.audience ?? (typeof first === 'string' ? first : ''),
  }
}

/** Why something is refused; nothing if it is not. */
export async function reasonOf(check: () => unknown): Promise<string | undefined> {
  try {
    await check()
    return undefined
  } catch (error) {
    // It may quote the token.
    if (error instanceof OAuthError) return visible(error.detail ?? error.message)
    throw error
  }
}
