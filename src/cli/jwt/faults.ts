/**
 * What no guard of Warder's lets in, as far as that can be seen without a key.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725#section-3 | RFC 8725 §3}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9068#section-4 | RFC 9068 §4}
 * @module
 */

import { MOST_CHARACTERS } from '../../protocol/jwt.ts'
import { holdsSecret } from './concealed.ts'
import { about, type Findings } from './finding.ts'
import { algorithms } from './registered.ts'
import { dateMistake } from './times.ts'

/** What signed and encrypted tokens can have alike. */
export const formFaults: Findings = {
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

const missing =
  (claim: string, sentence: string): Findings[string] =>
  ({ claims }) =>
    claims[claim] === undefined ? sentence : undefined

/** What no guard lets in, in the order in which it matters. */
export const faults: Findings = {
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
    const mistakes = ['exp', 'nbf', 'iat', 'auth_time'].flatMap((name) => {
      const mistake = claims[name] === undefined ? undefined : dateMistake(claims[name])
      return mistake === undefined ? [] : [`${name} is ${mistake}.`]
    })
    return mistakes.length === 0 ? undefined : mistakes.join(' ')
  },
}

/** What no guard lets in without; other kinds of tokens may do without. */
export const claimFaults: Findings = {
  'exp-missing': missing('exp', 'exp is missing: it would be good for ever.'),
  'aud-missing': missing('aud', 'aud is missing: it would be good at every API of its issuer.'),
  'iss-missing': missing('iss', 'iss is missing: nobody knows whose keys to verify it with.'),
}
