/**
 * What deserves a look in a token, though a guard may let it through.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725#section-2 | RFC 8725 §2}
 * @module
 */

import { visible } from '../output.ts'
import { holdsSecret } from './concealed.ts'
import { about, type Findings } from './finding.ts'
import { mediaType } from './registered.ts'
import { durationInWords, numericDate } from './times.ts'

const DAY = 86_400

/** What deserves a look in any token. */
export const doubts: Findings = {
  'ambiguous-json': about(
    'ambiguous-json',
    'The JSON names a member twice, or has one named __proto__: two readers may read two different tokens.',
  ),
  'shared-secret': ({ header: { alg, kid }, claims: { iss } }) => {
    if (typeof alg !== 'string' || !alg.startsWith('HS')) return undefined
    const place = isThumbprint(kid) ? 'kid' : 'iss'
    if (place === 'iss' && !/^https:/.test(String(iss))) return undefined
    return `alg is ${visible(alg)}, and ${place} looks like that of an issuer who publishes keys. A verifier that takes a public key for a secret lets anybody in (RFC 8725 §2.1).`
  },
  'own-key': ({ header }) => {
    // RFC 9449 §4.2: a proof must bring its key.
    const isProof = mediaType(header.typ) === 'dpop+jwt'
    const found = ['jwk', 'jku', 'x5u', 'x5c'].filter(
      (name) => header[name] !== undefined && !isProof,
    )
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

/** SHA-1 or SHA-256 in base64url, as keys that are published go by. */
const isThumbprint = (kid: unknown) => /^[\w-]{27}(?:[\w-]{16})?$/.test(String(kid))

/** Whether a text that is compared has something that people cannot see or tell apart. */
const isOdd = (value: unknown): boolean =>
  [value]
    .flat()
    .some((each) => typeof each === 'string' && (visible(each) !== each || isMixed(each)))

/** A URL is ASCII; so another alphabet in one is there to be taken for Latin. */
const isMixed = (text: string) => /^https?:/.test(text) && /[^ -~]/.test(text)

/** What an access token should say, and others need not. */
export const accessTokenDoubts: Findings = {
  type: ({ header }) => {
    const type = mediaType(header.typ)
    if (type === undefined) {
      return 'typ is missing: nothing tells it from another kind of token. Access tokens say at+jwt (RFC 9068).'
    }
    return type === 'jwt'
      ? 'typ is JWT, which every kind of token may say. Access tokens say at+jwt (RFC 9068).'
      : undefined
  },
  incomplete: ({ claims, header }) => {
    const names = [
      'sub',
      'iat',
      'jti',
      ...(mediaType(header.typ) === 'at+jwt' ? ['client_id'] : []),
    ]
    const absent = names.filter((name) => claims[name] === undefined)
    return absent.length === 0
      ? undefined
      : `${absent.join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing, which access tokens must have (RFC 9068 §2.2).`
  },
}

/** What an encrypted token can be told. */
export const encryptedDoubts: Findings = {
  password: ({ header: { p2c } }) =>
    typeof p2c === 'number' && p2c > 1_000_000
      ? 'p2c makes whoever opens it work for long: a way to keep servers busy.'
      : undefined,
  compression: ({ header: { zip } }) =>
    zip === undefined
      ? undefined
      : 'It is compressed: it may grow without bound when it is opened (RFC 8725 §3.6).',
}
