/** Warder: its check of a token, or the whole guard on a request. */

import { jwt } from '../../../dist/guard/index.js'
import { ISSUER, newIssuer } from '../../tokens.mjs'
import { checkOf } from '../../warder/checks.mjs'

/** What its option says: nothing remembered, so few tokens that none is still there, or as users have it. */
const caches = { off: false, missed: { entries: 100 }, on: {} }

export function prepare({ alg, cache, ...given }) {
  const { tokens, forged, secret, jwk } = newIssuer(alg)
  const kind = jwt({
    ...{ issuer: ISSUER, algorithms: [alg], cache: caches[cache] },
    keys: secret === undefined ? { jwk } : { secret },
  })
  return { operate: checkOf(kind, given), inputs: tokens, bad: [forged] }
}
