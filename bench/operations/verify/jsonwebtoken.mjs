/** jsonwebtoken, with a key that was parsed beforehand. It has no EdDSA. */

import jsonwebtoken from 'jsonwebtoken'
import { AUDIENCE, ISSUER, newIssuer } from '../../tokens.mjs'

export function prepare({ alg }) {
  const { tokens, forged, secretKey, publicKey } = newIssuer(alg)
  const options = { algorithms: [alg], issuer: ISSUER, audience: AUDIENCE }
  const operate = (token) => jsonwebtoken.verify(token, secretKey ?? publicKey, options)
  return { operate, inputs: tokens, bad: [forged] }
}
