/** jose, with a key that was imported beforehand: its fastest way. */

import { importJWK, jwtVerify } from 'jose'
import { AUDIENCE, ISSUER, newIssuer } from '../../tokens.mjs'

export async function prepare({ alg }) {
  const { tokens, forged, jwk } = newIssuer(alg)
  const imported = await importJWK(jwk, alg)
  // A secret is imported as bytes, which jose would import again for every token.
  const hash = { name: 'HMAC', hash: 'SHA-256' }
  const key =
    alg === 'HS256'
      ? await crypto.subtle.importKey('raw', imported, hash, false, ['verify'])
      : imported
  const options = { algorithms: [alg], issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt' }
  const operate = async (token) => (await jwtVerify(token, key, options)).payload
  return { operate, inputs: tokens, bad: [forged] }
}
