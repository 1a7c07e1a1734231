/**
 * What kind of token it is, as far as it says so or shows it.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8725#section-3.11 | RFC 8725 §3.11}
 * @module
 */

import type { Members } from './compact.ts'
import type { Findings, Look } from './finding.ts'
import { mediaType, types } from './registered.ts'

/** An access token, unless it is another kind; `other` is one with a name of its own. */
export function kindOfToken(look: Look): 'access' | 'id' | 'other' {
  if (otherKind(look.header) !== undefined) return 'other'
  return isIdToken(look) ? 'id' : 'access'
}

function otherKind({ typ }: Members): string | undefined {
  const type = mediaType(typ) ?? ''
  return ['jwt', 'at+jwt'].includes(type) ? undefined : types.get(type)
}

/** Whether it has what access tokens have no use for. */
const isIdToken = ({ claims, header }: Look) =>
  mediaType(header.typ) !== 'at+jwt' &&
  (['nonce', 'at_hash', 'c_hash'].some((name) => claims[name] !== undefined) ||
    claims.token_use === 'id')

/** What must not be taken for an access token. */
export const kindDoubts: Findings = {
  'id-token': (look) =>
    kindOfToken(look) === 'id'
      ? 'It looks like an ID token, which tells its client (aud) who signed in. No API should take it: send the access token.'
      : undefined,
  'other-kind': ({ header }) => {
    const kind = otherKind(header)
    return kind === undefined ? undefined : `It is ${kind}, and no access token.`
  },
}
