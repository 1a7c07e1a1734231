/** fast-jwt, with and without its cache of verified tokens. */

import { createVerifier } from 'fast-jwt'
import { AUDIENCE, ISSUER, newIssuer } from '../../tokens.mjs'

/** What its option says: as many tokens as it is used to, or so few that none is still there. */
const caches = { off: false, missed: 100, on: true }

export function prepare({ alg, cache }) {
  const { tokens, forged, secret, pem } = newIssuer(alg)
  const operate = createVerifier({
    key: secret ?? pem,
    ...{ algorithms: [alg], allowedIss: ISSUER, allowedAud: AUDIENCE, checkTyp: 'at+jwt' },
    cache: caches[cache],
  })
  return { operate, inputs: tokens, bad: [forged] }
}
