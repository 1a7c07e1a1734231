/**
 * What is wrong with a token, or odd about it, as far as that can be seen without a key.
 *
 * One row a finding. A fault is what Warder's guards refuse; a doubt is what they may let through.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725 | RFC 8725 (best practice)}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068 | RFC 9068 (access tokens)}
 * @module
 */

import { visible } from '../output.ts'
import type { Inspected, Members, Oddity } from './compact.ts'
import { holdsSecret } from './concealed.ts'
import { algorithms, dates, mediaType, types } from './registered.ts'
import { dateMistake, durationInWords, numericDate } from './times.ts'

/** Something to know about a token. */
export interface Finding {
  readonly code: string
  readonly level: 'fault' | 'doubt'
  readonly sentence: string
}

/** What a row looks at. */
interface Look extends Inspected {
  readonly claims: Members
  /** Seconds since the epoch. */
  readonly now: number
}

type Check = (look: Look) => string | undefined

/** Longer ones are not read by guards. */
const MOST_CHARACTERS = 16_384
const DAY = 86_400

const about = (oddity: Oddity, sentence: string): Check => {
  return ({ oddities }) => (oddities.has(oddity) ? sentence : undefined)
}

const missing = (claim: string, sentence: string): Check => {
  return ({ claims }) => (claims[claim] === undefined ? sentence : undefined)
}

/** Both kinds of tokens have these. */
const ofForm: Readonly<Record<string, Check>> = {
  whitespace: about(
    'whitespace-inside',
    'There are spaces or line breaks inside the token: it was copied from a terminal that wrapped it, or is two values.',
  ),
  spelling: about(
    'spelling',
    'A part is not canonical base64url: padding, another alphabet, or bits left over. The same token could be written in two ways.',
  ),
  'too-long': ({ text: { length } }) =>
    length > MOST_CHARACTERS
      ? `It is ${length} characters long. Guards read ${MOST_CHARACTERS}, and most servers take no header beyond 8192.`
      : undefined,
}

/** What no guard lets in, in the order in which it matters. */
const faults: Readonly<Record<string, Check>> = {
  'alg-none': ({ header: { alg } }) =>
    typeof alg === 'string' && alg.toLowerCase() === 'none'
      ? 'alg is none: nobody signed this, so anybody may have written it (RFC 8725 §3.2).'
      : undefined,
  'alg-unknown': ({ header: { alg } }) => {
    if (typeof alg === 'string' && (algorithms.has(alg) || alg.toLowerCase() === 'none')) {
      return undefined
    }
    return alg === undefined
      ? 'The header has no alg.'
      : 'alg is no signature algorithm of RFC 7518 or RFC 8037.'
  },
  'no-signature': ({ header: { alg }, sizes }) =>
    sizes.signature === 0 && alg !== 'none' ? 'The signature is missing.' : undefined,
  'private-key': ({ header: { jwk } }) =>
    jwk !== undefined && holdsSecret('jwk', jwk)
      ? 'The header gives a private key away. Whoever has seen this token can sign with it: withdraw the key.'
      : undefined,
  critical: ({ header: { crit, b64 } }) =>
    crit === undefined && b64 === undefined
      ? undefined
      : 'The header asks for an extension (crit, b64) that readers must know or refuse.',
  kid: ({ header: { kid } }) =>
    kid === undefined || typeof kid === 'string' ? undefined : 'kid is not a text.',
  'not-claims': about('not-claims', 'The payload is no JSON object: it is a JWS, and no JWT.'),
  dates: ({ claims }) => {
    const mistakes = [...dates.keys()].flatMap((name) => {
      const mistake = claims[name] === undefined ? undefined : dateMistake(claims[name])
      return mistake === undefined ? [] : [`${name} is ${mistake}.`]
    })
    return mistakes.length === 0 ? undefined : mistakes.join(' ')
  },
  'other-kind': ({ header }) => {
    const kind = otherKind(header)
    return kind === undefined
      ? undefined
      : `It is ${kind}, and no access token: an API refuses it as one.`
  },
}

/** What no guard lets in of what calls itself an access token, or does not say what it is. */
const claimFaults: Readonly<Record<string, Check>> = {
  'exp-missing': missing('exp', 'exp is missing: it would be good for ever.'),
  'aud-missing': missing('aud', 'aud is missing: it would be good at every API of its issuer.'),
  'iss-missing': missing('iss', 'iss is missing: nobody knows whose keys to verify it with.'),
  'id-token': (look) =>
    isIdToken(look)
      ? 'It looks like an ID token, which tells its client (aud) who signed in. An API must refuse it: send the access token.'
      : undefined,
}

/** What some other token has besides; an access token has neither. */
const isIdToken = ({ claims, header }: Look) =>
  mediaType(header.typ) !== 'at+jwt' &&
  (['nonce', 'at_hash', 'c_hash'].some((name) => claims[name] !== undefined) ||
    claims.token_use === 'id')

/** A kind of token that has a name of its own. */
function otherKind({ typ }: Members): string | undefined {
  const type = mediaType(typ) ?? ''
  return ['jwt', 'at+jwt'].includes(type) ? undefined : types.get(type)
}

/** What deserves a look. */
const doubts: Readonly<Record<string, Check>> = {
  'ambiguous-json': about(
    'ambiguous-json',
    'The JSON names a member twice, or has one named __proto__: two readers may read two different tokens.',
  ),
  type: ({ header }) => {
    const type = mediaType(header.typ)
    if (type === undefined) {
      return 'typ is missing: nothing tells it from another kind of token. Access tokens say at+jwt (RFC 9068).'
    }
    return type === 'jwt'
      ? 'typ is JWT, which every kind of token may say. Access tokens say at+jwt (RFC 9068).'
      : undefined
  },
  'shared-secret': ({ header: { alg, kid }, claims: { iss } }) => {
    if (typeof alg !== 'string' || !alg.startsWith('HS')) return undefined
    const isPublished = /^[\w-]{27}(?:[\w-]{16})?$/.test(String(kid)) || /^https:/.test(String(iss))
    return isPublished
      ? `alg is ${visible(alg)}, but ${kid === undefined ? 'iss' : 'kid'} looks like one who publishes keys. A verifier that takes the public key for a secret lets anybody in (RFC 8725 §2.1).`
      : undefined
  },
  'own-key': ({ header }) => {
    const found = ['jwk', 'jku', 'x5u', 'x5c'].filter((name) => header[name] !== undefined)
    return found.length === 0
      ? undefined
      : `The header brings its own key (${found.join(', ')}). Verifiers must not trust it; Warder's never read it.`
  },
  'odd-kid': ({ header: { kid } }) =>
    typeof kid === 'string' && (/[/\\'"`;<>\s]|\.\./.test(kid) || kid.length > 200)
      ? 'kid does not look like the name of a key: a path or a query in it attacks verifiers that look keys up by it.'
      : undefined,
  lifetime: ({ claims }) => {
    const [exp, iat] = [numericDate(claims.exp), numericDate(claims.iat)]
    if (exp === undefined || iat === undefined) return undefined
    if (exp <= iat) return 'It expires before it was issued.'
    return exp - iat > DAY
      ? `It is good for ${durationInWords(exp - iat)}. Whoever steals it has it that long: minutes are enough where it can be refreshed.`
      : undefined
  },
  'not-yet': ({ claims, now }) => {
    const early = ['iat', 'nbf'].filter((name) => (numericDate(claims[name]) ?? 0) > now)
    return early.length === 0
      ? undefined
      : `${early.join(' and ')} ${early.length === 1 ? 'is' : 'are'} in the future: one of the clocks is wrong.`
  },
  incomplete: ({ claims }) => {
    const absent = ['sub', 'iat', 'jti'].filter((name) => claims[name] === undefined)
    return absent.length === 0
      ? undefined
      : `${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing, which access tokens must have (RFC 9068 §2.2).`
  },
  'plain-issuer': ({ claims: { iss } }) =>
    typeof iss === 'string' && /^http:\/\/(?!localhost\b|127\.0\.0\.1\b|\[::1\])/.test(iss)
      ? 'iss is an http URL: whoever is on the way can put other keys there.'
      : undefined,
  letters: ({ claims }) => {
    const odd = ['iss', 'aud', 'sub', 'client_id', 'azp'].filter((name) => isOdd(claims[name]))
    return odd.length === 0
      ? undefined
      : `${odd.join(', ')} ${odd.length === 1 ? 'has' : 'have'} characters that hide, or that look like others.`
  },
  secrets: ({ claims }) => {
    const found = Object.entries(claims).filter(([name, value]) => holdsSecret(name, value))
    return found.length === 0
      ? undefined
      : 'There is a secret among the claims. They are signed, not encrypted: everybody who sees the token reads them.'
  },
}

/** Whether a text that is compared has something that people cannot see or tell apart. */
const isOdd = (value: unknown): boolean =>
  [value]
    .flat()
    .some((each) => typeof each === 'string' && (visible(each) !== each || isMixed(each)))

/** A URL is ASCII; so another alphabet in one is there to be taken for Latin. */
const isMixed = (text: string) => /^https?:/.test(text) && /[^ -~]/.test(text)

/** What an encrypted token can be told. */
const ofEncrypted: Readonly<Record<string, Check>> = {
  password: ({ header: { p2c } }) =>
    typeof p2c === 'number' && p2c > 1_000_000
      ? 'p2c makes whoever opens it work for long: a way to keep servers busy.'
      : undefined,
  compression: ({ header: { zip } }) =>
    zip === undefined
      ? undefined
      : 'It is compressed: it may grow without bound when it is opened (RFC 8725 §3.6).',
}

/** Everything there is to know, what is worst first. */
export function findings(inspected: Inspected, now: number): readonly Finding[] {
  const look: Look = { ...inspected, claims: inspected.claims ?? {}, now }
  const found = (level: Finding['level'], checks: Readonly<Record<string, Check>>): Finding[] =>
    Object.entries(checks).flatMap(([code, check]) => {
      const sentence = check(look)
      return sentence === undefined ? [] : [{ code, level, sentence }]
    })
  if (inspected.kind === 'encrypted') {
    return [...found('fault', ofForm), ...found('doubt', ofEncrypted)]
  }
  const isOther = otherKind(inspected.header) !== undefined
  return [
    ...found('fault', ofForm),
    ...found('fault', faults),
    // What is missing for one kind of token may not belong to another.
    ...(inspected.claims === undefined || isOther ? [] : found('fault', claimFaults)),
    ...(inspected.claims === undefined || isOther ? [] : found('doubt', doubts)),
  ]
}
